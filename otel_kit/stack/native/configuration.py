"""The files of Prometheus and Alertmanager with their variables filled in, as neither can do that itself."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from otel_kit.errors import ConfigError, Fault
from otel_kit.stack import notifications
from otel_kit.stack.rendering import render

_FOLDERS: Final = ("prometheus", "alertmanager")
_RENDERED: Final = (".yml", ".yaml")
_ALERTMANAGER: Final = "alertmanager.yml"
# Tools that build the binary: nothing that runs reads them.
_NOT_READ: Final = "build"


def write(files: Path, target: Path, variables: Mapping[str, str]) -> None:
    """Write both folders anew below ``target``: YAML is rendered, what else lies there is copied.

    Alertmanager also gets the receivers whose files lie in the folder ``STACK_ALERT_SECRETS``.

    Raises:
        ConfigError: a file uses a variable that is not set, or is not UTF-8: every fault of all files.
    """
    faults: list[Fault] = []
    for name in _FOLDERS:
        source = files / "backends" / name
        shutil.rmtree(target / name, ignore_errors=True)
        (target / name).mkdir(parents=True, mode=0o700)
        for path in sorted(path for path in source.rglob("*") if path.is_file()):
            inside = path.relative_to(source)
            if inside.parts[0] == _NOT_READ:
                continue
            written = target / name / inside
            written.parent.mkdir(parents=True, exist_ok=True)
            try:
                content = path.read_text("utf-8")
                if path.suffix in _RENDERED:
                    content = render(content, variables, str(path))
                if path.name == _ALERTMANAGER:
                    secrets = variables["STACK_ALERT_SECRETS"]
                    content = notifications.render(content, variables, secrets=Path(secrets), mounted=secrets)
                written.write_text(content, "utf-8")
            except UnicodeDecodeError:
                faults.append(Fault(str(path), "is not UTF-8"))
            except ConfigError as error:
                faults += error.faults
    if faults:
        raise ConfigError(faults)
