"""What several figures need is read once for one collection."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, TypeVar

Read = TypeVar("Read")
_MAX_AGE_S = 0.1  # longer than a collection, shorter than any interval


class Readings:
    """Keeps what was read for a moment; a forked child reads anew. What a read raises is not kept."""

    def __init__(self) -> None:
        self._kept: dict[object, tuple[float, int, Any]] = {}

    def of(self, key: object, read: Callable[[], Read], max_age_s: float = _MAX_AGE_S) -> Read:
        """Return what ``read`` returns now, or returned a moment ago."""
        now, pid = time.monotonic(), os.getpid()
        kept = self._kept.get(key)
        if kept is not None and now - kept[0] < max_age_s and kept[1] == pid:
            value: Read = kept[2]
            return value
        made = read()
        self._kept[key] = (now, pid, made)
        return made


class Share:
    """The part of a time that was used, between two collections."""

    _LEAST_S = 0.05  # a shorter time holds too few ticks of the clock: the share before stands

    def __init__(self, read: Callable[[], tuple[float, float]]) -> None:
        """``read`` returns how much was used and how much there was, both in seconds since some beginning."""
        self._read = read
        self._used, self._there = read()
        self._pid = os.getpid()
        self._last: float | None = None

    def now(self) -> float | None:
        """Return the share from 0 to 1, None if too little time has passed since the start."""
        used, there = self._read()
        if self._pid != os.getpid():  # a child begins at its own beginning
            self._used, self._there, self._pid, self._last = used, there, os.getpid(), None
        elif there - self._there >= self._LEAST_S:
            self._last = min(1.0, max(0.0, (used - self._used) / (there - self._there)))
            self._used, self._there = used, there
        return self._last
