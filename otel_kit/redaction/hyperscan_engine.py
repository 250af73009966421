"""The filter of the fast tier: every pattern in one hyperscan database, asked only whether it matches at all.

*Source:* intel.github.io/hyperscan/dev-reference; vectorscan is its port to other processors.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from typing import Any

from otel_kit.redaction.byte_classes import one_byte_each
from otel_kit.redaction.byte_patterns import NotWritable, byte_patterns
from otel_kit.redaction.needle_index import NeedleIndex
from otel_kit.redaction.scanner import Step

_NOTHING: frozenset[int] = frozenset()


class HyperscanFinder:
    """Finds the steps whose signs all match in a text. Immutable and thread-safe, also in a forked child.

    Steps with a sign that hyperscan refuses are found by their needles.
    """

    def __init__(self, steps: Sequence[Step], needles: NeedleIndex) -> None:
        """Compile; takes some tenths of a second, most of it without the interpreter's lock.

        Raises:
            ImportError: the extra ``fast`` is not installed.
            hyperscan.HyperscanError: this machine cannot run it.
        """
        import hyperscan  # an extra

        self._needles = needles
        self._scratch_of = hyperscan.Scratch
        self._busy = hyperscan.HyperscanError
        self._own = threading.local()
        first = [(index, way) for index, step in enumerate(steps) for way in _written(step.signs[0])]
        self._first, accepted = _compiled(hyperscan, first)
        self._refused = frozenset(range(len(steps))) - accepted
        # Further signs are only looked at in texts that call such a step: by context words, say.
        further: list[tuple[int, bytes]] = []
        needed: dict[int, set[int]] = {}
        for index, step in enumerate(steps):
            for number, sign in enumerate(step.signs[1:], len(steps) * (index + 1)):
                ways = _written(sign)
                if index in accepted and ways:
                    further += [(number, way) for way in ways]
                    needed.setdefault(index, set()).add(number)
        self._second, accepted = _compiled(hyperscan, further)
        # Without one of its further signs a step is called more often than needed, which does no harm.
        self._needed = {index: numbers & accepted for index, numbers in needed.items()}

    def steps_for(self, text: str) -> Collection[int]:
        """Return the numbers of the steps that may have something to do."""
        letters = one_byte_each(text)
        found: list[int] = []
        try:
            first, second = self._own.scratches
        except AttributeError:
            first, second = self._own.scratches = self._scratch_of(self._first), self._scratch_of(self._second)
        try:
            self._first.scan(letters, _note, 0, found, first)
            if not found and not self._refused:
                return _NOTHING
            called = set(found)
            if not called.isdisjoint(self._needed):
                there: list[int] = []
                self._second.scan(letters, _note, 0, there, second)
                called -= {index for index in self._needed.keys() & called if not self._needed[index].issubset(there)}
        except self._busy:  # an empty text, or a signal handler logs while this thread is scanning
            return self._needles.steps_for(text)
        if self._refused:
            called |= self._refused & set(self._needles.steps_for(text))
        return called


def _note(number: int, _start: int, _end: int, _flags: int, found: list[int]) -> None:
    found.append(number)


def _written(sign: str) -> list[bytes]:
    try:
        return byte_patterns(sign)
    except NotWritable:
        return []


def _compiled(hyperscan: Any, numbered: Sequence[tuple[int, bytes]]) -> tuple[Any, frozenset[int]]:
    """Return the database and the numbers that are whole in it: those of which hyperscan refuses no pattern."""
    if not numbered:
        return _database(hyperscan, [(0, b"\\x00{2}")]), frozenset()  # there is no empty database
    try:
        return _database(hyperscan, numbered), frozenset(number for number, _ in numbered)
    except hyperscan.HyperscanError:
        refused = {number for number, way in numbered if not _is_accepted(hyperscan, way)}
        accepted = [(number, way) for number, way in numbered if number not in refused]
        return _database(hyperscan, accepted), frozenset(number for number, _ in accepted)


def _database(hyperscan: Any, numbered: Sequence[tuple[int, bytes]]) -> Any:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[sign for _, sign in numbered],
        ids=[number for number, _ in numbered],
        flags=[hyperscan.HS_FLAG_SINGLEMATCH] * len(numbered),
    )
    return database


def _is_accepted(hyperscan: Any, sign: bytes) -> bool:
    try:
        _database(hyperscan, [(0, sign)])
    except hyperscan.HyperscanError:
        return False
    return True
