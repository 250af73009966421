"""The number of websocket connections is one that the service can serve."""

from __future__ import annotations

from collections.abc import Callable

from otel_kit.healthchecks.results import HEALTHY, Outcome, degraded
from otel_kit.healthchecks.running import TimedCheck


def websockets(open_now: Callable[[], int], *, most: int) -> TimedCheck:
    """Return a check that is degraded while more than ``most`` connections are open in this process."""

    def probe(_timeout_s: float) -> Outcome:
        count = open_now()
        return degraded(f"{count} connections are open, {most} may be") if count > most else HEALTHY

    return TimedCheck("websockets", probe)
