"""The files of programs that read no variables, filled in: `rendered/`, made anew by each `otel-kit stack init`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from otel_kit.errors import ConfigError, Fault
from otel_kit.stack import notifications
from otel_kit.stack.initialise import stock
from otel_kit.stack.initialise.options import STOCK
from otel_kit.stack.initialise.writing import write_public
from otel_kit.stack.rendering import render

FOLDER: Final = "rendered"
_RENDERED: Final = ("prometheus", "alertmanager")
_ENDINGS: Final = (".yml", ".yaml")
_ALERTMANAGER: Final = "alertmanager.yml"
ALERT_SECRETS: Final = "/run/secrets/alerts"


def write(folder: Path, variables: Mapping[str, str]) -> None:
    """Render ``backends/{prometheus,alertmanager}`` (and for the stock image the gateway) below ``rendered/``.

    Nothing is written if anything is wrong.

    Raises:
        ConfigError: every fault of every file.
        OSError: a file cannot be read or written.
    """
    texts, faults = dict[Path, bytes](), list[Fault]()
    for name in _RENDERED:
        source = folder / "backends" / name
        for path in sorted(source.rglob("*")):
            if not path.is_file():
                continue
            target = folder / FOLDER / name / path.relative_to(source)
            try:
                texts[target] = _content(path, folder, variables)
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


def _content(path: Path, folder: Path, variables: Mapping[str, str]) -> bytes:
    content = path.read_bytes()
    if path.suffix not in _ENDINGS:
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
