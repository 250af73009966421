"""What a file declares about alerts, in one line: so that nobody believes in a section that nobody reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from otel_kit.errors import ConfigError
from otel_kit.settings.document import read_document
from otel_kit.stack.alerting.declaration import SECTION

# Key -> what one of them is called, and several.
_COUNTED: Final = {
    "thresholds": ("threshold", "thresholds"),
    "services": ("service", "services"),
    "disabled": ("disabled", "disabled"),
    "severities": ("severity", "severities"),
    "durations": ("duration", "durations"),
    "metrics": ("metric", "metrics"),
    "objectives": ("objective", "objectives"),
}


def summary(file: Path | None, *, own: bool = False) -> str:
    """Return which file was taken and what it declares; None: there was none. ``own``: it needs no head `alerting:`.

    Raises:
        ConfigError: it cannot be read.
    """
    if file is None:
        return "alerting: no otel-kit.yaml is there, so the shipped values hold"
    section = _section(file, own=own)
    if section is None:
        return f"{file} has no section {SECTION}, so the shipped values hold"
    parts = [
        f"{len(section[key])} {one if len(section[key]) == 1 else several}"
        for key, (one, several) in _COUNTED.items()
        if isinstance(section.get(key), dict | list) and section[key]
    ]
    parts += [f"{key} {section[key]}" for key in ("interval",) if section.get(key)]
    return f"{file}: {', '.join(parts) or 'nothing of its own'}"


def unused(file: Path, used: Path | None) -> str | None:
    """Return that ``file`` has a section which is not the one used; None: it has none, is not there or is the same."""
    if not file.is_file() or (used is not None and used.resolve() == file.resolve()):
        return None
    try:
        section = _section(file)
    except ConfigError:  # what is wrong in a file that is not used is not our matter
        return None
    return None if section is None else f"{file} has a section {SECTION} too, which is not used here"


def _section(file: Path, *, own: bool = False) -> Mapping[str, Any] | None:
    data = read_document(file).data
    found = data.get(SECTION, data if own else None) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else None
