"""Values as an application hands them over become plain ones: no later change reaches them, no use of them can fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import Any

_SCALARS = (str, bool, int, float, bytes, type(None))
_MAX_DEPTH = 16
_MAX_MEMBERS = 1024
_MAX_VALUES = 8192  # of one snapshot, all levels together: containers may hold each other many times
_TOO_DEEP = "[too deep]"
_TOO_MANY = "[truncated]"
_CYCLE = "[cycle]"


def plain(value: object) -> Any:
    """Return a snapshot: scalars as they are, containers copied within limits, anything else as its text. Total."""
    return snapshot_of(value)[0]


def snapshot_of(value: object) -> tuple[Any, bool]:
    """Return a snapshot, and whether something in it had to be replaced: a cycle, what lies too deep, has no text."""
    if type(value) in _SCALARS:
        return value, False
    copy = _Copy()
    return copy.of(value, 0), copy.repaired


def text_of(value: object) -> str:
    """Return ``str(value)``, or what can be said if that fails."""
    try:
        return _text(value)
    except Exception as error:
        return f"<{type(value).__name__}: no text, {type(error).__name__}>"


def _text(value: object) -> str:
    text = str(value)
    return text if type(text) is str else str.__str__(text)


@dataclass(slots=True)
class _Copy:
    values_left: int = _MAX_VALUES
    open: set[int] = field(default_factory=set)
    repaired: bool = False

    def of(self, value: Any, depth: int) -> Any:
        kind = type(value)  # and not isinstance(): an object may lie about its class, or raise there
        if kind in _SCALARS:
            return value
        if not issubclass(kind, dict | list | tuple | set | frozenset):
            try:
                return _text(value)
            except Exception:
                return self._instead(text_of(value))
        if id(value) in self.open:
            return self._instead(_CYCLE)
        if depth >= _MAX_DEPTH:
            return self._instead(_TOO_DEEP)
        self.open.add(id(value))
        try:
            return self._members(value, depth + 1)
        except Exception as error:
            return self._instead(f"<{kind.__name__}: no value, {type(error).__name__}>")
        finally:
            self.open.discard(id(value))

    def _members(self, value: Any, depth: int) -> Any:
        self.repaired = self.repaired or len(value) > _MAX_MEMBERS
        if isinstance(value, dict):
            items = list(islice(value.items(), _MAX_MEMBERS))  # at once: another thread may change it meanwhile
            return {text_of(key): self.of(item, depth) for key, item in items if self._may_go_on()}
        members = [self.of(item, depth) for item in list(islice(value, _MAX_MEMBERS)) if self._may_go_on()]
        return members if self.values_left > 0 else [*members, _TOO_MANY]

    def _may_go_on(self) -> bool:
        self.values_left -= 1
        self.repaired = self.repaired or self.values_left <= 0
        return self.values_left > 0

    def _instead(self, text: str) -> str:
        self.repaired = True
        return text
