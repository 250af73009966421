"""Settings as rows that a person reads: value, origin, meaning; secrets masked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from otel_kit.settings.load import Loaded, all_rows

MASK = "***"


@dataclass(frozen=True, slots=True)
class Explained:
    """One setting as it is in force. ``value`` is text; a secret's is masked."""

    key: str
    value: str
    origin: str
    doc: str
    variable: str
    reloadable: bool


def explain(loaded: Loaded) -> Iterator[Explained]:
    """Yield every setting with its value and where that came from."""
    for row in all_rows():
        value: Any = loaded.settings
        for name in row.path:
            value = getattr(value, name)
        option = row.option
        shown = MASK if option.secret and value else _text(value)
        yield Explained(option.key, shown, loaded.origins[option.key], option.doc, option.variable, option.reloadable)


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(value) or "-"
    if isinstance(value, dict):
        return ",".join(f"{key}={item}" for key, item in value.items())
    return str(value)
