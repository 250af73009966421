"""What sampling and rate limits leave out: counted by logger and reason, said by one record per template and window.

A window belongs to one message template of one logger, begins with a record and ends by the clock. A thread says how
many were left out in it, even if nothing is logged any more; it lives only while there is something to say.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from opentelemetry import context as otel_context
from opentelemetry.context import Context

from otel_kit import semconv
from otel_kit.settings.log_kinds import Rate

SAMPLED = "sampled"
RATE_LIMITED = "rate_limited"
_SAMPLED_WINDOW_S = 60.0
_MAX_WINDOWS = 2000
_MAX_TEMPLATE = 256
_CLEAN_EVERY_S = 1.0
_SHORTEST_WAIT_S = 0.01


@dataclass(frozen=True, slots=True)
class Summary:
    """How many records of a template were left out in a window; ``level`` is the highest of theirs."""

    logger: str
    template: str
    reason: str
    level: int
    count: int
    seconds: float


@dataclass(slots=True)
class _Window:
    ends: float
    seconds: float
    level: int = 0
    seen: int = 0
    left_out: int = 0


_Key = tuple[str, str, str]


class LeftOut:
    """Counts what is left out and knows how much a template may still give. Thread-safe, reentrant.

    ``say`` gets one summary per window that has ended, on a thread of its own; it must not raise, and may be replaced.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.say: Callable[[Summary], object] = _to_nobody
        self._clock = clock
        self.after_fork()

    def after_fork(self) -> None:
        """Start from zero in a child, where there is no thread yet."""
        self._lock = threading.RLock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._windows: dict[_Key, _Window] = {}
        self._ended: list[Summary] = []
        self._clean_at = 0.0
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()

    def totals(self) -> Mapping[tuple[str, str], int]:
        """Return how many records were left out, by logger and reason."""
        with self._lock:
            return dict(self._counts)

    def exceeds(self, logger: str, template: object, level: int, rate: Rate) -> bool:
        """Count one record of a template; True when it is one too many, and counted as left out."""
        with self._lock:
            window = self._window((logger, _text(template), RATE_LIMITED), rate.seconds)
            window.seen += 1
            if window.seen <= rate.count:
                return False
            self._leave_out(window, logger, RATE_LIMITED, level)
            return True

    def sampled_out(self, logger: str, template: object, level: int) -> None:
        """Count one record that sampling leaves out."""
        with self._lock:
            window = self._window((logger, _text(template), SAMPLED), _SAMPLED_WINDOW_S)
            self._leave_out(window, logger, SAMPLED, level)

    def say_ended(self) -> float | None:
        """Say what the windows that are over have left out; returns the seconds to the next end, None without one."""
        now = self._clock()
        with self._lock:
            ended = self._take(lambda window: window.ends <= now)
            waiting = [window.ends for window in self._windows.values() if window.left_out]
        for summary in ended:
            self.say(summary)
        return max(min(waiting) - now, _SHORTEST_WAIT_S) if waiting else None

    def say_all(self) -> None:
        """Say what every window has left out so far and forget the windows: the kit ends."""
        with self._lock:
            all_of_them = self._take(lambda _window: True)
            self._wake.set()
        for summary in all_of_them:
            self.say(summary)

    def _window(self, key: _Key, seconds: float) -> _Window:
        now = self._clock()
        window = self._windows.get(key)
        if window is not None and window.ends > now and window.seconds == seconds:
            return window
        if window is not None and window.left_out:  # the thread is late
            self._ended.append(_summary(key, window))
        if window is None and len(self._windows) >= _MAX_WINDOWS:
            self._clean(now)
            if len(self._windows) >= _MAX_WINDOWS:
                # Messages that are put together before they are logged are a template each: those share one.
                key = (key[0], semconv.OTHER, key[2])
                window = self._windows.get(key)
                if window is not None and window.ends > now:
                    return window
        window = self._windows[key] = _Window(now + seconds, seconds)
        return window

    def _clean(self, now: float) -> None:
        if now >= self._clean_at:
            self._clean_at = now + _CLEAN_EVERY_S
            over = [key for key, window in self._windows.items() if window.ends <= now and not window.left_out]
            for key in over:
                del self._windows[key]

    def _leave_out(self, window: _Window, logger: str, reason: str, level: int) -> None:
        window.left_out += 1
        window.level = max(window.level, level)
        self._counts[logger, reason] += 1
        if self._thread is None:
            self._start()

    def _take(self, wanted: Callable[[_Window], bool]) -> list[Summary]:
        taken = [(key, window) for key, window in self._windows.items() if wanted(window)]
        for key, _ in taken:
            del self._windows[key]
        ended, self._ended = self._ended, []
        return ended + [_summary(key, window) for key, window in taken if window.left_out]

    def _start(self) -> None:
        # The thread inherits the current context: it must not keep the span of the request that came first.
        token = otel_context.attach(Context())
        try:
            thread = threading.Thread(target=self._run, name="otel-kit left out", daemon=True)
            thread.start()
            self._thread = thread
        except RuntimeError:
            pass  # the interpreter is shutting down: stop says it
        finally:
            otel_context.detach(token)

    def _run(self) -> None:
        wake = self._wake
        while True:
            wait_s = self.say_ended()
            if wait_s is None:
                with self._lock:
                    if not self._ended and not any(window.left_out for window in self._windows.values()):
                        self._thread = None
                        return
                continue
            wake.wait(wait_s)
            wake.clear()


def _to_nobody(_summary: Summary) -> None:
    """No kit is running."""


def _summary(key: _Key, window: _Window) -> Summary:
    logger, template, reason = key
    return Summary(logger, template, reason, window.level, window.left_out, window.seconds)


def _text(template: object) -> str:
    """Return what records of the same place in the code share."""
    if type(template) is str:
        return template[:_MAX_TEMPLATE]
    return f"<{type(template).__name__}>"


left_out = LeftOut()  # of this process: instruments cannot be taken back, and their counters only grow
