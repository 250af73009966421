"""The files of programs that read no variables, filled in: `rendered/`, made anew by each `otel-kit stack init`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from otel_kit.errors import ConfigError, Fault
from otel_kit.stack import notifications
from otel_kit.stack.alerting import contact_points, placing
from otel_kit.stack.initialise import stock
from otel_kit.stack.initialise.options import ALERT_SECRETS, STOCK
from otel_kit.stack.initialise.writing import write_public
from otel_kit.stack.rendering import render

FOLDER: Final = "rendered"
_ENDINGS: Final = (".yml", ".yaml")
_ALERTMANAGER: Final = "alertmanager.yml"
# Whom Grafana tells, if it is Grafana that evaluates alerts: the same as Alertmanager would.
_CONTACT_POINTS: Final = "contact-points.yaml"


@dataclass(frozen=True, slots=True)
class _Source:
    """A folder of the stack, the one below ``rendered/`` that it goes to, and whether variables are filled in."""

    folder: str
    inside: str
    fills: bool


_SOURCES: Final = (
    _Source("backends/prometheus", "prometheus", fills=True),
    _Source("backends/alertmanager", "alertmanager", fills=True),
    _Source("backends/loki/rules", placing.LOKI, fills=False),
    # Grafana fills in its own; generated rules come beside what lies there.
    _Source("grafana/provisioning", "grafana/provisioning", fills=False),
)


def write(folder: Path, variables: Mapping[str, str]) -> None:
    """Render what Prometheus, Alertmanager, Loki's ruler and Grafana read below ``rendered/``, with all rules.

    For the stock image also the gateway. Nothing is written if anything is wrong.

    Raises:
        ConfigError: every fault of every file.
        OSError: a file cannot be read or written.
    """
    texts, faults = dict[Path, bytes](), list[Fault]()
    for source in _SOURCES:
        for path in sorted((folder / source.folder).rglob("*")):
            if not path.is_file():
                continue
            target = folder / FOLDER / source.inside / path.relative_to(folder / source.folder)
            try:
                texts[target] = _content(path, folder, variables, fills=source.fills)
                if path.suffix in _ENDINGS and any(
                    target.is_relative_to(folder / FOLDER / one) for one in placing.RULES
                ):
                    texts[target] = placing.evaluated(texts[target].decode(), variables).encode()
            except ConfigError as error:
                faults += error.faults
    told = texts.get(folder / FOLDER / "alertmanager" / _ALERTMANAGER)
    if told is not None and placing.by_grafana(variables):
        texts[folder / FOLDER / placing.GRAFANA / _CONTACT_POINTS] = contact_points.render(told.decode()).encode()
    try:
        placed = placing.placed(folder, variables)
        texts |= {folder / FOLDER / name: text.encode() for name, text in placed.items()}
    except ConfigError as error:
        faults += error.faults
    if variables.get("STACK_COLLECTOR_IMAGE") == STOCK:
        gateway = (folder / "collector" / "gateway.yaml").read_text("utf-8")
        texts[folder / FOLDER / "collector" / "gateway.yaml"] = stock.gateway(gateway).encode()
    if faults:
        raise ConfigError(faults)
    for target, content in texts.items():
        write_public(target, content)
    _remove_others(folder / FOLDER, texts)


def _content(path: Path, folder: Path, variables: Mapping[str, str], *, fills: bool) -> bytes:
    content = path.read_bytes()
    if path.suffix not in _ENDINGS or not fills:
        return content
    source = path.relative_to(folder).as_posix()
    filled = render(content.decode(), variables, source)
    if path.name == _ALERTMANAGER:
        filled = notifications.render(filled, variables, secrets=folder / "secrets" / "alerts", mounted=ALERT_SECRETS)
    return filled.encode()


def _remove_others(folder: Path, written: Mapping[Path, bytes]) -> None:
    """Take away what an earlier run rendered from a file that is gone: Prometheus would still load its rules."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file() and path not in written:
            path.unlink()
