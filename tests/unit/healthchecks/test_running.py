"""A check runs once for all who ask, costs its time-out once, and what it returns has one meaning."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from opentelemetry import context as otel_context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY

from otel_kit.healthchecks.loops import Loops
from otel_kit.healthchecks.registry import Health
from otel_kit.healthchecks.results import Outcome, Status, degraded
from otel_kit.healthchecks.running import CheckRunner, Run, Spec, Times
from tests.conditions import eventually

MakeHealth = Callable[..., Health]
FOREVER_S = 30.0


class Gate:
    """A check that waits until it is let through."""

    def __init__(self) -> None:
        self.calls = 0
        self.open = threading.Event()

    def __call__(self) -> None:
        """Count and wait."""
        self.calls += 1
        self.open.wait(FOREVER_S)


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError


def _raise(error: BaseException) -> Any:
    raise error


async def _later(answer: Any) -> Any:
    await asyncio.sleep(0)
    return answer


ANSWERS: dict[str, tuple[Callable[[], Any], Status, str]] = {
    "none": (lambda: None, Status.HEALTHY, ""),
    "true": (lambda: True, Status.HEALTHY, ""),
    "false": (lambda: False, Status.UNHEALTHY, "the check returned False"),
    "text": (lambda: "degraded", Status.DEGRADED, ""),
    "status": (lambda: Status.DEGRADED, Status.DEGRADED, ""),
    "outcome": (lambda: degraded("slow"), Status.DEGRADED, "slow"),
    "another type": (lambda: {"ok": True}, Status.UNHEALTHY, "the check returned a dict"),
    "another text": (lambda: "fine", Status.UNHEALTHY, "the check returned a str"),
    "exception": (lambda: _raise(OSError("no route")), Status.UNHEALTHY, "OSError: no route"),
    "system exit": (lambda: _raise(SystemExit(3)), Status.UNHEALTHY, "SystemExit: 3"),
    "unprintable": (lambda: _raise(Unprintable()), Status.UNHEALTHY, "Unprintable"),
    "long": (lambda: _raise(ValueError("x" * 100_000)), Status.UNHEALTHY, "ValueError: xxx"),
    "awaitable": (lambda: _later("degraded"), Status.DEGRADED, ""),
}


# An event loop ends on SystemExit, as it should.
CASES = [
    (name, is_async) for name in ANSWERS for is_async in (False, True) if (name, is_async) != ("system exit", True)
]


@pytest.mark.parametrize(("name", "is_async"), CASES)
def test_meaning_of_what_a_check_does(make_health: MakeHealth, name: str, is_async: bool) -> None:
    """Sync and async alike."""
    check, status, reason = ANSWERS[name]
    health = make_health()

    async def acheck() -> Any:
        answer = check()
        return await answer if isinstance(answer, Awaitable) else answer

    health.check("one", acheck if is_async else check)

    result = health.run().results["one"]

    assert (result.status, result.reason[: len(reason)]) == (status, reason)
    assert len(result.reason) < 400


@pytest.mark.parametrize(
    ("critical", "status", "whole"),
    [
        (True, "unhealthy", "unhealthy"),
        (False, "unhealthy", "degraded"),
        (True, "degraded", "degraded"),
        (False, "degraded", "degraded"),
        (True, "healthy", "healthy"),
    ],
)
def test_only_critical_checks_make_the_whole_unhealthy(
    make_health: MakeHealth, critical: bool, status: str, whole: str
) -> None:
    """A non-critical one makes it degraded."""
    health = make_health()
    health.check("fine", lambda: None)
    health.check("other", lambda: status, critical=critical)

    assert health.run().status == whole


def test_without_checks_it_is_healthy(make_health: MakeHealth) -> None:
    """A service that depends on nothing."""
    assert make_health().run().status is Status.HEALTHY


def test_callers_at_the_same_time_share_one_run(make_health: MakeHealth) -> None:
    """Fifty threads and fifty tasks, one call."""
    health, gate = make_health(cache_s=0.0), Gate()
    health.check("slow", gate, timeout_s=FOREVER_S)

    async def tasks() -> list[Any]:
        asked = [asyncio.ensure_future(health.arun()) for _ in range(50)]
        await asyncio.sleep(0)
        gate.open.set()
        return list(await asyncio.gather(*asked))

    with ThreadPoolExecutor(50) as pool:
        threads = [pool.submit(health.run) for _ in range(50)]
        eventually(lambda: gate.calls, "the check runs")
        reports = [*asyncio.run(tasks()), *(thread.result() for thread in threads)]

    assert {report.status for report in reports} == {Status.HEALTHY}
    assert gate.calls == 1


def test_result_is_used_again_until_it_is_too_old(make_health: MakeHealth) -> None:
    """``cache_s`` of the check goes before the setting; ``fresh`` before both."""
    health = make_health(cache_s=0.0)
    calls: list[str] = []
    health.check("kept", lambda: calls.append("kept"), cache_s=FOREVER_S)
    health.check("asked", lambda: calls.append("asked"))

    health.run()
    health.run()
    health.run(fresh=True)

    assert sorted(calls) == ["asked", "asked", "asked", "kept", "kept"]


@pytest.mark.parametrize("is_async", [False, True])
def test_what_hangs_costs_its_timeout_once_and_one_thread(is_async: bool) -> None:
    """Later callers are answered without a run to wait for, though no result is cached; no other run is started."""
    gate, loops = Gate(), Loops()

    async def deaf() -> None:
        gate.calls += 1
        while not gate.open.is_set():
            with contextlib.suppress(asyncio.CancelledError):  # a client that does not listen
                await asyncio.sleep(0.01)

    spec = Spec("hangs", deaf if is_async else gate, critical=True, timeout_s=0.1, cache_s=0.0)
    runner = CheckRunner(spec, lambda: Times(FOREVER_S, FOREVER_S), loops, lambda _result, _before: None)
    run = runner.ask()
    assert isinstance(run, Run)
    first = runner.wait(run)
    threads = threading.active_count()

    later = [runner.ask() for _ in range(20)]

    assert (first.status, first.timed_out, first.reason) == (Status.UNHEALTHY, True, "timed out after 0.1 s")
    assert later == [first] * 20
    assert gate.calls == 1
    assert threading.active_count() <= threads
    gate.open.set()
    eventually(lambda: _status(runner) is Status.HEALTHY, "it is seen that it works again")
    loops.stop()


def test_what_hangs_again_is_waited_for_by_nobody() -> None:
    """A second hang, after the first has ended late: its callers get the known result while it is tried."""
    gates, loops = [Gate(), Gate()], Loops()
    runs = iter(gates)
    spec = Spec("hangs", lambda: next(runs)(), critical=True, timeout_s=0.05, cache_s=0.0)
    runner = CheckRunner(spec, lambda: Times(FOREVER_S, FOREVER_S), loops, lambda _result, _before: None)
    run = runner.ask()
    assert isinstance(run, Run)
    first = runner.wait(run)
    gates[0].open.set()
    eventually(lambda: not _threads("hangs"), "the first run has ended")

    assert runner.ask() is first
    eventually(lambda: gates[1].calls, "it is tried again")
    gates[1].open.set()


def test_a_late_answer_is_not_taken_for_a_good_one(make_health: MakeHealth) -> None:
    """What took longer than allowed has failed, even when it ends well; the next run counts."""
    health, gate = make_health(cache_s=FOREVER_S), Gate()
    health.check("late", gate, timeout_s=0.05)
    health.run()
    gate.open.set()
    eventually(lambda: not _threads("late"), "the late run has ended")

    assert health.run().results["late"].timed_out


def test_checks_run_side_by_side(make_health: MakeHealth) -> None:
    """Many that hang cost one time-out together: each of them ends only when all have begun."""
    health, barrier = make_health(), threading.Barrier(30)
    for number in range(30):
        health.check(f"waits-{number}", lambda: bool(barrier.wait(FOREVER_S) >= 0), timeout_s=FOREVER_S)

    assert health.run().status is Status.HEALTHY


def test_a_hanging_check_takes_no_thread_from_another(make_health: MakeHealth) -> None:
    """However many hang, the one that works is seen to work."""
    health, gate = make_health(), Gate()
    for number in range(60):
        health.check(f"hangs-{number}", gate, timeout_s=0.1)
    health.run()
    health.check("works", lambda: None, timeout_s=FOREVER_S)

    report = health.run(fresh=True)

    assert report.results["works"].status is Status.HEALTHY
    assert gate.calls == 60
    gate.open.set()


def test_async_checks_run_on_the_applications_loop_sync_ones_off_it(make_health: MakeHealth) -> None:
    """Clients of databases belong to the loop that made their connections; the loop is never blocked."""
    health = make_health()
    seen: dict[str, Any] = {}

    async def on_loop() -> None:
        seen["loop"] = asyncio.get_running_loop()

    health.check("async", on_loop)
    health.check("sync", lambda: seen.update(thread=threading.current_thread()))

    async def main() -> asyncio.AbstractEventLoop:
        loop = asyncio.get_running_loop()
        health.use_loop(loop)
        await health.arun()
        assert seen["loop"] is loop
        # Also when the question comes from another thread, as from the schedule.
        await asyncio.to_thread(lambda: health.run(fresh=True))
        assert seen["loop"] is loop
        # A blocking caller on the loop itself must not wait for itself.
        assert health.run(fresh=True).status is Status.HEALTHY
        return loop

    loop = asyncio.run(main())
    assert seen["loop"] is not loop
    assert seen["thread"] is not threading.main_thread()


def test_a_caller_that_gives_up_takes_no_result_from_others(make_health: MakeHealth) -> None:
    """A client that goes away cancels its request, not the check."""
    health, gate = make_health(cache_s=0.0), Gate()
    health.check("slow", gate, timeout_s=FOREVER_S)

    async def main() -> Status:
        impatient, patient = asyncio.ensure_future(health.arun()), asyncio.ensure_future(health.arun())
        for _ in range(10):  # until both wait
            await asyncio.sleep(0)
        impatient.cancel()
        for _ in range(10):
            await asyncio.sleep(0)
        gate.open.set()
        return (await patient).status

    assert asyncio.run(main()) is Status.HEALTHY
    assert gate.calls == 1


def test_nothing_in_a_check_is_traced(make_health: MakeHealth) -> None:
    """Neither sync nor async, and whatever span the caller is in."""
    health = make_health()
    seen: list[object] = []

    def note() -> None:
        seen.append(otel_context.get_value(_SUPPRESS_INSTRUMENTATION_KEY))

    async def anote() -> None:
        note()

    health.check("sync", note)
    health.check("async", anote)
    health.run()

    assert seen == [True, True]


def test_outcomes_are_made_by_the_registry(make_health: MakeHealth) -> None:
    """So that a check needs no import."""
    health = make_health()
    assert health.degraded("slow") == Outcome(Status.DEGRADED, "slow")
    assert health.unhealthy("down") == Outcome(Status.UNHEALTHY, "down")


def _status(runner: CheckRunner) -> Status:
    found = runner.ask()
    return (runner.wait(found) if isinstance(found, Run) else found).status


def _threads(name: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == f"otel-kit check {name}"]
