"""The bounded queue between the receivers and the writer, and what becomes of a request."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import Enum

QUEUE_BYTES = 32 << 20
"""Bytes of request bodies, still being read or waiting, beyond which a sender is told to come back."""


class Signal(Enum):
    """What a request carries; the value is its path under /v1/."""

    TRACES = "traces"
    LOGS = "logs"
    METRICS = "metrics"


class Answer(Enum):
    """What a sender is told."""

    STORED = "stored"
    MALFORMED = "malformed"
    FULL = "queue_full"
    FAILED = "store_failed"
    FAULT = "internal_error"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one request: for STORED, ``rejected`` counts records that could not be used."""

    answer: Answer
    message: str = ""
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """One request's body, decompressed; ``received`` in nanoseconds. ``outcome`` is set once it is decided."""

    signal: Signal
    body: bytes
    is_json: bool
    received: int
    outcome: Future[Outcome] = field(default_factory=Future)


class Intake:
    """A first-in, first-out queue whose bytes are reserved before they are read. For any threads."""

    def __init__(self, max_bytes: int = QUEUE_BYTES) -> None:
        self.max_bytes = max_bytes
        self._reserved = 0
        self._jobs: deque[Job] = deque()
        self._closed = False
        self._changed = threading.Condition()

    @property
    def bytes(self) -> int:
        """Bytes reserved now."""
        return self._reserved

    def reserve(self, count: int) -> bool:
        """Set ``count`` bytes aside; False if they are not free or the intake is closed."""
        with self._changed:
            if self._closed or self._reserved + count > self.max_bytes:
                return False
            self._reserved += count
            return True

    def release(self, count: int) -> None:
        """Give back reserved bytes."""
        with self._changed:
            self._reserved -= count

    def put(self, job: Job) -> None:
        """Queue a job whose bytes are reserved; the writer releases them. Decided at once if the intake is closed."""
        job.outcome.set_running_or_notify_cancel()  # a sender that goes away cannot take its request back
        with self._changed:
            if not self._closed:
                self._jobs.append(job)
                self._changed.notify()
                return
            self._reserved -= len(job.body)
        job.outcome.set_result(Outcome(Answer.STOPPING, "the viewer is stopping"))

    def take(self, max_bytes: int, timeout_s: float) -> list[Job]:
        """Return waiting jobs, the oldest first, up to about ``max_bytes``; empty after ``timeout_s`` without any."""
        with self._changed:
            if not self._jobs and not self._closed:
                self._changed.wait(timeout_s)
            taken: list[Job] = []
            size = 0
            while self._jobs and size < max_bytes:
                job = self._jobs.popleft()
                size += len(job.body)
                taken.append(job)
            return taken

    def wake(self) -> None:
        """Let a waiting ``take`` return."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """Refuse what comes from now on; what waits can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def is_done(self) -> bool:
        """Whether it is closed and empty."""
        with self._changed:
            return self._closed and not self._jobs
