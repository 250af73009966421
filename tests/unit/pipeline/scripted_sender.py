"""A sender at the edge of the network that answers as it is told, and remembers what it was given."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from otel_kit.pipeline.seams import Delivered, Encoded, Outcome

Answer = Outcome | BaseException | Callable[[Encoded], Outcome]


class ScriptedSender:
    """Gives the answers in turn, then ``otherwise``. An answer may be a function of the entry, or an exception."""

    target = "http://scripted.test"

    def __init__(self, answers: Iterable[Answer] = (), otherwise: Answer | None = None) -> None:
        self._answers = list(answers)
        self._otherwise = otherwise or Delivered()
        self._lock = threading.Lock()
        self.sent: list[Encoded] = []
        self.times: list[float] = []
        self.timeouts: list[float] = []
        self.threads: list[str] = []
        self.forks = 0
        self.at_once = self.most_at_once = 0

    def send(self, encoded: Encoded, timeout_s: float) -> Outcome:
        """Answer."""
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            self.sent.append(encoded)
            self.times.append(time.monotonic())
            self.timeouts.append(timeout_s)
            self.threads.append(threading.current_thread().name)
            answer = self._answers.pop(0) if self._answers else self._otherwise
        try:
            if callable(answer):
                answer = answer(encoded)
            if isinstance(answer, BaseException):
                raise answer
            return answer
        finally:
            with self._lock:
                self.at_once -= 1

    def close(self) -> None:
        """Nothing is open."""

    def after_fork(self) -> None:
        """Count it."""
        self.forks += 1
