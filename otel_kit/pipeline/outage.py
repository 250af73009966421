"""One line when an endpoint cannot be reached, however many signals go there."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

_log = logging.getLogger(__name__)
_SILENCE_S = 60.0


class Outage:
    """The state of one endpoint, shared by the signals that are sent there. Thread-safe, re-entrant."""

    def __init__(self, target: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._target = target
        self._clock = clock
        self._lock = threading.RLock()
        self._is_on = False
        self._silent_until = 0.0

    def begin(self, why: str) -> None:
        """A request failed and will be sent again: say so, once per outage and at most once a minute."""
        with self._lock:
            is_news = not self._is_on and self._clock() >= self._silent_until
            self._is_on = True
            if is_news:
                self._silent_until = self._clock() + _SILENCE_S
        if is_news:
            _log.warning(
                "telemetry cannot be sent to %s: %s. It is kept in memory up to its limits, counted in kit.status(), "
                "and sent again",
                self._target,
                why,
            )

    def end(self) -> None:
        """A request was answered: the next failure is a new outage."""
        with self._lock:
            self._is_on = False

    def after_fork(self) -> None:
        """Know of nothing in a child."""
        self._lock = threading.RLock()
        self._is_on = False
        self._silent_until = 0.0
