"""Settings as rows that a person reads: value, origin, meaning; secrets masked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from otel_kit.settings.load import Loaded, all_rows


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
        yield Explained(
            option.key, option.shown(value), loaded.origins[option.key], option.doc, option.variable, option.reloadable
        )
