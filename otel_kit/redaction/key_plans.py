"""What is to be done with the values of one key, looked up once per key."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from otel_kit.redaction.key_classes import CompiledClass, KeyClasses, Names

CLOSED: Final = "closed"
ALLOWED: Final = "allowed"
TEXT: Final = "text"
_MAX_KEY = 256


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """The class of a key, if it has one, else the kind of text its strings are."""

    key_class: CompiledClass | None
    kind: str


class KeyPlans:
    """Looks up plans. Thread-safe; remembers the keys it has seen, up to a limit."""

    def __init__(
        self, classes: KeyClasses, closed: Iterable[str], structured: Iterable[tuple[str, tuple[str, ...]]]
    ) -> None:
        self._classes = classes
        self._closed = Names.of(closed)
        self._structured = [(Names.of(names), kind) for kind, names in structured]
        self._cached = functools.lru_cache(maxsize=4096)(self._make)

    def of(self, key: str) -> KeyPlan:
        """Return the plan of ``key``."""
        return self._cached(key) if len(key) <= _MAX_KEY else self._make(key)

    def of_member(self, path: str, key: str) -> KeyPlan:
        """Return the plan of ``key`` inside of the value of ``path``: ``user`` and ``name`` say more than ``name``."""
        alone = self.of(key)
        if alone.key_class is not None or alone.kind not in (TEXT, CLOSED):
            return alone
        together = self.of(f"{path}.{key}"[-_MAX_KEY:])
        return together if together.key_class is not None else alone

    def _make(self, key: str) -> KeyPlan:
        if self._classes.allows(key):
            return KeyPlan(None, ALLOWED)
        lowered = key.lower()
        for names, kind in self._structured:
            if lowered in names:
                return KeyPlan(None, kind)
        if lowered in self._closed:
            return KeyPlan(None, CLOSED)
        return KeyPlan(self._classes.of(key), TEXT)
