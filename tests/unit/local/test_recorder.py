"""What a sender is told when storing fails, and that nothing that was promised gets lost."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from otel_kit.local.decode.scrub import Scrubber
from otel_kit.local.intake import Answer, Intake, Job, Outcome, Signal
from otel_kit.local.recorder import Recorder
from otel_kit.local.store.retention import Limits, Pruner
from otel_kit.local.store.writer import StoreWriter
from otel_kit.redaction.redactor import default_redactor
from tests.unit.local import messages


class Bench:
    """An intake and a recorder on a real file; the writer's connection can be tampered with before the start."""

    def __init__(self, path: Path) -> None:
        self.intake = Intake(100_000)
        self.writer = StoreWriter(path, 1 << 30, time.time_ns)
        pruner = Pruner(self.writer, Limits(86_400 * messages.SECOND, 1 << 30), time.time_ns)
        self.recorder = Recorder(self.intake, self.writer, pruner, Scrubber(default_redactor()), lambda: None)

    def put(self, body: bytes, signal: Signal = Signal.LOGS) -> Job:
        """Queue a request."""
        assert self.intake.reserve(len(body))
        job = Job(signal, body, False, time.time_ns())
        self.intake.put(job)
        return job


def log_request(text: str = "x") -> bytes:
    """Return an encoded logs request."""
    return messages.logs(messages.log(text)).SerializeToString()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A bench that is not started."""
    bench = Bench(tmp_path / "a.sqlite3")
    yield bench
    bench.recorder.stop()


def test_a_sender_is_answered_only_once_its_data_is_committed(bench: Bench, tmp_path: Path) -> None:
    """At the moment of the answer another connection sees the rows."""
    seen: list[int] = []

    def count(_outcome: object) -> None:
        with contextlib.closing(sqlite3.connect(tmp_path / "a.sqlite3")) as other:
            seen.append(other.execute("SELECT count(*) FROM log").fetchone()[0])

    jobs = [bench.put(log_request()) for _ in range(3)]
    for job in jobs:
        job.outcome.add_done_callback(count)

    bench.recorder.start()
    bench.recorder.stop()

    assert seen == [3, 3, 3]


def test_a_malformed_request_does_not_cost_its_neighbours(bench: Bench) -> None:
    """All in one transaction, only the bad one refused."""
    jobs = [bench.put(log_request()), bench.put(b"\xff"), bench.put(log_request())]

    bench.recorder.start()
    answers = [job.outcome.result(10).answer for job in jobs]

    assert answers == [Answer.STORED, Answer.MALFORMED, Answer.STORED]
    assert bench.intake.bytes == 0


def test_a_request_that_the_store_refuses_does_not_cost_its_neighbours(bench: Bench) -> None:
    """The transaction is rolled back and each request tried alone."""
    bench.writer.connection.execute(
        "CREATE TRIGGER stop BEFORE INSERT ON log WHEN new.body = 'bad' BEGIN SELECT raise(ABORT, 'no'); END"
    )
    jobs = [bench.put(log_request(text)) for text in ("good", "bad", "fine")]

    bench.recorder.start()
    outcomes = [job.outcome.result(10) for job in jobs]

    assert [outcome.answer for outcome in outcomes] == [Answer.STORED, Answer.FAILED, Answer.STORED]
    assert bench.recorder.counts.rejected == {"store_failed": 1}
    assert (bench.recorder.counts.logs, bench.recorder.counts.requests) == (2, 2)


def test_a_store_that_recovers_stores_again(bench: Bench, tmp_path: Path) -> None:
    """After a failure, ids and shared rows are learned anew from the file."""
    with sqlite3.connect(tmp_path / "a.sqlite3") as other:
        other.execute("CREATE TRIGGER stop BEFORE INSERT ON log BEGIN SELECT raise(ABORT, 'no'); END")
        other.commit()
        first = bench.put(log_request())
        bench.recorder.start()
        failed = first.outcome.result(10).answer
        other.execute("DROP TRIGGER stop")
        other.commit()
        stored = bench.put(log_request()).outcome.result(10).answer
        held = other.execute("SELECT r.service FROM log l JOIN resource r ON r.id = l.resource_id").fetchall()
    other.close()

    assert (failed, stored, held) == (Answer.FAILED, Answer.STORED, [("shop",)])


def test_what_waits_is_stored_when_it_stops(bench: Bench, tmp_path: Path) -> None:
    """And what comes later is told to go elsewhere."""
    jobs = [bench.put(log_request()) for _ in range(20)]

    bench.recorder.start()
    bench.recorder.stop()

    assert {job.outcome.result(0).answer for job in jobs} == {Answer.STORED}
    assert not bench.intake.reserve(1)
    late = Job(Signal.LOGS, b"", False, 0)
    bench.intake.put(late)
    assert late.outcome.result(0) == Outcome(Answer.STOPPING, "the viewer is stopping")
    with sqlite3.connect(tmp_path / "a.sqlite3") as reader:
        assert reader.execute("SELECT count(*) FROM log").fetchone() == (20,)
    reader.close()


def test_the_queue_is_bounded_by_bytes() -> None:
    """Reserved before they are read, given back when they are decided."""
    intake = Intake(100)

    assert intake.reserve(60)
    assert not intake.reserve(41)
    assert intake.reserve(40)
    intake.release(60)
    assert intake.reserve(60)
    assert intake.bytes == 100
