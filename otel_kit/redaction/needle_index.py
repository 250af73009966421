"""Which steps a text calls, told by the needles in it: the filter of the standard-library tier."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Protocol

from otel_kit.redaction.byte_classes import WORD_BYTES, one_byte_each
from otel_kit.redaction.needles import FOLD, SHAPE, Needles
from otel_kit.redaction.word_starts import LONGEST

# Every character that is none of a word becomes a space, so that split() gives the words.
_WORDS = bytes(byte if byte in WORD_BYTES else 32 for byte in range(256))
# A single byte is found several times faster than a string: needles with a rare one wait for it. Rarest first.
_GATES = b"~%@+_(/.-: "


class Needy(Protocol):
    """What has needles."""

    @property
    def needles(self) -> Needles:
        """What must be in a text."""


class NeedleIndex:
    """Finds the steps whose needles stand in a text. Immutable and thread-safe.

    The cost does not grow with the number of steps that are told by how words begin.
    """

    def __init__(self, steps: Sequence[Needy]) -> None:
        needles = [step.needles for step in steps]
        self._always = frozenset(index for index, one in enumerate(needles) if not one)
        self._also = {index: _Condition(one.also) for index, one in enumerate(needles) if one.also is not None}
        self._starts = _start_tables(needles)
        self._folded = _strings(needles, in_shape=False)
        self._shaped = _strings(needles, in_shape=True)

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
        folded = letters.translate(FOLD)
        _find(self._folded, folded, called)
        if self._shaped:
            _find(self._shaped, letters.translate(SHAPE), called)
        if called:
            for index in self._also.keys() & called:
                if not self._also[index].holds(letters):
                    called.discard(index)
        return called


_Strings = Sequence[tuple[int | None, Sequence[tuple[bytes, tuple[int, ...]]]]]


def _find(gated: _Strings, view: bytes, called: set[int]) -> None:
    for gate, needles in gated:
        if gate is None or gate in view:
            for needle, indexes in needles:
                if needle in view:
                    called.update(indexes)


class _Condition:
    """Further needles of a step, looked for where its first ones were found."""

    def __init__(self, needles: Needles) -> None:
        self._strings = needles.strings
        self._view = SHAPE if needles.in_shape else FOLD
        self._starts = _start_tables([needles])
        self._also = _Condition(needles.also) if needles.also is not None else None

    def holds(self, letters: bytes) -> bool:
        """Whether one of the needles is there, and of all further ones too."""
        return self._is_there(letters) and (self._also is None or self._also.holds(letters))

    def _is_there(self, letters: bytes) -> bool:
        if self._strings:
            view = letters.translate(self._view)
            if any(needle in view for needle in self._strings):
                return True
        if not self._starts:
            return False
        words = letters.translate(_WORDS).split()
        return any(not table.keys().isdisjoint(map(first, words)) for first, table in self._starts)


def _start_tables(needles: Iterable[Needles]) -> list[tuple[itemgetter[slice], Mapping[bytes, Sequence[int]]]]:
    """Return a table of the steps for each length at which a word's beginning is looked up."""
    tables: dict[int, dict[bytes, list[int]]] = {}
    for index, one in enumerate(needles):
        for start in one.starts:
            length = LONGEST if start.endswith(b" ") else len(start)
            tables.setdefault(length, {}).setdefault(start.rstrip(b" "), []).append(index)
    return [(itemgetter(slice(length)), table) for length, table in tables.items()]


def _strings(needles: Iterable[Needles], *, in_shape: bool) -> _Strings:
    """Return the strings of one view and the steps that each calls, by the rare byte that they wait for."""
    gated: dict[int | None, dict[bytes, list[int]]] = {}
    for index, one in enumerate(needles):
        if one.in_shape is in_shape:
            for needle in one.strings:
                gate = next((byte for byte in _GATES if byte in needle), None) if len(needle) > 1 else None
                gated.setdefault(gate, {}).setdefault(needle, []).append(index)
    return [(gate, [(needle, tuple(steps)) for needle, steps in held.items()]) for gate, held in gated.items()]
