"""Which steps a text calls, told by the needles in it: the filter of the standard-library tier."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Protocol

from otel_kit.redaction.prefilter.byte_classes import WORD_BYTES, one_byte_each
from otel_kit.redaction.prefilter.needles import Needles
from otel_kit.redaction.prefilter.required_strings import EDGE, FOLD, GROUPED, HEX, SHAPE, is_grouped
from otel_kit.redaction.prefilter.word_starts import LONGEST

# Every character that is none of a word becomes a space, so that split() gives the words.
_WORDS = bytes(byte if byte in WORD_BYTES else 32 for byte in range(256))
_FOLDED_WORDS = FOLD.translate(_WORDS)
# Needles wait for a byte that few texts hold: the rarest first.
_GATES = bytes(range(128, 256)) + b"<[{|!$&;?*#~%@+_(/\"'qjzx=:.-, "
_NO_GATES = bytes(byte for byte in range(256) if FOLD[byte] not in _GATES)
# Capitals, digits and what stands between groups of them; all else parts the texts that such needles are looked up in.
_PART = b"a"
_GROUPS = SHAPE.translate(bytes(byte if byte in GROUPED else _PART[0] for byte in range(256)))
_KNOWN_GROUPS, _LONGEST_GROUP = 8192, 48


class Needy(Protocol):
    """What has needles."""

    @property
    def needles(self) -> Needles:
        """What must be in a text."""


class NeedleIndex:
    """Finds the steps whose needles stand in a text. Thread-safe.

    The cost does not grow with the number of steps that are told by words or by groups of digits.
    """

    def __init__(self, steps: Sequence[Needy]) -> None:
        needles = [step.needles for step in steps]
        self._always = frozenset(index for index, one in enumerate(needles) if not one)
        # Further needles that cost nothing are looked up with all others, under numbers of their own.
        self._together: dict[int, int] = {}
        self._also: dict[int, _Condition] = {}
        for index, one in enumerate(needles[:]):
            further = one.also
            if further is not None and all(is_grouped(needle, further.view) for needle in further.strings):
                self._together[index] = len(needles)
                needles.append(further)
                further = further.also
            if further is not None:
                self._also[index] = _Condition(further)
        self._count = len(steps)
        self._starts = _start_tables(needles)
        self._words = _word_table(needles)
        self._groups = _Groups(needles)
        self._views = [(view, strings) for view in (FOLD, SHAPE, HEX) if (strings := _strings(needles, view))]

    def steps_for(self, text: str) -> set[int]:
        """Return the numbers of the steps that may have something to do."""
        letters = one_byte_each(text)
        called = set(self._always)
        if self._starts:
            words = letters.translate(_WORDS).split()
            for first, table in self._starts:
                if not table.keys().isdisjoint(map(first, words)):
                    for start in map(first, words):
                        if start in table:
                            called.update(table[start])
        if self._words:
            words = letters.translate(_FOLDED_WORDS).split()
            if not self._words.keys().isdisjoint(words):
                for word in words:
                    if word in self._words:
                        called.update(self._words[word])
        self._groups.call(letters, called)
        present = frozenset((_ANY, *letters.translate(FOLD, _NO_GATES)))
        for view, strings in self._views:
            if not present.isdisjoint(strings):
                _find(strings, present, letters.translate(view), called)
        return self._with_all(called, letters) if called else called

    def _with_all(self, called: set[int], letters: bytes) -> set[int]:
        """Return those of the called steps whose further needles are there too."""
        return {
            index
            for index in called
            if index < self._count
            and (index not in self._together or self._together[index] in called)
            and (index not in self._also or self._also[index].holds(letters))
        }


_Strings = Mapping[int, Sequence[tuple[bytes, Sequence[tuple[bytes, tuple[int, ...]]]]]]
_ANY = 256  # stands for a byte that every text has


def _find(strings: _Strings, present: frozenset[int], view: bytes, called: set[int]) -> None:
    for byte in present.intersection(strings):
        for gate, needles in strings[byte]:
            if gate in view:
                for needle, indexes in needles:
                    if needle in view:
                        called.update(indexes)


class _Groups:
    """Needles of digits, capitals and what stands between them, looked up by group: the same come again and again.

    What is remembered holds no character of a text but separators, only where digits and capitals are.
    """

    def __init__(self, needles: Sequence[Needles]) -> None:
        found: dict[bytes, list[int]] = {}
        for index, one in enumerate(needles):
            for needle in one.strings:
                if is_grouped(needle, one.view):
                    found.setdefault(needle, []).append(index)
        self._needles = [(needle.strip(EDGE), _edges(needle), tuple(steps)) for needle, steps in found.items()]
        self._harmless: set[bytes] = {b""}
        self._calling: dict[bytes, frozenset[int]] = {}

    def call(self, letters: bytes, called: set[int]) -> None:
        """Add the steps that the groups in a text call."""
        groups = letters.translate(_GROUPS).split(_PART)
        if not self._harmless.issuperset(groups):
            for group in set(groups).difference(self._harmless):
                steps = self._calling.get(group)
                called |= self._steps(group) if steps is None else steps

    def _steps(self, group: bytes) -> frozenset[int]:
        is_short = len(group) <= _LONGEST_GROUP
        steps = frozenset(
            index
            for core, edges, steps in self._needles
            if core in group and not (is_short and edges is not None and edges.search(group) is None)
            for index in steps
        )
        if is_short:
            if steps and len(self._calling) < _KNOWN_GROUPS:
                self._calling[group] = steps
            elif not steps and len(self._harmless) < _KNOWN_GROUPS:
                self._harmless.add(group)
        return steps


def _edges(needle: bytes) -> re.Pattern[bytes] | None:
    """Return the pattern of a needle that begins or ends where a word does, or None."""
    begins, ends = needle.startswith(EDGE), needle.endswith(EDGE)
    if not begins and not ends:
        return None
    core = re.escape(needle.strip(EDGE))
    return re.compile((b"(?<![A0])" if begins else b"") + core + (b"(?![A0])" if ends else b""))


class _Condition:
    """Further needles of a step, looked for where its first ones were found."""

    def __init__(self, needles: Needles) -> None:
        self._strings = needles.strings
        self._view = needles.view
        self._starts = _start_tables([needles])
        self._words = _word_table([needles])
        self._also = _Condition(needles.also) if needles.also is not None else None

    def holds(self, letters: bytes) -> bool:
        """Whether one of the needles is there, and of all further ones too."""
        return self._is_there(letters) and (self._also is None or self._also.holds(letters))

    def _is_there(self, letters: bytes) -> bool:
        if self._strings:
            view = letters.translate(self._view)
            if any(needle.replace(EDGE, b"") in view for needle in self._strings):
                return True
        if self._words and not self._words.keys().isdisjoint(letters.translate(_FOLDED_WORDS).split()):
            return True
        if not self._starts:
            return False
        words = letters.translate(_WORDS).split()
        return any(not table.keys().isdisjoint(map(first, words)) for first, table in self._starts)


def _word_table(needles: Iterable[Needles]) -> Mapping[bytes, Sequence[int]]:
    table: dict[bytes, list[int]] = {}
    for index, one in enumerate(needles):
        for word in one.words:
            table.setdefault(word, []).append(index)
    return table


def _start_tables(needles: Iterable[Needles]) -> list[tuple[itemgetter[slice], Mapping[bytes, Sequence[int]]]]:
    """Return a table of the steps for each length at which a word's beginning is looked up."""
    tables: dict[int, dict[bytes, list[int]]] = {}
    for index, one in enumerate(needles):
        for start in one.starts:
            length = LONGEST if start.endswith(b" ") else len(start)
            tables.setdefault(length, {}).setdefault(start.rstrip(b" "), []).append(index)
    return [(itemgetter(slice(length)), table) for length, table in tables.items()]


def _strings(needles: Iterable[Needles], view: bytes) -> _Strings:
    """Return the strings of one view and the steps that each calls, by the byte and the piece that they wait for."""
    gated: dict[int, dict[bytes, dict[bytes, list[int]]]] = {}
    for index, one in enumerate(needles):
        if one.view is view:
            for needle in one.strings:
                if not is_grouped(needle, view):
                    gate = one.gate or needle
                    byte = next((byte for byte in _GATES if byte in gate), _ANY)
                    gated.setdefault(byte, {}).setdefault(one.gate, {}).setdefault(needle, []).append(index)
    return {
        byte: [(gate, [(needle, tuple(steps)) for needle, steps in held.items()]) for gate, held in gates.items()]
        for byte, gates in gated.items()
    }
