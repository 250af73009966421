"""What a key says about its value: ``user.password``, ``X-Api-Key`` and ``apiKey`` are all told by their last words."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from otel_kit.policy.model import KeyClass
from otel_kit.policy.vocabulary import MARKER_PATTERN
from otel_kit.redaction.masks import MARKER_START, action_in_force, is_masked, mask_for
from otel_kit.redaction.pseudonyms import PseudonymKeys

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_MARKER = re.compile(MARKER_PATTERN)
_MAX_WORDS = 5
_MAX_KEY = 256


@dataclass(frozen=True, slots=True)
class CompiledClass:
    """A key class ready to run. ``floor``: the class of every key that nothing names."""

    id: str
    action: str
    mask: Callable[[str], str]
    markers: frozenset[str]
    reports: bool = False
    floor: bool = False

    def masked(self, value: str) -> str:
        """Return the masked value, which is the value itself if it is empty or masked already."""
        if not value.strip() or value in self.markers or is_masked(self.action, value):
            return value
        return self.mask(value)


@dataclass(frozen=True, slots=True)
class Names:
    """Keys by name; a name that ends in ``*`` covers every key with that beginning."""

    whole: frozenset[str]
    beginnings: tuple[str, ...]

    @classmethod
    def of(cls, names: Iterable[str]) -> Names:
        """Return the names, in lower case."""
        lowered = [name.lower() for name in names]
        return cls(
            frozenset(name for name in lowered if not name.endswith("*")),
            tuple(name[:-1] for name in lowered if name.endswith("*")),
        )

    def __contains__(self, key: str) -> bool:
        return key in self.whole or (bool(self.beginnings) and key.startswith(self.beginnings))


@dataclass(frozen=True, slots=True)
class _Table:
    """The classes of one scope."""

    squashed: dict[str, CompiledClass] = field(default_factory=dict)
    endings: dict[str, CompiledClass] = field(default_factory=dict)
    exact: list[tuple[Names, CompiledClass]] = field(default_factory=list)

    def find(self, key: str) -> CompiledClass | None:
        lowered = key.lower()
        for names, compiled in self.exact:
            if lowered in names:
                return compiled
        words = words_of(key)
        squashed = ""
        found: CompiledClass | None = None
        for word in reversed(words[-_MAX_WORDS:]):
            squashed = word + squashed
            found = self.squashed.get(squashed) or found
        if found is not None:
            return found
        # Passwords hide in glued words (dbpassword); a short ending in a long key is no proof of anything else.
        for ending, compiled in self.endings.items():
            if squashed.endswith(ending):
                return compiled
        return None


def words_of(key: str) -> list[str]:
    """Return the words of ``key`` in lower case, without numbers at its end."""
    words = [word.lower() for word in _WORD.findall(key)]
    while words and words[-1].isdigit():
        words.pop()
    return words


def compile_class(
    one: KeyClass, markers: frozenset[str], pseudonyms: PseudonymKeys | None = None, *, floor: bool = False
) -> CompiledClass:
    """Return the compiled key class; ``markers`` are those of all rules and classes."""
    action = action_in_force(one, pseudonyms)
    return CompiledClass(one.id, action, mask_for(one, pseudonyms), markers, one.mode == "report", floor)


class KeyClasses:
    """Looks up the class of a key. Thread-safe; remembers the keys it has seen, up to a limit."""

    def __init__(
        self,
        classes: Sequence[KeyClass],
        markers: frozenset[str],
        allowed: Iterable[str] = (),
        pseudonyms: PseudonymKeys | None = None,
    ) -> None:
        self._any, self._query = _Table(), _Table()
        self._allowed = Names.of(allowed)
        for one in classes:
            compiled = compile_class(one, markers, pseudonyms)
            for table in (self._query,) if one.scope == "query" else (self._any, self._query):
                for phrase in one.words:
                    table.squashed.setdefault("".join(_words(phrase)), compiled)
                for ending in one.endings:
                    table.endings.setdefault(ending.lower(), compiled)
                if one.exact:
                    table.exact.append((Names.of(one.exact), compiled))
        self._phrases = frozenset(phrase for one in classes if one.scope == "any" for phrase in one.words + one.endings)
        self._endings = frozenset(ending for one in classes if one.scope == "any" for ending in one.endings)
        self._exact = frozenset(name.lower() for one in classes if one.scope == "any" for name in one.exact)
        self._cached = functools.lru_cache(maxsize=4096)(self._find)

    @property
    def phrases(self) -> frozenset[str]:
        """Every phrase and ending by which a key outside of a query string is told."""
        return self._phrases

    @property
    def endings(self) -> frozenset[str]:
        """Those of the phrases that may also be the tail of a longer word."""
        return self._endings

    @property
    def exact_names(self) -> frozenset[str]:
        """Every whole name that is told outside of a query string, in lower case; it may end in ``*``."""
        return self._exact

    def of(self, key: str, *, in_query: bool = False) -> CompiledClass | None:
        """Return the class that masks values under ``key``, or None."""
        found = self.named(key, in_query=in_query)
        return None if found is None or found.reports or found.action == "keep" else found

    def reporting(self, key: str, *, in_query: bool = False) -> CompiledClass | None:
        """Return the class that counts values under ``key`` and leaves them, or None."""
        found = self.named(key, in_query=in_query)
        return found if found is not None and found.reports else None

    def acting(self, key: str) -> CompiledClass | None:
        """Return the class that masks or counts values under ``key``, or None."""
        return self.of(key) or self.reporting(key)

    def named(self, key: str, *, in_query: bool = False) -> CompiledClass | None:
        """Return the class of ``key``, whatever it does, or None."""
        if len(key) > _MAX_KEY:
            return self._find(key[-_MAX_KEY:], in_query)
        return self._cached(key, in_query)

    def allows(self, key: str) -> bool:
        """Whether the policy says that values under ``key`` stay as they are."""
        return key.lower() in self._allowed

    def _find(self, key: str, in_query: bool) -> CompiledClass | None:
        if key.lower() in self._allowed:
            return None
        if MARKER_START in key:
            key = _MARKER.sub(" masked ", key)  # what is said of a masked value says nothing of another
        return (self._query if in_query else self._any).find(key)


def _words(phrase: str) -> list[str]:
    return [word for word in phrase.lower().split(" ") if word]
