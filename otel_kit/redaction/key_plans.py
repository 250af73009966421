"""What is to be done with the values of one key, looked up once per key."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from otel_kit.policy.model import KeyClass, Policy
from otel_kit.redaction.key_classes import CompiledClass, KeyClasses, Names, compile_class

PUBLIC: Final = "public"
ALLOWED: Final = "allowed"
TEXT: Final = "text"
EXCEPT: Final = " except "  # "text except card+phone": the kind without some rules
_MAX_KEY = 256


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """The class of a key, if one masks it, else the kind of text its strings are; ``reports`` only counts."""

    key_class: CompiledClass | None
    kind: str
    reports: CompiledClass | None = None

    @property
    def says_nothing(self) -> bool:
        """Whether nothing in the policy names this key: its parent may tell more."""
        named = self.key_class is not None and not self.key_class.floor
        return not named and self.reports is None and self.kind in (TEXT, PUBLIC)


class KeyPlans:
    """Looks up plans. Thread-safe; remembers the keys it has seen, up to a limit."""

    def __init__(self, classes: KeyClasses, policy: Policy, markers: frozenset[str]) -> None:
        self._classes = classes
        self._public = Names.of(policy.public)
        self._structured = [(Names.of(names), kind) for kind, names in policy.structured]
        self._internal = Names.of(policy.internal)
        self._except = [(rule, Names.of(names)) for rule, names in policy.allow_rules]
        self._floor = None if policy.minimum_class == "internal" else _floor(policy, markers)
        self._cached = functools.lru_cache(maxsize=4096)(self._make)
        self._texts = functools.lru_cache(maxsize=256)(self._text_at)

    @property
    def structured_names(self) -> frozenset[str]:
        """Every key whose values have a structure, in lower case; it may end in ``*``."""
        return frozenset(
            name for names, _ in self._structured for name in (*names.whole, *(f"{one}*" for one in names.beginnings))
        )

    def of(self, key: str) -> KeyPlan:
        """Return the plan of ``key``."""
        return self._cached(key) if len(key) <= _MAX_KEY else self._make(key)

    def of_member(self, path: str, key: str) -> KeyPlan:
        """Return the plan of ``key`` inside of the value of ``path``: ``user`` and ``name`` say more than ``name``."""
        alone = self.of(key)
        if not alone.says_nothing:
            return alone
        together = self.of(f"{path}.{key}"[-_MAX_KEY:])
        if not together.says_nothing or (alone.key_class is not None and together.key_class is None):
            return together
        return alone

    def text_at(self, place: str) -> str:
        """Return the kind of free text at a place such as ``log.body``: some rules may be off there."""
        return self._texts(place) if self._except and len(place) <= _MAX_KEY else self._text_at(place)

    def _text_at(self, place: str) -> str:
        return TEXT + self._exceptions(place.lower())

    def _make(self, key: str) -> KeyPlan:
        if self._classes.allows(key):
            return KeyPlan(None, ALLOWED)
        lowered = key.lower()
        exceptions = self._exceptions(lowered)
        for names, kind in self._structured:
            if lowered in names:
                return KeyPlan(None, kind + exceptions)
        if lowered in self._public:
            return KeyPlan(None, PUBLIC)
        found = self._classes.named(key)
        if found is not None and found.id in exceptions.removeprefix(EXCEPT).split("+"):
            found = None
        if found is not None and found.reports:
            return KeyPlan(None, TEXT + exceptions, found)
        if found is not None and found.action != "keep":
            return KeyPlan(found, TEXT)
        if found is None and self._floor is not None and not exceptions and key and lowered not in self._internal:
            return KeyPlan(self._floor, TEXT)
        return KeyPlan(None, TEXT + exceptions)

    def _exceptions(self, lowered: str) -> str:
        rules = sorted(rule for rule, names in self._except if lowered in names)
        return EXCEPT + "+".join(rules) if rules else ""


def _floor(policy: Policy, markers: Iterable[str]) -> CompiledClass:
    name = policy.minimum_class
    own = KeyClass(name, data_class=name, action=policy.action_of(name))
    return compile_class(own, frozenset(markers), floor=True)
