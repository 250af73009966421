"""How many log records there were, by logger and severity: plain numbers that a collection reads.

Counted is what passes the levels of the export, also what sampling and rate limits leave out. The names of loggers are
bounded: beyond them all others are one.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping

from otel_kit import semconv

_MAX_LOGGERS = 200
SEVERITIES = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_BY_LEVEL = (logging.CRITICAL, logging.ERROR, logging.WARNING, logging.INFO, logging.DEBUG)


_RANKS = {level: len(_BY_LEVEL) - steps for steps, level in enumerate(_BY_LEVEL)}


def rank_of(level: int) -> int:
    """Return the place of a level's severity in ``SEVERITIES``."""
    if level in _RANKS:
        return _RANKS[level]
    for steps, lowest in enumerate(_BY_LEVEL):
        if level >= lowest:
            return len(_BY_LEVEL) - steps
    return 0


class Volume:
    """Counts records. Thread-safe; a signal's handler that logs while another count is made does no harm."""

    def __init__(self) -> None:
        self.after_fork()

    def after_fork(self) -> None:
        """Start from zero in a child."""
        self._lock = threading.RLock()
        self._counts: dict[str, list[int]] = {}

    def bounded(self, name: str) -> str:
        """Return the name of a logger as the figures show it."""
        with self._lock:
            if name in self._counts:
                return name
            if len(self._counts) >= _MAX_LOGGERS:
                name = semconv.OTHER
            self._counts.setdefault(name, [0] * len(SEVERITIES))
            return name

    def count(self, name: str, level: int) -> None:
        """Count one record of a logger by the name that ``bounded`` gave."""
        with self._lock:
            counts = self._counts.get(name)
            if counts is None:
                counts = self._counts[name] = [0] * len(SEVERITIES)
            counts[rank_of(level)] += 1

    def totals(self) -> Mapping[tuple[str, str], int]:
        """Return the counts by logger and severity, those that are not zero."""
        with self._lock:
            return {
                (name, severity): count
                for name, counts in self._counts.items()
                for severity, count in zip(SEVERITIES, counts, strict=True)
                if count
            }


volume = Volume()  # of this process: instruments cannot be taken back, and their counters only grow
