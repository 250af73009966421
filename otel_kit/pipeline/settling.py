"""How a flush waits: until what was there when it began is delivered, rejected or dropped."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Condition
from typing import Final

# A record may also be settled by a drop, which notifies nobody.
_LONGEST_WAIT_S: Final = 0.05


def wait_settled(changed: Condition, is_settled: Callable[[], bool], deadline: float) -> bool:
    """Block until ``is_settled`` says so, at most until ``deadline`` (of ``time.monotonic``); return whether it did.

    ``is_settled`` is called under the condition.
    """
    with changed:
        while not is_settled():
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return False
            changed.wait(min(remaining, _LONGEST_WAIT_S))
    return True
