"""One signal's worker: takes records in, encodes them, and sends what waits, with real time limits.

    offer -> intake -> [encode thread] -> Queue -> [send thread] -> Sender

Application threads only append to the intake. The two threads start with the first record of the *current* process, so
a ``--preload`` master opens no connection and a forked child starts its own.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from opentelemetry import context as otel_context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, Context

from otel_kit.chance import generator
from otel_kit.pipeline import ledger as reasons
from otel_kit.pipeline.encoder import within_limit
from otel_kit.pipeline.ledger import Ledger
from otel_kit.pipeline.outage import Outage
from otel_kit.pipeline.seams import Delivered, Encoded, Lease, Outcome, Queue, Rejected, Retry, Sender, TooLarge
from otel_kit.pipeline.settling import wait_settled

_log = logging.getLogger(__name__)
MAX_REQUEST_BYTES = 3_500_000  # below the 4 MiB that gRPC servers take by default
_FIRST_BACKOFF_S = 1.0
_LONGEST_BACKOFF_S = 30.0
_HURRIED_BACKOFF_S = 0.1  # while a flush waits

T = TypeVar("T")
# Takes raw records, returns what they became and how many could not be encoded.
Encode = Callable[[Sequence[T]], tuple[list[Encoded], int]]


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """How much may wait and for how long."""

    delay_s: float = 1.0
    batch_items: int = 512
    intake_items: int = 20_000
    # One entry of the queue; a part of what the queue takes, so that a full one refuses a part and not a batch.
    part_bytes: int = MAX_REQUEST_BYTES
    part_items: int = 5_000
    request_timeout_s: float = 10.0


class Worker(Generic[T]):
    """Joins encode, Queue and Sender for one signal."""

    def __init__(
        self,
        ledger: Ledger,
        encode: Encode[T],
        queue: Queue,
        sender: Sender,
        options: WorkerOptions | None = None,
        outage: Outage | None = None,
    ) -> None:
        self.ledger = ledger
        self.sender = sender
        self._outage = outage or Outage(sender.target)
        self._encode = encode
        self._queue = queue
        self._options = options or WorkerOptions()
        self._complained = False
        self.on_first: Callable[[], object] | None = None  # called with the first record of a process, forked ones too
        self._reset()

    def _reset(self) -> None:
        self._lock = threading.RLock()
        self._intake: deque[T] = deque()
        self._wake_encoder = threading.Event()
        self._wake_sender = threading.Event()
        self._settled = threading.Condition()  # re-entrant, for a flush out of a signal handler
        self._sending = threading.Lock()  # held around a request: a flush may send on its own thread too
        self._started = False
        self._closed = False
        self._hurry_until = 0.0
        self._late_s: float | None = None

    def offer(self, item: T) -> None:
        """Take one record in. Never blocks on I/O, never raises; a full intake drops the newest and counts it."""
        with self._lock:
            self.ledger.created()
            if self._closed:
                self.ledger.dropped(1, reasons.SHUT_DOWN)
                return
            if len(self._intake) >= self._options.intake_items:
                self.ledger.dropped(1, reasons.QUEUE_FULL)
                return
            self._intake.append(item)
            waiting = len(self._intake)
            is_first = not self._started
            if is_first:
                self._start()
        if is_first and self.on_first is not None:
            self.on_first()
        if self._late_s is not None:
            self._deliver_late()
        elif waiting == self._options.batch_items:
            self._wake_encoder.set()

    def put(self, encoded: Sequence[Encoded], failed: int = 0) -> None:
        """Take records in that are encoded already, as metrics are; ``failed`` could not be."""
        with self._lock:
            self.ledger.created(sum(part.count for part in encoded) + failed)
            if self._closed:
                self.ledger.dropped(sum(part.count for part in encoded) + failed, reasons.SHUT_DOWN)
                return
            if not self._started:
                self._start()
        self._enqueue(encoded, failed)

    def hurry(self, deadline: float) -> None:
        """Wake the threads and keep them from waiting until ``deadline`` (of ``time.monotonic``). Does not block."""
        self._hurry_until = deadline
        self._wake_encoder.set()
        self._wake_sender.set()

    def flush(self, timeout_s: float) -> bool:
        """Send what is here now; blocks at most ``timeout_s``. True when all of it is settled."""
        deadline = time.monotonic() + timeout_s
        goal = self.ledger.account().created
        self.hurry(deadline)
        if not self._started:
            self._work_here(deadline)
        return wait_settled(self._settled, lambda: self.ledger.account().settled >= goal, deadline)

    def shutdown(self, timeout_s: float) -> int:
        """Flush, then stop; what could not be sent is counted as dropped. Returns how many those are."""
        self.flush(timeout_s)
        with self._lock:
            if self._closed:
                return 0
            # From here on no thread settles anything more: see _send and _enqueue.
            self._closed = True
            self._intake.clear()
            for _ in self._queue.drain():
                pass
            lost = self.ledger.account().waiting
            self.ledger.dropped(lost, reasons.EXIT)
        self._wake_encoder.set()
        self._wake_sender.set()
        return lost

    def linger(self, budget_s: float) -> None:
        """Deliver each record before ``offer`` returns from now on, for ``budget_s`` in all: the process is ending.

        What atexit hooks log after the kit's own would otherwise wait for a thread that never runs again.
        """
        self._late_s = max(0.0, budget_s)

    def queue_bytes(self) -> int:
        """Return the encoded bytes that wait."""
        return self._queue.stats().size

    def _start(self) -> None:
        """Start the threads; an interpreter that is shutting down has none to give, then a flush does the work."""
        self._started = True
        try:
            self._start_threads()
        except RuntimeError:
            self._started = False

    def _start_threads(self) -> None:
        # Threads inherit the current context: these must not keep the span of the request that came first.
        token = otel_context.attach(Context())
        try:
            for target, name in ((self._encode_loop, "encode"), (self._send_loop, "send")):
                threading.Thread(target=target, name=f"otel-kit {self.ledger.signal} {name}", daemon=True).start()
        finally:
            otel_context.detach(token)

    def _deliver_late(self) -> None:
        began = time.monotonic()
        budget_s = self._late_s or 0.0
        if not self.flush(budget_s):
            self.shutdown(0.0)
        self._late_s = max(0.0, budget_s - (time.monotonic() - began))

    def _work_here(self, deadline: float) -> None:
        """Encode and send on the caller's thread: before the first record of a process, and at its very end."""
        while batch := self._take():
            self._encode_batch(batch)
        while (remaining := deadline - time.monotonic()) > 0 and self._sending.acquire(timeout=remaining):
            try:
                lease = self._queue.peek(MAX_REQUEST_BYTES)
                retry = None if lease is None else self._send(lease)
            finally:
                self._sending.release()
            if lease is None:
                return
            if retry is not None:
                pause = max(retry.after_s or 0.0, _HURRIED_BACKOFF_S)
                if pause >= deadline - time.monotonic():
                    return
                with self._settled:
                    self._settled.wait(pause)

    def _encode_loop(self) -> None:
        otel_context.attach(otel_context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
        while True:
            if len(self._intake) < self._options.batch_items:
                self._wake_encoder.wait(self._options.delay_s)
            self._wake_encoder.clear()
            while batch := self._take():
                self._encode_batch(batch)
            if self._closed:
                return

    def _take(self) -> list[T]:
        batch: list[T] = []
        while len(batch) < self._options.batch_items:
            try:
                batch.append(self._intake.popleft())
            except IndexError:
                break
        return batch

    def _encode_batch(self, batch: list[T]) -> None:
        try:
            encoded, failed = self._encode(batch)
        except Exception:  # encode is total by contract; were it not, the thread must live and the loss be counted
            _log.warning("%d %s could not be encoded", len(batch), self.ledger.signal)
            encoded, failed = [], len(batch)
        self._enqueue(encoded, failed)

    def _enqueue(self, encoded: Sequence[Encoded], failed: int) -> None:
        with self._lock:
            if self._closed:
                return  # shutdown has counted these
            self.ledger.dropped(failed, reasons.ENCODE_FAILED)
            for part in self._parts(encoded):
                self.ledger.encoded(part.count)
                if not self._queue.put(part):
                    self.ledger.dropped(part.count, reasons.QUEUE_FULL)
        self._wake_sender.set()

    def _parts(self, encoded: Sequence[Encoded]) -> Iterator[Encoded]:
        for whole in encoded:
            yield from within_limit(whole, self._options.part_bytes, self._options.part_items)

    def _send_loop(self) -> None:
        otel_context.attach(otel_context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
        failures = 0
        while not self._closed:
            with self._sending:
                lease = self._queue.peek(MAX_REQUEST_BYTES)
                retry = None if lease is None else self._send(lease)
            if lease is None:
                self._wake_sender.wait()
                self._wake_sender.clear()
                continue
            if retry is None:
                failures = 0
            else:
                failures += 1
                self._wait_to_retry(retry, failures)
            with self._settled:
                self._settled.notify_all()
        self.sender.close()

    def _send(self, lease: Lease) -> Retry | None:
        outcome: Outcome
        try:
            outcome = self.sender.send(lease.encoded, self._request_timeout())
        except Exception as error:  # senders do not raise by contract; were one to, the data must not be lost
            outcome = Retry(None, type(error).__name__)
        with self._lock:
            # shutdown has counted this entry
            return None if self._closed else self._settle(lease, outcome)

    def _settle(self, lease: Lease, outcome: Outcome) -> Retry | None:
        encoded = lease.encoded
        match outcome:
            case Delivered(rejected, why):
                rejected = min(max(rejected, 0), encoded.count)
                self.ledger.delivered(encoded.count - rejected, rejected, why)
                self._queue.ack(lease)
                self._outage.end()
                if rejected:
                    self._complain(f"{rejected} of {encoded.count} refused: {why}")
                else:
                    self._complained = False
            case Rejected(_, why):
                self.ledger.rejected(encoded.count, why)
                self._queue.ack(lease)
                self._complain(f"{encoded.count} refused: {why}")
            case Retry(_, why):
                self.ledger.retried(encoded.count, why)
                self._queue.nack(lease)
                return outcome
            case TooLarge():
                self._split(lease)
        return None

    def _split(self, lease: Lease) -> None:
        halves = lease.encoded.halves()
        if halves is None:
            self.ledger.dropped(lease.encoded.count, reasons.TOO_LARGE)
            self._queue.ack(lease)
        else:
            self._queue.nack(lease, halves)

    def _request_timeout(self) -> float:
        """The configured time, but no longer than a flush that is waiting will wait."""
        hurry = self._hurry_until - time.monotonic()
        return min(self._options.request_timeout_s, hurry) if hurry > 0 else self._options.request_timeout_s

    def _wait_to_retry(self, retry: Retry, failures: int) -> None:
        self._outage.begin(retry.why)
        backoff = min(_FIRST_BACKOFF_S * 2 ** (failures - 1), _LONGEST_BACKOFF_S) * generator.uniform(0.8, 1.2)
        if time.monotonic() < self._hurry_until:
            backoff = min(backoff, _HURRIED_BACKOFF_S)
        if retry.after_s is not None:
            backoff = max(backoff, retry.after_s)
        deadline = time.monotonic() + backoff
        while not self._closed and (remaining := deadline - time.monotonic()) > 0:
            # New data wakes this thread too; only a flush may shorten a wait that the backend did not ask for.
            if self._wake_sender.wait(remaining):
                self._wake_sender.clear()
                if retry.after_s is None and time.monotonic() < self._hurry_until:
                    return

    def _complain(self, what: str) -> None:
        """Say what is refused, once until something is taken again."""
        if not self._complained:
            self._complained = True
            _log.warning("%s to %s: %s", self.ledger.signal, self.sender.target, what)

    def after_fork(self) -> None:
        """Start over in a child: what waits is the parent's to send, and its locks may be held."""
        self.ledger.after_fork()
        self._queue.after_fork()
        self.sender.after_fork()
        self._outage.after_fork()
        self._reset()
