"""The filter of the fast tier: every pattern in one hyperscan database, asked only whether it matches at all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from otel_kit.redaction.prefilter.byte_classes import one_byte_each
from otel_kit.redaction.prefilter.hyperscan_database import SignDatabase
from otel_kit.redaction.prefilter.kept_database import KeptDatabase
from otel_kit.redaction.prefilter.needle_index import NeedleIndex
from otel_kit.redaction.prefilter.scanner import Step

_NOTHING: frozenset[int] = frozenset()


class HyperscanFinder:
    """Finds the steps whose first sign matches in a text. Immutable and thread-safe, also in a forked child.

    To look for further signs costs more than to call the step. Steps with a sign that hyperscan refuses are found by
    their needles.
    """

    def __init__(self, hyperscan: Any, signs: SignDatabase, needles: Callable[[], NeedleIndex]) -> None:
        """``needles`` is called when they are needed, which they rarely are."""
        self._needles = needles
        self._scratch_of = hyperscan.Scratch
        self._busy = hyperscan.HyperscanError
        self._own = threading.local()
        self._database, self._refused = signs.database, signs.refused

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
            return self._needles().steps_for(text)
        if self._refused:
            return self._refused.intersection(self._needles().steps_for(text)).union(found)
        return set(found) if found else _NOTHING


def _note(number: int, _start: int, _end: int, _flags: int, found: list[int]) -> None:
    found.append(number)


def loaded_finder(
    steps: Sequence[Step], needles: Callable[[], NeedleIndex], state_folder: Path | None
) -> HyperscanFinder | None:
    """Return the finder of ``steps`` if its database is kept in the state folder: in milliseconds, without waiting.

    Raises:
        ImportError: the extra ``fast`` is not installed.
        hyperscan.HyperscanError: this machine cannot run it.
    """
    import hyperscan  # an extra

    loaded = KeptDatabase(hyperscan, _signs(steps), state_folder).loaded()
    return None if loaded is None else HyperscanFinder(hyperscan, loaded, needles)


def compiled_finder(
    steps: Sequence[Step], needles: Callable[[], NeedleIndex], state_folder: Path | None
) -> HyperscanFinder:
    """Return the finder of ``steps``, whose database is compiled if it is not kept: takes seconds.

    Raises:
        ImportError, hyperscan.HyperscanError: as ``loaded_finder``.
    """
    import hyperscan  # an extra

    kept = KeptDatabase(hyperscan, _signs(steps), state_folder)
    return HyperscanFinder(hyperscan, kept.loaded_or_compiled(), needles)


def _signs(steps: Sequence[Step]) -> list[str]:
    return [step.signs[0] for step in steps]
