"""The kit's own export: records leave and none were lost lately."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from otel_kit.healthchecks.results import HEALTHY, Outcome, degraded
from otel_kit.healthchecks.running import TimedCheck
from otel_kit.pipeline.ledger import Account

Accounts = Callable[[], Mapping[str, Account]]


def export(accounts: Accounts, *, lately_s: float = 300.0, clock: Callable[[], float] = time.monotonic) -> TimedCheck:
    """Return a check of ``accounts`` by signal: degraded while requests fail, or records were lost ``lately_s`` ago.

    Never unhealthy: an application works without its telemetry.
    """
    lost_before: dict[str, int] = {}
    lost_at: dict[str, float] = {}

    def probe(_timeout_s: float) -> Outcome:
        faults = []
        for signal, account in accounts().items():
            lost = account.rejected + sum(account.dropped.values())
            if lost > lost_before.get(signal, 0):
                lost_at[signal] = clock()
            lost_before[signal] = lost
            if account.waiting and account.last_error:
                faults.append(f"{signal} cannot be sent: {account.last_error}")
            elif clock() - lost_at.get(signal, float("-inf")) < lately_s:
                faults.append(f"{signal} were lost, {lost} since the start")
        return degraded("; ".join(faults)) if faults else HEALTHY

    return TimedCheck("export", probe)
