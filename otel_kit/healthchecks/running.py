"""One check and its runs: with a time-out, a cached result, and at most one run at a time whoever asks.

A run that is late is answered for as timed out and left to end by itself; until it has, no other is started, so that a
dependency that hangs costs one thread and, once, its time-out.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from opentelemetry import context as otel_context

from otel_kit.healthchecks.loops import Loops, suppressed
from otel_kit.healthchecks.results import Answer, Outcome, Result, Status, failure_of, outcome_of, unhealthy

Function = Callable[[], "Answer | Awaitable[Answer]"]
Done = Callable[[Result, "Result | None"], object]


@dataclass(frozen=True, slots=True)
class TimedCheck:
    """A check that is told how long it may take and keeps to it, so that its thread ends with it."""

    kind: str
    probe: Callable[[float], Answer | Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Spec:
    """A check as it was registered. Times in seconds; None: what the settings say."""

    name: str
    check: Function | TimedCheck
    critical: bool
    timeout_s: float | None
    cache_s: float | None


@dataclass(frozen=True, slots=True)
class Times:
    """What the settings say."""

    timeout_s: float
    cache_s: float


class Run:
    """One run in flight; ``future`` has its result, from the check or from its time-out, whichever is first."""

    def __init__(self, timeout_s: float) -> None:
        self.started = time.monotonic()
        self.timeout_s = timeout_s
        self.future: Future[Result] = Future()
        self.future.set_running_or_notify_cancel()  # a waiter that is cancelled takes no result from the others
        self.cancel: Callable[[], object] = lambda: None

    @property
    def left_s(self) -> float:
        """The seconds until it is late."""
        return max(0.0, self.started + self.timeout_s - time.monotonic())


class CheckRunner:
    """Runs one check. Thread-safe; ``done`` gets each new result and the one before, on the thread that has it."""

    def __init__(self, spec: Spec, times: Callable[[], Times], loops: Loops, done: Done) -> None:
        self.spec = spec
        self._times = times
        self._loops = loops
        self._done = done
        self._reset()

    def _reset(self) -> None:
        self._lock = threading.RLock()
        self._run: Run | None = None
        self._last: Result | None = None
        self._fresh_until = 0.0

    @property
    def last(self) -> Result | None:
        """The last result; None before the first."""
        return self._last

    def after_fork(self) -> None:
        """Know of no run in a child: the thread that ran it is its parent's."""
        self._reset()

    def ask(self, *, fresh: bool = False, blocking: bool = False) -> Result | Run:
        """Return a result that is good enough, or the run that will have one.

        ``fresh``: none from the cache; ``blocking``: the caller's thread will wait, even if it has an event loop.
        """
        with self._lock:
            run, last = self._run, self._last
            if run is None:
                if last is not None and not fresh and time.monotonic() < self._fresh_until:
                    return last
                run = self._start(blocking)
            elif not run.left_s:
                self.expire(run)
            if run.future.done():
                return run.future.result()
            if last is not None and last.timed_out:
                return last  # nobody waits a second time for what hangs; the run's own result counts once it is there
            return run

    def wait(self, run: Run) -> Result:
        """Return the run's result; blocks until it is there or late."""
        try:
            return run.future.result(run.left_s)
        except TimeoutError:
            return self.expire(run)

    async def wait_async(self, run: Run) -> Result:
        """Return the run's result as soon as it is there or late."""
        try:
            return await asyncio.wait_for(asyncio.wrap_future(run.future), run.left_s)
        except TimeoutError:
            return self.expire(run)

    def expire(self, run: Run) -> Result:
        """Let the run be late, unless it is done; returns its result."""
        found = unhealthy(f"timed out after {run.timeout_s:g} s")
        if self._settle(run, found, timed_out=True):
            run.cancel()
        return run.future.result()

    def _start(self, blocking: bool) -> Run:
        times = self._times()
        spec = self.spec
        run = self._run = Run(times.timeout_s if spec.timeout_s is None else spec.timeout_s)
        try:
            if _is_async(spec.check):
                run.cancel = self._loops.start(
                    lambda: self._call(run), lambda outcome: self._finish(run, outcome), blocking=blocking
                )
            else:
                name = f"otel-kit check {spec.name}"
                threading.Thread(target=self._run_here, args=(run,), name=name, daemon=True).start()
        except RuntimeError as error:  # no thread to be had: too many, or the interpreter ends
            self._finish(run, failure_of(error))
        return run

    def _call(self, run: Run) -> Any:
        check = self.spec.check
        return check.probe(run.timeout_s) if isinstance(check, TimedCheck) else check()

    def _run_here(self, run: Run) -> None:
        otel_context.attach(suppressed())
        try:
            answer = self._call(run)
            if inspect.isawaitable(answer):
                run.cancel = self._loops.start(lambda: answer, lambda outcome: self._finish(run, outcome))
                return
            outcome = outcome_of(answer)
        except BaseException as error:  # also SystemExit: the thread is the kit's
            outcome = failure_of(error)
        self._finish(run, outcome)

    def _finish(self, run: Run, outcome: Outcome) -> None:
        """Take what the check found, if it is not late; another run may start from now on."""
        self._settle(run, outcome)
        with self._lock:
            if self._run is run:
                self._run = None

    def _settle(self, run: Run, outcome: Outcome, *, timed_out: bool = False) -> bool:
        spec = self.spec
        with self._lock:
            if run.future.done():
                return False
            now = time.monotonic()
            cache_s = self._times().cache_s if spec.cache_s is None else spec.cache_s
            result = Result(
                spec.name,
                spec.critical,
                Status(outcome.status),
                outcome.reason,
                now - run.started,
                time.time(),
                timed_out,
            )
            before, self._last = self._last, result
            self._fresh_until = now + cache_s
            self._done(result, before)
            run.future.set_result(result)
        return True


def _is_async(check: Function | TimedCheck) -> bool:
    function = check.probe if isinstance(check, TimedCheck) else check
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004
