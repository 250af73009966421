"""What is written beside OTLP: one bounded queue and one thread for each sink, fed by the Guard.

    offer -> queue -> [thread: redacted copy, shared with the lane] -> Sink.write

A sink of its own thread each: a terminal that is paused, or a syslog server that is gone, holds up no log file.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, Context

from otel_kit.chance import generator
from otel_kit.pipeline import ledger as reasons
from otel_kit.pipeline.settling import wait_settled
from otel_kit.pipeline.sink_seams import Sink, SinkAccount
from otel_kit.pipeline.taken import Taken

FAILED = "failed"
_BATCH_ITEMS = 512
_FIRST_BACKOFF_S = 0.5
_LONGEST_BACKOFF_S = 30.0
_HURRIED_BACKOFF_S = 0.1  # while a flush waits
_LONGEST_PIECE_S = 0.5  # of what a sink does beside
CountFault = Callable[[str, BaseException], None]
Redact = Callable[[Any], Any]


class SinkWorker:
    """Joins the Guard and one sink. ``offer`` never blocks on I/O and never raises; a full queue drops the newest."""

    def __init__(self, sink: Sink, redact: Redact, queue_items: int, count_fault: CountFault) -> None:
        self.sink = sink
        self._redact = redact
        self._queue_items = queue_items
        self._count_fault = count_fault
        self._reset()

    @property
    def name(self) -> str:
        """The sink's name."""
        return self.sink.name

    def _reset(self) -> None:
        # Re-entrant: a signal handler that logs may interrupt the holder on its own thread.
        self._lock = threading.RLock()
        self._queue: deque[Taken] = deque()
        self._kept: list[Any] = []
        # A lock that the thread waits for and others open: unlike an Event it can be used out of a signal handler that
        # has interrupted its use.
        self._bell = threading.Lock()
        self._bell.acquire()
        self._settled = threading.Condition()
        self._working = threading.Lock()  # held around a write: a flush may write on its own thread too
        self._asleep = False
        self._started = False
        self._closed = False
        self._failures = 0
        self._hurry_until = 0.0
        self._late_s: float | None = None
        self._offered = self._done = self._written = 0
        self._dropped: Counter[str] = Counter()
        self._last_error = ""

    def offer(self, taken: Taken) -> None:
        """Take one record in, or count it as dropped."""
        with self._lock:
            self._offered += 1
            if self._closed:
                self._drop(1, reasons.SHUT_DOWN)
                return
            if len(self._queue) >= self._queue_items:
                self._drop(1, reasons.QUEUE_FULL)
                return
            self._queue.append(taken)
            if not self._started:
                self._start()
        if self._late_s is not None:
            self._write_late()
        elif self._asleep:
            self._ring()

    def hurry(self, deadline: float) -> None:
        """Have the thread try again at once until ``deadline`` (of ``time.monotonic``). Does not block."""
        self._hurry_until = deadline
        self._ring()

    def flush(self, timeout_s: float) -> bool:
        """Write what is here now; blocks at most ``timeout_s``. True when all of it is written or counted."""
        deadline = time.monotonic() + timeout_s
        with self._lock:
            goal = self._offered
        self.hurry(deadline)
        if not self._started:
            self._work_here(deadline)
        return wait_settled(self._settled, lambda: self._done >= goal, deadline)

    def shutdown(self, timeout_s: float) -> int:
        """Flush, then stop; what could not be written is counted as dropped. Returns how many those are."""
        self.flush(timeout_s)
        with self._lock:
            if self._closed:
                return 0
            self._closed = True  # from here on no thread settles anything more: see _settle
            lost = self._offered - self._done
            self._queue.clear()
            self._drop(lost, reasons.EXIT)
        self._ring()
        if self._working.acquire(blocking=False):  # else the thread closes, when it comes back from its write
            try:
                self.sink.close()
            finally:
                self._working.release()
        return lost

    def linger(self, budget_s: float) -> None:
        """Write each record before ``offer`` returns from now on, for ``budget_s`` in all: the process is ending."""
        self._late_s = max(0.0, budget_s)
        if self._working.acquire(timeout=min(self._late_s, _LONGEST_PIECE_S)):
            try:
                self.sink.close()  # what it does beside would be cut off anywhere; a write opens it again
            finally:
                self._working.release()

    def account(self) -> SinkAccount:
        """Return the figures as they are now, consistent with each other."""
        with self._lock:
            return SinkAccount(self._written, dict(self._dropped), self._offered - self._done, self._last_error)

    def after_fork(self) -> None:
        """Start over in a child: what waits is the parent's to write, and its locks may be held."""
        self._reset()
        self.sink.after_fork()

    def _start(self) -> None:
        """Start the thread; an interpreter that is shutting down has none to give, then a flush does the work."""
        # Threads inherit the current context: this one must not keep the span of the request that came first.
        token = otel_context.attach(Context())
        try:
            threading.Thread(target=self._loop, name=f"otel-kit {self.name}", daemon=True).start()
            self._started = True
        except RuntimeError:
            self._started = False
        finally:
            otel_context.detach(token)

    def _loop(self) -> None:
        otel_context.attach(otel_context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
        wait_s: float | None = 0.0
        while not self._closed:
            self._sleep(wait_s)
            with self._working:
                if not self._closed:
                    wait_s = self._step()
        with self._working:
            self.sink.close()

    def _ring(self) -> None:
        with contextlib.suppress(RuntimeError):  # rung already
            self._bell.release()

    def _sleep(self, wait_s: float | None) -> None:
        self._asleep = True  # before the queue is looked at: who appends after that rings
        try:
            if self._kept:
                self._wait_to_retry(wait_s or 0.0)
            elif not self._queue and not self._closed:
                self._bell.acquire(timeout=-1 if wait_s is None else wait_s)
        finally:
            self._asleep = False

    def _wait_to_retry(self, wait_s: float) -> None:
        """New records ring too; only a flush may shorten the wait."""
        began = time.monotonic()
        while not self._closed:
            limit = min(wait_s, _HURRIED_BACKOFF_S) if time.monotonic() < self._hurry_until else wait_s
            remaining = began + limit - time.monotonic()
            if remaining <= 0:
                return
            self._bell.acquire(timeout=remaining)

    def _step(self) -> float | None:
        """Write one batch, or do what the sink has to do beside; returns the seconds to wait."""
        batch = self._take()
        if not batch:
            return self._idle()
        if self._write(batch):
            wait_s = self._idle()
            return 0.0 if self._queue else wait_s
        self._failures += 1
        backoff = min(_FIRST_BACKOFF_S * 2.0 ** min(self._failures - 1, 10), _LONGEST_BACKOFF_S)
        return backoff * generator.uniform(0.8, 1.2)

    def _idle(self) -> float | None:
        if self._late_s is not None:
            return None
        try:
            return self.sink.idle()
        except Exception as error:
            self._count_fault(f"sink_{self.name}", error)
            return None

    def _take(self) -> list[Any]:
        """Return the next batch, redacted: what was kept first."""
        batch, self._kept = self._kept, []
        while len(batch) < _BATCH_ITEMS:
            try:
                taken = self._queue.popleft()
            except IndexError:
                break
            try:
                batch.append(taken.copy(self._redact))
            except Exception as error:  # total by contract; were it not, nothing raw may be written
                self._count_fault(f"sink_{self.name}", error)
                self._settle(0, {FAILED: 1}, 1, "")
        return batch

    def _write(self, batch: list[Any]) -> bool:
        """Write a batch and settle it; False when some of it is to be offered again later."""
        try:
            outcome = self.sink.write(batch)
        except Exception as error:
            self._count_fault(f"sink_{self.name}", error)
            self._settle(0, {FAILED: len(batch)}, len(batch), type(error).__name__)
            return True
        self._kept = list(outcome.kept)
        self._settle(outcome.written, outcome.dropped, len(batch) - len(self._kept), outcome.error)
        if self._kept:
            return False
        self._failures = 0
        return True

    def _settle(self, written: int, dropped: Mapping[str, int], done: int, error: str) -> None:
        with self._lock:
            if self._closed:
                return  # shutdown has counted these
            self._written += written
            self._done += done
            self._dropped.update(dropped)
            self._last_error = error
        with self._settled:
            self._settled.notify_all()

    def _drop(self, count: int, reason: str) -> None:
        if count:
            self._done += count
            self._dropped[reason] += count

    def _write_late(self) -> None:
        began = time.monotonic()
        budget_s = self._late_s or 0.0
        if not self.flush(budget_s):
            self.shutdown(0.0)
        self._late_s = max(0.0, budget_s - (time.monotonic() - began))

    def _work_here(self, deadline: float) -> None:
        """Write on the caller's thread: before the first record of a process, and at its very end."""
        token = otel_context.attach(otel_context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
        try:
            while (remaining := deadline - time.monotonic()) > 0 and self._working.acquire(timeout=remaining):
                try:
                    batch = self._take()
                    written = not batch or self._write(batch)
                finally:
                    self._working.release()
                if not batch:
                    return
                if not written:
                    with self._settled:
                        self._settled.wait(min(_HURRIED_BACKOFF_S, max(0.0, deadline - time.monotonic())))
        finally:
            otel_context.detach(token)
