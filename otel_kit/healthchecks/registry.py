"""``kit.health``: the checks of an application by name, and their results."""

from __future__ import annotations

import asyncio
import logging
import math
import re
import threading
from collections.abc import Callable
from typing import Any, TypeVar, overload

from otel_kit.errors import ConfigError, Fault
from otel_kit.healthchecks.changes import Changes
from otel_kit.healthchecks.loops import Loops
from otel_kit.healthchecks.ready_made import ReadyMade
from otel_kit.healthchecks.results import Outcome, Report, Result, degraded, report_of, unhealthy
from otel_kit.healthchecks.running import CheckRunner, Function, Run, Spec, TimedCheck, Times
from otel_kit.healthchecks.schedule import Schedule
from otel_kit.settings.health_options import HealthOptions

_log = logging.getLogger(__name__)
_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_MAX_CHECKS = 64
_SHORTEST_TIMEOUT_S = 0.001

F = TypeVar("F", bound=Callable[[], Any])


class Health:
    """The checks of one kit. All methods are thread-safe; only wrong registrations when strict raise."""

    def __init__(
        self,
        options: HealthOptions,
        count_fault: Callable[[str, BaseException], None],
        *,
        strict: bool = False,
    ) -> None:
        self._options = options
        self._strict = strict
        self._lock = threading.RLock()
        self._runners: dict[str, CheckRunner] = {}
        self._loops = Loops()
        self._is_draining = False
        self.changes = Changes(count_fault)
        self.schedule = Schedule(lambda: self.run(fresh=True), count_fault)
        self._checks = ReadyMade()

    @property
    def checks(self) -> ReadyMade:
        """The ready-made checks, such as ``kit.health.checks.http(url)``."""
        return self._checks

    @overload
    def check(
        self,
        name: str,
        check: Function | TimedCheck,
        *,
        critical: bool = True,
        timeout_s: float | None = None,
        cache_s: float | None = None,
    ) -> None: ...

    @overload
    def check(
        self,
        name: str,
        check: None = None,
        *,
        critical: bool = True,
        timeout_s: float | None = None,
        cache_s: float | None = None,
    ) -> Callable[[F], F]: ...

    def check(
        self,
        name: str,
        check: Function | TimedCheck | None = None,
        *,
        critical: bool = True,
        timeout_s: float | None = None,
        cache_s: float | None = None,
    ) -> Callable[[F], F] | None:
        """Register a check under ``name``, as a call or as a decorator; another of the same name replaces it.

        Args:
            name: lower-case letters, digits and ``_.-``, a letter first, at most 64: it names a series.
            check: a ready-made check, or a function, sync or async, that returns None or True when all is well, False,
                a status such as ``"degraded"``, or ``kit.health.degraded(reason)``; what it raises says unhealthy.
            critical: whether the service is unhealthy, and not ready, without it; else it is degraded.
            timeout_s: seconds it may take; default: the setting ``health.timeout``.
            cache_s: seconds its result is used again; default: the setting ``health.cache``.

        Sync checks run on threads, async ones on the application's event loop. Nothing in them is traced.

        Raises:
            ConfigError: only when strict: a name or time that is none, or there are 64 checks already.
        """
        if check is None:

            def register(function: F) -> F:
                self.check(name, function, critical=critical, timeout_s=timeout_s, cache_s=cache_s)
                return function

            return register
        if not self._accepts(self._fault_of(name, timeout_s, cache_s)):
            return None
        spec = Spec(name, check, critical, timeout_s, cache_s)
        with self._lock:
            before = self._runners.get(name)
            if before is not None and before.spec.check is not check:
                _log.warning("the health check %s is registered twice; the later one holds", name)
            # Replaced as a whole: whoever goes through the checks holds the old ones or the new.
            runner = CheckRunner(spec, self._times, self._loops, self.changes.record)
            self._runners = {**self._runners, name: runner}
        self.schedule.want()
        return None

    def remove(self, name: str) -> bool:
        """Forget a check; returns whether it was there."""
        with self._lock:
            found = name in self._runners
            self._runners = {known: runner for known, runner in self._runners.items() if known != name}
        return found

    def run(self, *, fresh: bool = False, only_critical: bool = False) -> Report:
        """Return the results of all checks, run side by side where no cached one is good enough.

        Blocks at most for the longest time-out. Callers at the same time share one run. ``fresh``: none from the cache;
        ``only_critical``: the others are left out.
        """
        asked = self._ask(fresh, only_critical, blocking=True)
        results = [runner.wait(answer) if isinstance(answer, Run) else answer for runner, answer in asked]
        return report_of({result.name: result for result in results})

    async def arun(self, *, fresh: bool = False, only_critical: bool = False) -> Report:
        """Like ``run``, for callers on an event loop, which it does not block."""
        asked = self._ask(fresh, only_critical, blocking=False)
        results = await asyncio.gather(*(_result(runner, answer) for runner, answer in asked))
        return report_of({result.name: result for result in results})

    def drain(self) -> None:
        """Let ``/readyz`` answer 503 from now on, so that load balancers send no more requests; for a preStop hook."""
        self._is_draining = True

    def serve_again(self) -> None:
        """Take ``drain`` back: an application has started."""
        self._is_draining = False

    @property
    def is_draining(self) -> bool:
        """Whether the service is going away."""
        return self._is_draining

    @staticmethod
    def degraded(reason: str) -> Outcome:
        """Return what a check returns when its dependency works, but not well."""
        return degraded(reason)

    @staticmethod
    def unhealthy(reason: str) -> Outcome:
        """Return what a check returns when its dependency does not work; raising an exception says the same."""
        return unhealthy(reason)

    def last_results(self) -> list[Result]:
        """Return what is known without running anything."""
        return [runner.last for runner in self._runners.values() if runner.last is not None]

    def use_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run async checks on ``loop`` from now on: the application's clients belong to it."""
        self._loops.use(loop)

    def apply(self, options: HealthOptions) -> None:
        """Follow the settings."""
        self._options = options
        self.schedule.follow(options.interval_s)
        if self._runners:
            self.schedule.want()

    def after_fork(self) -> None:
        """Start over in a child, with the same checks and no results."""
        self._lock = threading.RLock()
        self._loops.after_fork()
        self.schedule.after_fork()
        for runner in self._runners.values():
            runner.after_fork()

    def stop(self) -> None:
        """End what runs by itself; checks that are asked for still run."""
        self._is_draining = True
        self.schedule.stop()
        self.changes.stop()
        self._loops.stop()

    def _ask(self, fresh: bool, only_critical: bool, *, blocking: bool) -> list[tuple[CheckRunner, Result | Run]]:
        """Start what must run, all of it before anybody waits."""
        wanted = [runner for runner in self._runners.values() if runner.spec.critical or not only_critical]
        return [(runner, runner.ask(fresh=fresh, blocking=blocking)) for runner in wanted]

    def _times(self) -> Times:
        return Times(max(self._options.timeout_s, _SHORTEST_TIMEOUT_S), self._options.cache_s)

    def _fault_of(self, name: object, timeout_s: object, cache_s: object) -> Fault | None:
        where = f"health.check({name!r:.80})"
        if not _NAME.fullmatch(str(name)):
            wanted = "lower-case letters, digits and _.- are, a letter first, at most 64"
            return Fault(where, "is no name for a check", wanted)
        for argument, value in (("timeout_s", timeout_s), ("cache_s", cache_s)):
            if value is not None and not (isinstance(value, int | float) and 0 <= value < math.inf):
                return Fault(where, f"has no time in {argument}", "a number of seconds is wanted")
        if name not in self._runners and len(self._runners) >= _MAX_CHECKS:
            return Fault(where, f"is one too many; there may be {_MAX_CHECKS}")
        return None

    def _accepts(self, fault: Fault | None) -> bool:
        if fault is not None and self._strict:
            raise ConfigError([fault])
        if fault is not None:
            _log.warning("%s", fault)
        return fault is None


async def _result(runner: CheckRunner, answer: Result | Run) -> Result:
    return await runner.wait_async(answer) if isinstance(answer, Run) else answer
