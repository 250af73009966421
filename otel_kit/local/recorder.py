"""The one thread that decodes, redacts and stores: what it answered as stored has been committed.

Requests that arrive while a commit runs are stored together with the next one; an idle viewer commits at once.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from otel_kit.local.decode.logs import decode_logs
from otel_kit.local.decode.metrics import decode_metrics
from otel_kit.local.decode.otlp_json import to_protobuf
from otel_kit.local.decode.rows import Batch, MalformedRequest
from otel_kit.local.decode.scrub import Scrubber
from otel_kit.local.decode.traces import decode_traces
from otel_kit.local.intake import Answer, Intake, Job, Outcome, Signal
from otel_kit.local.store.retention import STEP_ROWS, Pruner, clear
from otel_kit.local.store.writer import StoreWriter

_LOG = logging.getLogger(__name__)
_GROUP_BYTES = 2 << 20  # of request bodies per transaction: bounds both the wait of the first one and the memory
_IDLE_S = 1.0


@dataclass(slots=True)
class Counts:
    """What was received since the start. Written by the recorder (and by receivers under ``lock``)."""

    spans: int = 0
    logs: int = 0
    points: int = 0
    requests: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reject(self, reason: str, count: int = 1) -> None:
        """Count refused requests or unusable records; any thread."""
        with self.lock:
            self.rejected[reason] = self.rejected.get(reason, 0) + count


class Recorder:
    """Owns the writer's thread. ``on_commit`` is called there after each commit and must not block."""

    def __init__(
        self, intake: Intake, writer: StoreWriter, pruner: Pruner, scrub: Scrubber, on_commit: Callable[[], None]
    ) -> None:
        self.counts = Counts()
        self._intake, self._writer, self._pruner, self._scrub = intake, writer, pruner, scrub
        self._on_commit = on_commit
        self._clearing: list[Future[None]] = []
        self._thread = threading.Thread(target=self._run, name="otel-kit-recorder", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Store what waits, refuse what comes, close the file. Blocks until done."""
        self._intake.close()
        self._thread.join()

    def clear(self) -> Future[None]:
        """Delete all data behind what is being stored now; the result carries a failure's sqlite3.Error."""
        done: Future[None] = Future()
        self._clearing.append(done)
        self._intake.wake()
        return done

    def _run(self) -> None:
        pruning = True
        while not self._intake.is_done:
            jobs = self._intake.take(_GROUP_BYTES, 0 if pruning or self._clearing else _IDLE_S)
            stored = self._store(jobs) if jobs else 0
            self._clear()
            pruning = self._prune(stored // STEP_ROWS + 1)
        self._writer.close()

    def _store(self, jobs: Sequence[Job]) -> int:
        """Decide every job; return how many rows were stored."""
        decoded: list[tuple[Job, Batch]] = []
        for job in jobs:
            try:
                decoded.append((job, self._decode(job)))
            except MalformedRequest as error:
                self._decide(job, Outcome(Answer.MALFORMED, str(error)))
            except Exception:  # a fault of ours: that request is refused, the viewer lives on
                _LOG.exception("a request could not be decoded")
                self._decide(job, Outcome(Answer.FAULT, "the request could not be decoded"))
        return self._write(decoded)

    def _write(self, decoded: Sequence[tuple[Job, Batch]]) -> int:
        if not decoded:
            return 0
        try:
            self._writer.write([batch for _, batch in decoded])
        except Exception as error:
            if len(decoded) > 1:  # one bad request must not cost the others
                return sum(self._write([each]) for each in decoded)
            _LOG.error("a request could not be stored: %s", error)
            answer = Answer.FAILED if isinstance(error, sqlite3.Error) else Answer.FAULT
            self._decide(decoded[0][0], Outcome(answer, "the store cannot be written"))
            return 0
        for job, batch in decoded:
            self._count(batch)
            self._decide(job, _stored(batch))
        self._on_commit()
        return sum(len(batch) for _, batch in decoded)

    def _decode(self, job: Job) -> Batch:
        body = to_protobuf(job.signal, job.body) if job.is_json else job.body
        batch = Batch()
        self._scrub.begin(batch.findings)
        if job.signal is Signal.TRACES:
            decode_traces(body, self._scrub, batch)
        elif job.signal is Signal.LOGS:
            decode_logs(body, self._scrub, batch, job.received)
        else:
            decode_metrics(body, self._scrub, batch)
        return batch

    def _count(self, batch: Batch) -> None:
        counts = self.counts
        counts.requests += 1
        counts.spans += len(batch.spans)
        counts.logs += len(batch.logs)
        counts.points += len(batch.points)
        for reason, count in batch.rejected.items():
            counts.reject(reason, count)

    def _decide(self, job: Job, outcome: Outcome) -> None:
        if outcome.answer is not Answer.STORED:
            self.counts.reject(outcome.answer.value)
        self._intake.release(len(job.body))
        job.outcome.set_result(outcome)

    def _clear(self) -> None:
        while self._clearing:
            done = self._clearing.pop(0)
            try:
                clear(self._writer)
            except sqlite3.Error as error:
                done.set_exception(error)
            else:
                done.set_result(None)
                self._on_commit()

    def _prune(self, steps: int) -> bool:
        try:
            return all(self._pruner.step() for _ in range(steps))
        except sqlite3.Error as error:
            _LOG.error("old data could not be deleted: %s", error)
            return False


def _stored(batch: Batch) -> Outcome:
    if not batch.rejected:
        return Outcome(Answer.STORED)
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(batch.rejected.items()))
    return Outcome(Answer.STORED, f"not stored: {reasons}", sum(batch.rejected.values()))
