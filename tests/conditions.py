"""Waiting for a condition: the only place in the tests where time passes on purpose."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_INTERVAL_S = 0.02


def eventually(check: Callable[[], T], what: str, timeout_s: float = 10.0, interval_s: float = _INTERVAL_S) -> T:
    """Call ``check`` until it returns something true, and return that; ``interval_s`` for checks that cost much.

    Exceptions of ``check`` count as "not yet"; on time-out the last one, or the last value, is in the failure.
    """
    deadline = time.monotonic() + timeout_s
    last: object = None
    while True:
        try:
            value = check()
        except Exception as error:  # any failure means: not yet
            last = error
        else:
            if value:
                return value
            last = value
        if time.monotonic() >= deadline:
            raise AssertionError(f"{what}: not within {timeout_s} s, last seen {last!r}")
        time.sleep(interval_s)  # noqa: TID251 - this is the condition loop itself
