"""One queue and one thread for a sink: what is counted, what is tried again, and that nobody waits for it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from otel_kit.pipeline.sink_seams import SinkAccount
from otel_kit.pipeline.sink_worker import SinkWorker
from otel_kit.pipeline.sinks import Sinks
from otel_kit.pipeline.taken import SharedTaken
from tests.conditions import eventually

Start = Callable[..., SinkWorker]


@dataclass(slots=True)
class Result:
    written: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    kept: Sequence[Any] = ()
    error: str = ""


@dataclass(slots=True)
class ListSink:
    """Keeps batches; ``answers`` are given for the first ones, called with the batch."""

    name: str = "list"
    batches: list[list[Any]] = field(default_factory=list)
    answers: list[Callable[[Sequence[Any]], Result]] = field(default_factory=list)
    closed: int = 0
    idles: list[float | None] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)

    def write(self, records: Sequence[Any]) -> Result:
        self.threads.add(threading.get_ident())
        self.batches.append(list(records))
        return self.answers.pop(0)(records) if self.answers else Result(len(records))

    def idle(self) -> float | None:
        return self.idles.pop(0) if self.idles else None

    def close(self) -> None:
        self.closed += 1

    def after_fork(self) -> None:
        self.batches.clear()


@pytest.fixture
def start() -> Iterator[Start]:
    """A function that starts a worker for a sink; it ends with the test."""
    workers: list[SinkWorker] = []

    def start(sink: ListSink, queue_items: int = 100, redact: Callable[[Any], Any] = str.upper) -> SinkWorker:
        workers.append(SinkWorker(sink, redact, queue_items, lambda place, error: faults.append((place, error))))
        return workers[-1]

    faults: list[Any] = []
    start.faults = faults  # type: ignore[attr-defined]
    yield start
    for worker in workers:
        worker.shutdown(0.0)


def _offer(worker: SinkWorker, *texts: str) -> None:
    for text in texts:
        worker.offer(SharedTaken(text, False))


def _all(sink: ListSink) -> list[Any]:
    return [record for batch in sink.batches for record in batch]


def test_records_are_written_redacted_on_a_thread_of_its_own(start: Start) -> None:
    """In their order, without waiting for a flush, each counted."""
    sink = ListSink()
    worker = start(sink)
    _offer(worker, *"abc")
    eventually(lambda: worker.account() == SinkAccount(3), "all written")
    assert list("ABC") == _all(sink)
    assert {threading.get_ident()}.isdisjoint(sink.threads)
    assert worker.flush(0.0)


def test_copy_is_made_once_for_all() -> None:
    """By whichever thread comes first; the raw record is not kept."""
    made: list[str] = []
    barrier = threading.Barrier(4)

    def make(record: str) -> str:
        made.append(record)
        return record.upper()

    def ask() -> None:
        barrier.wait(10)
        copies.append(taken.copy(make))

    for _ in range(50):
        taken, copies = SharedTaken("a", False), []  # type: ignore[var-annotated]
        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert ["A"] * 4 == copies
        assert "A" == taken.record
    assert 50 == len(made)
    assert "as it is" == SharedTaken("as it is", True).copy(make)


def test_full_queue_drops_the_newest_and_counts(start: Start) -> None:
    """While the sink hangs; it never holds up who logs."""
    go_on = threading.Event()
    sink = ListSink(answers=[lambda batch: Result(len(batch)) if go_on.wait(10) else Result()])
    worker = start(sink, 5)
    _offer(worker, "first")
    eventually(lambda: sink.batches, "the sink hangs")
    _offer(worker, *"12345678")
    assert SinkAccount(0, {"queue_full": 3}, 6) == worker.account()
    assert not worker.flush(0.05)
    go_on.set()
    assert worker.flush(10)
    assert ["FIRST", *"12345"] == _all(sink)
    assert SinkAccount(6, {"queue_full": 3}) == worker.account()


def test_what_is_kept_comes_first_and_again(start: Start) -> None:
    """A flush does not wait for the backoff; what was settled is not offered again."""
    go_on = threading.Event()
    sink = ListSink(
        answers=[
            lambda batch: Result(int(go_on.wait(10))),
            lambda batch: Result(1, {"refused": 1}, batch[2:], "down"),
            lambda batch: Result(0, {}, batch, "down"),
            lambda batch: Result(0, {}, batch, "down"),
        ]
    )
    worker = start(sink)
    _offer(worker, "first")
    eventually(lambda: sink.batches, "the sink holds the first")
    _offer(worker, *"abcd")
    go_on.set()
    eventually(lambda: worker.account().last_error == "down", "the first attempt")
    _offer(worker, "e")
    assert worker.flush(10)
    assert [["FIRST"], list("ABCD"), list("CDE")] == [*sink.batches[:2], sink.batches[-1]]
    assert SinkAccount(5, {"refused": 1}) == worker.account()


def test_sink_and_redaction_that_fail_are_counted(start: Start) -> None:
    """Nothing raw is written, the thread lives."""

    def fail(batch: Sequence[Any]) -> Result:
        raise RuntimeError

    sink = ListSink(answers=[fail])
    worker = start(sink)
    _offer(worker, "a")
    assert worker.flush(10)
    assert SinkAccount(0, {"failed": 1}, 0, "RuntimeError") == worker.account()
    worker.offer(SharedTaken(17, False))  # str.upper refuses it
    _offer(worker, "b")
    assert worker.flush(10)
    assert SinkAccount(1, {"failed": 2}) == worker.account()
    assert [["A"], ["B"]] == sink.batches
    assert 2 == len(start.faults)  # type: ignore[attr-defined]


def test_shutdown_ends_in_time_and_counts_what_is_lost(start: Start) -> None:
    """What a write that hangs brings later counts no more; the sink is closed by the thread that comes back."""
    go_on = threading.Event()
    sink = ListSink(answers=[lambda batch: Result(len(batch)) if go_on.wait(10) else Result()])
    worker = start(sink)
    _offer(worker, "a")
    eventually(lambda: sink.batches, "the sink hangs")
    _offer(worker, "b", "c")
    assert 3 == worker.shutdown(0.05)
    assert 0 == worker.shutdown(0.05)
    _offer(worker, "d")
    assert SinkAccount(0, {"exit": 3, "shut_down": 1}) == worker.account()
    assert 0 == sink.closed
    go_on.set()
    eventually(lambda: sink.closed == 1, "closed")
    assert SinkAccount(0, {"exit": 3, "shut_down": 1}) == worker.account()
    assert [["A"]] == sink.batches


def test_one_sink_that_hangs_holds_up_no_other(start: Start) -> None:
    """Also not when all are flushed or shut down."""
    go_on = threading.Event()
    stuck = ListSink("stuck", answers=[lambda batch: Result(int(go_on.wait(10)))])
    fine = ListSink("fine")
    sinks = Sinks([start(stuck), start(fine)])
    for worker in sinks.workers:
        _offer(worker, *"abc")
    eventually(lambda: sinks.accounts()["fine"].written == 3, "the other one")
    assert not sinks.flush(0.05)
    assert {"stuck": 3, "fine": 0} == sinks.shutdown(0.05)
    go_on.set()


def test_sinks_are_switched(start: Start) -> None:
    """One that is off gets nothing, and is not in the account until it was on."""
    sinks = Sinks([start(ListSink("console")), start(ListSink("file"))], off=["console"])
    assert ["file"] == [worker.name for worker in sinks.workers] == list(sinks.accounts())
    sinks.switch("console", on=True)
    assert ["console", "file"] == [worker.name for worker in sinks.workers]
    _offer(sinks.workers[0], "a")
    assert sinks.flush(10)
    sinks.switch("console", on=False)
    sinks.switch("file", on=False)
    assert not sinks
    assert {"console": SinkAccount(1)} == sinks.accounts()


def test_child_starts_over(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits is the parent's; a lock that the parent held is left behind."""
    monkeypatch.setattr(threading.Thread, "start", _no_thread)
    sink = ListSink()
    worker = start(sink)
    _offer(worker, "a", "b")
    worker._working.acquire()
    worker.after_fork()
    assert SinkAccount() == worker.account()
    _offer(worker, "c")
    assert worker.flush(10)
    assert ([["C"]], SinkAccount(1)) == (sink.batches, worker.account())


def _no_thread(thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread at interpreter shutdown")


def test_without_threads_a_flush_writes(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """As at the very end of an interpreter; and each record at once, when the process lingers."""
    monkeypatch.setattr(threading.Thread, "start", _no_thread)
    sink = ListSink(answers=[lambda batch: Result(0, {}, batch, "down")])
    worker = start(sink)
    _offer(worker, "a", "b")
    assert worker.flush(10)
    assert [["A", "B"], ["A", "B"]] == sink.batches
    worker.linger(1.0)
    _offer(worker, "c")
    assert ["C"] == sink.batches[-1]
    assert {threading.get_ident()} == sink.threads


def test_lingering_ends_what_goes_on_beside(start: Start) -> None:
    """A process that ends would cut it off anywhere."""
    sink = ListSink(idles=[0.0] * 1_000_000)
    worker = start(sink)
    _offer(worker, "a")
    assert worker.flush(10)
    worker.linger(5.0)
    assert 1 == sink.closed
    left = len(sink.idles)
    _offer(worker, "b")
    assert ["A", "B"] == _all(sink)
    assert left == len(sink.idles)


def test_record_out_of_a_signal_handler_does_not_hang(start: Start) -> None:
    """It may interrupt the very call that takes a record in, on the same thread."""
    sink = ListSink()
    worker = start(sink, 1_000_000)
    handled: list[int] = []

    def handler(number: int, frame: Any) -> None:
        handled.append(number)
        _offer(worker, "signal")

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    try:
        deadline, offered = time.monotonic() + 10, 0
        while len(handled) < 100 and time.monotonic() < deadline:
            _offer(worker, "normal")
            offered += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert len(handled) >= 100
    assert worker.flush(10)
    assert offered + len(handled) == worker.account().written
