"""All sinks of one running kit: what is done to each of them."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence

from otel_kit.pipeline.sink_seams import SinkAccount
from otel_kit.pipeline.sink_worker import SinkWorker


class Sinks:
    """All workers; records are offered to ``workers``, those of them that are switched on. False when none is."""

    __slots__ = ("_all", "workers")

    def __init__(self, workers: Sequence[SinkWorker] = (), off: Collection[str] = ()) -> None:
        self._all = tuple(workers)
        self.workers = tuple(worker for worker in self._all if worker.name not in off)

    def __bool__(self) -> bool:
        return bool(self.workers)

    def switch(self, name: str, *, on: bool) -> None:
        """Offer records to the worker of that name from now on, or no more. What it has, it writes."""
        now = {worker.name for worker in self.workers}
        now = now | {name} if on else now - {name}
        self.workers = tuple(worker for worker in self._all if worker.name in now)

    def hurry(self, deadline: float) -> None:
        """Have all of them try at once until ``deadline`` (of ``time.monotonic``). Does not block."""
        for worker in self._all:
            worker.hurry(deadline)

    def flush(self, timeout_s: float) -> bool:
        """Write what is here now; blocks at most ``timeout_s`` for all together. True when all did."""
        deadline = time.monotonic() + timeout_s
        self.hurry(deadline)
        results = [worker.flush(max(0.0, deadline - time.monotonic())) for worker in self._all]
        return all(results)

    def shutdown(self, timeout_s: float) -> Mapping[str, int]:
        """Flush and stop all; returns how many records each has lost, by the sink's name."""
        deadline = time.monotonic() + timeout_s
        self.hurry(deadline)
        return {worker.name: worker.shutdown(max(0.0, deadline - time.monotonic())) for worker in self._all}

    def linger(self, budget_s: float) -> None:
        """Write each record before the call that brings it returns: the process is ending."""
        for worker in self._all:
            worker.linger(budget_s)

    def accounts(self) -> Mapping[str, SinkAccount]:
        """Return the figures by the sink's name: of those that are on, or have been."""
        accounts = {worker.name: worker.account() for worker in self._all}
        on = {worker.name for worker in self.workers}
        return {name: account for name, account in accounts.items() if name in on or account != SinkAccount()}

    def after_fork(self) -> None:
        """Start over in a forked child."""
        for worker in self._all:
            worker.after_fork()


NO_SINKS = Sinks()
