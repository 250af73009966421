"""Delivery of log records that can be waited for, by the account of their lane."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from otel_kit.events.delivery import Delivered, Pending
from otel_kit.pipeline.ledger import Account
from otel_kit.pipeline.worker import Worker

Wait = Callable[[float], Delivered | Pending]


@dataclass(frozen=True, slots=True)
class NotSent:
    """There is nowhere to send log records to."""

    def begin(self) -> Wait:
        """Return what says so at once."""
        return lambda _timeout_s: Pending("log records are not sent (logs.exporter)")


class LogDelivery:
    """Waits until what was emitted has been accepted. Thread-safe.

    Records are sent in the order in which they came. So one that came before all others were settled is accepted if
    nothing was refused or given up meanwhile; if anything was, nobody can tell which, and the answer is ``Pending``.
    While nothing is answered, only the first to wait does so, for its whole time.
    """

    def __init__(self, lane: Worker[Any]) -> None:
        self._lane = lane
        self._lock = threading.Lock()
        self._waited_in_vain_at: int | None = None  # what was delivered or refused when somebody's time was up

    def begin(self) -> Wait:
        """Note the account; returns what waits for the records that came since."""
        before = self._lane.ledger.account()

        def wait(timeout_s: float) -> Delivered | Pending:
            return self._wait(before, timeout_s)

        return wait

    def after_fork(self) -> None:
        """Know of nothing in a child."""
        self._lock = threading.Lock()
        self._waited_in_vain_at = None

    def _wait(self, before: Account, timeout_s: float) -> Delivered | Pending:
        account = self._lane.ledger.account()
        if account.created == before.created:
            return Pending("the record did not enter the pipeline (see kit.status())")
        if _lost(account) > _lost(before):
            return Pending(_why(before, account))
        with self._lock:
            in_vain = self._waited_in_vain_at == _answered(account)
        if in_vain:
            return Pending(account.last_error or "the endpoint does not answer")
        began = time.monotonic()
        settled = self._lane.flush(timeout_s)
        account = self._lane.ledger.account()
        if _lost(account) > _lost(before):
            return Pending(_why(before, account))
        if settled:
            return Delivered()
        with self._lock:
            self._waited_in_vain_at = _answered(account)
        return Pending(account.last_error or f"not answered within {time.monotonic() - began:.1f} s")


def _answered(account: Account) -> int:
    return account.delivered + account.rejected


def _lost(account: Account) -> int:
    return account.rejected + sum(account.dropped.values())


def _why(before: Account, after: Account) -> str:
    """Return why a record may be gone for good: which one was meant nobody can tell."""
    if after.rejected > before.rejected:
        return f"refused by the endpoint: {after.last_error or 'without a reason'}; not sent again"
    reasons = [reason for reason, count in after.dropped.items() if count > before.dropped.get(reason, 0)]
    return f"given up: {', '.join(reasons)}; not sent again"
