"""The files that a native run makes: variables filled in for who cannot do it, rules of alerts and objectives."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from otel_kit.errors import ConfigError, Fault
from otel_kit.stack import notifications
from otel_kit.stack.alerting import placing
from otel_kit.stack.rendering import render

# Folder of backends/ -> the one below the target, and whether variables are filled in.
_FOLDERS: Final = {"prometheus": ("prometheus", True), "alertmanager": ("alertmanager", True),
                   "loki/rules": (placing.LOKI, False)}  # fmt: skip
_OTHERS: Final = ("grafana",)
_RENDERED: Final = (".yml", ".yaml")
_ALERTMANAGER: Final = "alertmanager.yml"
# Tools that build the binary: nothing that runs reads them.
_NOT_READ: Final = "build"


def write(files: Path, target: Path, variables: Mapping[str, str], own: Path | None = None) -> None:
    """Write the folders anew below ``target``: YAML is rendered, what else lies there is copied.

    Alertmanager also gets the receivers whose files lie in the folder ``STACK_ALERT_SECRETS``. ``own`` is the user's
    folder, which may hold ``otel-kit.yaml`` and ``alerts/own``.

    Nothing is written if anything is wrong.

    Raises:
        ConfigError: a file uses a variable that is not set, or is not UTF-8, or the user's section of alerts or own
            rules cannot be used: every fault of all files.
    """
    faults: list[Fault] = []
    texts: dict[Path, str] = {}
    for name, (inside, fills) in _FOLDERS.items():
        for path in _files(files / "backends" / name):
            written = target / inside / path.relative_to(files / "backends" / name)
            try:
                texts[written] = _content(path, variables, fills=fills)
                if path.suffix in _RENDERED and any(written.is_relative_to(target / rules) for rules in placing.RULES):
                    texts[written] = placing.evaluated(texts[written], variables)
            except UnicodeDecodeError:
                faults.append(Fault(str(path), "is not UTF-8"))
            except ConfigError as error:
                faults += error.faults
    try:
        texts |= {target / relative: text for relative, text in placing.placed(own, variables).items()}
    except ConfigError as error:
        faults += error.faults
    if faults:
        raise ConfigError(faults)
    for name in dict.fromkeys([*(inside.partition("/")[0] for inside, _ in _FOLDERS.values()), *_OTHERS]):
        shutil.rmtree(target / name, ignore_errors=True)
    for inside, _ in _FOLDERS.values():
        (target / inside).mkdir(parents=True, mode=0o700)
    for written, text in texts.items():
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(text, "utf-8")


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.relative_to(folder).parts[0] != _NOT_READ:
            yield path


def _content(path: Path, variables: Mapping[str, str], *, fills: bool) -> str:
    content = path.read_text("utf-8")
    if path.suffix in _RENDERED and fills:
        content = render(content, variables, str(path))
    if path.name == _ALERTMANAGER:
        secrets = variables["STACK_ALERT_SECRETS"]
        content = notifications.render(content, variables, secrets=Path(secrets), mounted=secrets)
    return content
