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
    """Finds the steps whose first sign matches in a text. Immutable and thread-safe, also in a forked child.

    To look for further signs costs more than to call the step. Steps with a sign that hyperscan refuses are found by
    their needles.
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
        numbered = [(index, way) for index, step in enumerate(steps) for way in _written(step.signs[0])]
        self._database, accepted = _compiled(hyperscan, numbered)
        self._refused = frozenset(range(len(steps))) - accepted

    def steps_for(self, text: str) -> Collection[int]:
        """Return the numbers of the steps that may have something to do."""
        try:
            scratch = self._own.scratch
        except AttributeError:
            scratch = self._own.scratch = self._scratch_of(self._database)
        found: list[int] = []
        try:
            self._database.scan(one_byte_each(text), _note, 0, found, scratch)
        except self._busy:  # an empty text, or a signal handler logs while this thread is scanning
            return self._needles.steps_for(text)
        if self._refused:
            return self._refused.intersection(self._needles.steps_for(text)).union(found)
        return set(found) if found else _NOTHING


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
