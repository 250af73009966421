"""Waiting for what takes a moment to appear."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event
from typing import Final, TypeVar

_POLL_S: Final = 0.5
_T = TypeVar("_T")


def until(ask: Callable[[], _T], stop: Event, seconds: float) -> _T:
    """Return the first true answer, or the last one when ``seconds`` are over or ``stop`` is set; blocks till then."""
    deadline = time.monotonic() + seconds
    while not (found := ask()) and time.monotonic() < deadline and not stop.wait(_POLL_S):
        pass
    return found
