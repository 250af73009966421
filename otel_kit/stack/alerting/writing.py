"""All outputs of the rules at once: as texts, and written into a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from otel_kit.errors import OtelKitError
from otel_kit.stack.alerting import grafana, loki, prometheus
from otel_kit.stack.alerting.declaration import Declaration
from otel_kit.stack.alerting.expansion import alerts_of
from otel_kit.stack.alerting.families import FAMILIES
from otel_kit.stack.alerting.rule import Rule

_FOLDERS = ("prometheus", "loki", "grafana")


def render(declared: Declaration, families: Mapping[str, Sequence[Rule]] = FAMILIES) -> Mapping[str, str]:
    """Return the texts of all generated files by relative path; the same declaration gives the same texts.

    ``prometheus/<family>.yml``, ``prometheus/objective-records.yml``, ``loki/<family>.yaml``, ``grafana/<family>.yaml``
    and ``grafana/removed.yaml``. ``${STACK_...}`` is left in them, for ``stack.rendering``.
    """
    alerts = tuple(alerts_of(declared, families))
    made = {
        "prometheus": prometheus.files(alerts, declared),
        "loki": loki.files(alerts),
        "grafana": grafana.files(alerts, families),
    }
    return {f"{folder}/{name}": text for folder in _FOLDERS for name, text in sorted(made[folder].items())}


def write(texts: Mapping[str, str], folder: Path) -> tuple[list[Path], list[Path]]:
    """Write the files and remove those of an earlier build; return what was changed and what was removed.

    Files in the three folders that carry the head of a generated file are ours to remove, others stay.

    Raises:
        OtelKitError: the folder cannot be written.
    """
    changed, removed = [], []
    try:
        for relative, text in texts.items():
            path = folder / relative
            if path.is_file() and path.read_text("utf-8") == text:
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            changed.append(path)
        for path in stale(texts, folder):
            path.unlink()
            removed.append(path)
    except OSError as error:
        raise OtelKitError(f"{folder} cannot be written: {error.strerror or error}") from error
    return changed, removed


def stale(texts: Mapping[str, str], folder: Path) -> list[Path]:
    """Return the generated files in ``folder`` that ``texts`` has not."""
    return [
        path
        for part in _FOLDERS
        for path in sorted((folder / part).glob("*.y*ml"))
        if f"{part}/{path.name}" not in texts and path.read_text("utf-8", "replace").startswith("# Generated ")
    ]
