"""Checks that run by themselves, so that there are metrics and events when nobody asks."""

from __future__ import annotations

import threading
from collections.abc import Callable

from opentelemetry import context as otel_context
from opentelemetry.context import Context

from otel_kit.chance import generator

_SPREAD = 0.1  # workers that were started together do not all ask the same database at once
_FIRST_S = 1.0


class Schedule:
    """Calls ``act`` at an interval, on a daemon thread that starts when it is first wanted. Thread-safe."""

    def __init__(self, act: Callable[[], object], count_fault: Callable[[str, BaseException], None]) -> None:
        self._act = act
        self._count_fault = count_fault
        self._interval_s = 0.0
        self._reset()

    def _reset(self) -> None:
        self._lock = threading.RLock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def follow(self, interval_s: float) -> None:
        """Use another interval from now on; 0: none."""
        if interval_s != self._interval_s:
            self._interval_s = interval_s
            self._wake.set()

    def want(self) -> None:
        """Let the thread be there, if the interval asks for one. Does not block."""
        with self._lock:
            if self._thread is not None or not self._interval_s:
                return
            thread = threading.Thread(target=self._run, args=(self._wake,), name="otel-kit health", daemon=True)
            # Threads inherit the current context: this one must not keep the span of the request that came first.
            token = otel_context.attach(Context())
            try:
                thread.start()
                self._thread = thread
            except RuntimeError as error:
                self._count_fault("health_schedule", error)
            finally:
                otel_context.detach(token)

    def stop(self) -> None:
        """Let the thread end."""
        self.follow(0.0)
        self._wake.set()

    def after_fork(self) -> None:
        """Have no thread in a child until one is wanted."""
        self._reset()

    def _run(self, wake: threading.Event) -> None:
        first = True
        while interval_s := self._goes_on():
            wait_s = min(interval_s, _FIRST_S) * generator.random() if first else interval_s * _jitter()
            first = False
            if wake.wait(wait_s):
                wake.clear()
                continue
            try:
                self._act()
            except Exception as error:
                self._count_fault("health_schedule", error)

    def _goes_on(self) -> float:
        """Return the interval; 0 when this thread is to end, which it has to from then on."""
        with self._lock:
            if not self._interval_s:
                self._thread = None
            return self._interval_s


def _jitter() -> float:
    return generator.uniform(1 - _SPREAD, 1 + _SPREAD)
