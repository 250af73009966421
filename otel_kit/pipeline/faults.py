"""Faults of the kit or of code behind it, counted instead of raised into the application."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Mapping

_log = logging.getLogger(__name__)
_SILENCE_S = 60.0


class Faults:
    """Counts faults by place; each place is logged at most once a minute, without the fault's text."""

    def __init__(self) -> None:
        self.after_fork()

    def count(self, place: str, error: BaseException) -> None:
        """Count one fault. The text of ``error`` may hold user data and is not shown. Never raises."""
        with self._lock:
            self._counts[place] += 1
            now = time.monotonic()
            silent = now < self._silent_until.get(place, 0.0)
            if not silent:
                self._silent_until[place] = now + _SILENCE_S
        if not silent:
            _log.warning("a fault in %s was kept from the application: %s", place, type(error).__name__)

    def totals(self) -> Mapping[str, int]:
        """Return the counts by place."""
        with self._lock:
            return dict(self._counts)

    def after_fork(self) -> None:
        """Start from zero in a child."""
        self._lock = threading.RLock()
        self._counts: Counter[str] = Counter()
        self._silent_until: dict[str, float] = {}
