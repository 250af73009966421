"""Values by logger: an entry holds for a logger and its children, the longest name wins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

T = TypeVar("T")
_ALL = ("*", "root", "")


class ByLogger(Generic[T]):
    """Looks up the entry for a logger's name; ``*`` and ``root`` stand for every logger."""

    def __init__(self, entries: Mapping[str, T] | None, default: T) -> None:
        given = dict(entries or {})
        self.speaks_of_all = any(name in given for name in _ALL)
        self.default: T = next((given[name] for name in _ALL if name in given), default)
        self.entries: dict[str, T] = {name: value for name, value in given.items() if name not in _ALL}

    def of(self, name: str) -> T:
        """Return the entry that holds for ``name``."""
        if not self.entries:
            return self.default
        while name:
            if name in self.entries:
                return self.entries[name]
            name = name.rpartition(".")[0]
        return self.default
