"""Telling without parsing that the walk over JSON would find nothing: most JSON in strings is clean.

Without a backslash the quotes part the text into strings and what stands between them. Then nothing is found when no
name tells, alone or with one around it, no number can be a card's, and no step finds anything in any of the strings.
Whoever is in doubt parses.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.key_classes import KeyClasses, words_of
from otel_kit.redaction.key_plans import ALLOWED, EXCEPT, PUBLIC, TEXT, KeyPlans
from otel_kit.redaction.prefilter.scanner import Scanner

_MAX_CHARACTERS = 1 << 14  # beyond it, sizes in bytes would have to be counted
_MAX_BRACKETS = 16  # the depth to which the walk goes
_MAX_PATH = 200
_KNOWN_NAMES, _KNOWN_SHAPES = 4096, 1024
_NUMBER = re.compile("[0-9]{14}|[0-9][eE]")  # a card's, or one that may be when it is written out
_HARMLESS: Final = (TEXT, PUBLIC, ALLOWED)


@dataclass(frozen=True, slots=True)
class _Name:
    """What a member's name says: it tells if the names around it spell one of ``before``.

    ``ends`` are the ends of ``before``, of which one must be a word around it; those of ``glued`` may end inside of
    a word. ``outer`` are names around it with which it is told as a whole.
    """

    words: tuple[str, ...]
    before: frozenset[str]
    glued: tuple[str, ...]
    ends: frozenset[str]
    outer: frozenset[str]


class JsonSkim:
    """Proves JSON clean. Thread-safe; remembers the names of members that it has seen, up to a limit."""

    def __init__(self, scanner: Scanner, classes: KeyClasses, plans: KeyPlans) -> None:
        self._scanner = scanner
        self._plans = plans
        self._phrases = frozenset("".join(phrase.lower().split()) for phrase in classes.phrases)
        self._endings = frozenset(ending.lower() for ending in classes.endings)
        names = classes.exact_names | plans.structured_names
        self._exact = frozenset(name for name in names if not name.endswith("*"))
        self._outer = frozenset(
            name[:end]
            for name in names
            if name.endswith("*")
            for end in range(len(name))
            if name[end] == "."
        )  # fmt: skip
        self._known: dict[str, _Name | None] = {}
        self._silent: dict[tuple[bool, tuple[str, ...]], bool] = {}

    def is_clean(self, text: str, called: Collection[int]) -> bool:
        """Whether the walk would alter and count nothing in ``text``, which calls these steps of the scanner."""
        if "\\" in text or len(text) > _MAX_CHARACTERS:
            return False
        maps = text.count("{")
        if maps + text.count("[") > _MAX_BRACKETS:
            return False
        pieces = text.split('"')
        if not len(pieces) % 2:
            return True  # no JSON: a string is not closed
        between, strings = pieces[::2], pieces[1::2]
        names = self._names(between, strings)
        if names is None or not self._is_silent(names, nested=maps > 1):
            return False
        if _NUMBER.search("".join(between)):
            return False
        return not called or not self._is_found(strings, called)

    def _names(self, between: list[str], strings: list[str]) -> tuple[str, ...] | None:
        """Return the names of members and what may be one in a list of pairs; None where more is to be looked at."""
        members: list[str] = []
        pairs: list[str] = []
        for index, string in enumerate(strings):
            if string[:1] in _OPENING and string.lstrip()[:1] in ("{", "[", "-"):
                return None  # JSON in JSON, an option of a command
            after = between[index + 1]
            if after[:1] == ":" or after.lstrip()[:1] == ":":
                members.append(string)
            elif between[index].rstrip()[-1:] == "[" and between[index].rstrip()[:-1].rstrip()[-1:] in ("[", ","):
                pairs.append(string)  # the first in a list in a list
        if len(set(members)) != len(members) and _is_doubled(between, strings):
            return None
        return (*members, *pairs)

    def _is_silent(self, names: tuple[str, ...], *, nested: bool) -> bool:
        silent = self._silent.get((nested, names))
        if silent is None:
            silent = self._say_nothing(names, nested=nested)
            if len(self._silent) < _KNOWN_SHAPES and len(names) <= _MAX_BRACKETS * 4:
                self._silent[nested, names] = silent
        return silent

    def _say_nothing(self, names: tuple[str, ...], *, nested: bool) -> bool:
        judged = []
        for name in names:
            one = self._known.get(name, _UNKNOWN)
            if one is _UNKNOWN:
                one = self._judged(name)
                if len(self._known) < _KNOWN_NAMES:
                    self._known[name] = one
            if one is None:
                return False
            judged.append(one)
        if not nested:
            return True
        words = {word for one in judged for word in one.words}
        lowered = {name.lower() for name in names}
        if not self._outer.isdisjoint(lowered) or sum(map(len, lowered)) > _MAX_PATH:
            return False
        return not any(
            not one.outer.isdisjoint(lowered)
            or (not one.ends.isdisjoint(words) and any(_is_spelled(rest, words) for rest in one.before))
            or (one.glued and any(word.endswith(one.glued) for word in words))
            for one in judged
        )

    def _judged(self, name: str) -> _Name | None:
        """Return what a name says together with others; None if it says something alone."""
        plan = self._plans.of(name)
        if plan.key_class is not None or plan.reports is not None or plan.kind.partition(EXCEPT)[0] not in _HARMLESS:
            return None
        words = words_of(name)
        joined = "".join(words)
        rests = {phrase[: -len(joined)] for phrase in self._phrases if joined and phrase.endswith(joined)} - {""}
        glued = {ending[: -len(joined)] for ending in self._endings if joined and ending.endswith(joined)} - {""}
        lowered = f".{name.lower()}"
        outer = {exact[: -len(lowered)] for exact in self._exact if exact.endswith(lowered)}
        return _Name(
            words=tuple(words),
            before=frozenset(rests | glued),
            glued=tuple(glued),
            ends=frozenset(rest[start:] for rest in rests | glued for start in range(len(rest))),
            outer=frozenset(path[start:] for path in outer for start in _segments(path)),
        )

    def _is_found(self, strings: Iterable[str], called: Collection[int]) -> bool:
        own = Findings()
        steps = [step for number in called if (step := self._scanner.step(number)) is not None]
        for string in strings:
            for step in steps:
                if step.apply(string, own) != string:
                    return True
        return own != Findings()


_OPENING = ("{", "[", "-", " ", "\t", "\r", "\n")
_UNKNOWN: Final = _Name((), frozenset(), (), frozenset(), frozenset())


def _is_spelled(text: str, words: Collection[str]) -> bool:
    """Whether ``text`` is made of ``words``."""
    return not text or any(text.endswith(word) and _is_spelled(text[: -len(word)], words) for word in words)


def _is_doubled(between: list[str], strings: list[str]) -> bool:
    """Whether a map has a name twice."""
    maps: list[set[str]] = [set()]
    for before, string, after in zip(between, strings, between[1:], strict=False):
        for bracket in before:
            if bracket == "{":
                maps.append(set())
            elif bracket == "}" and len(maps) > 1:
                maps.pop()
        if after.lstrip()[:1] == ":":
            if string in maps[-1]:
                return True
            maps[-1].add(string)
    return False


def _segments(path: str) -> list[int]:
    return [0, *(index + 1 for index, character in enumerate(path) if character == ".")]
