"""Timers and error counters around blocks and functions of every kind."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import inspect
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider

from tests.unit.metrics.metered import Metered


def points(metered: Metered, name: str = "took") -> dict[str, int]:
    """Return how many durations were recorded, by their attributes as text."""
    found = metered.metrics().get(name)
    return {} if found is None else {_text(point.attributes): point.count for point in found.data.data_points}


def errors(metered: Metered) -> dict[str, int]:
    """Return the errors that were counted, by their attributes as text."""
    found = metered.metrics().get("failed")
    return {} if found is None else {_text(point.attributes): point.value for point in found.data.data_points}


def _text(attributes: Any) -> str:
    return " ".join(f"{key}={value}" for key, value in sorted(attributes.items()))


class Boom(Exception):
    """An application's own."""


BOOM = f"error.type={__name__}.Boom"


def test_a_block_is_measured_in_seconds_whether_it_fails_or_not(metered: Metered) -> None:
    """Attributes may come at the end; the exception passes through."""
    timer = metered.meter.timer("took", "How long it took.")
    with timer:
        pass
    with timer.time(kind="card") as timing:
        timing.attributes["outcome"] = "paid"
    with pytest.raises(Boom), timer:
        raise Boom

    assert points(metered) == {"": 1, "kind=card outcome=paid": 1, BOOM: 1}
    assert metered.metrics()["took"].unit == "s"
    assert 0 <= metered.metrics()["took"].data.data_points[0].sum < 30


class Service:
    """Functions of every kind, each measured, and counted when it fails."""

    def __init__(self, metered: Metered) -> None:
        timed, counted = metered.meter.timer("took"), metered.meter.errors("failed")

        @timed(kind="function")
        @counted
        def function(fail: bool) -> str:
            """Say hello."""
            if fail:
                raise Boom
            return "done"

        @timed({"kind": "coroutine"})
        @counted
        async def coroutine(fail: bool) -> str:
            await asyncio.sleep(0)
            return str(function.__wrapped__.__wrapped__(fail))  # type: ignore[attr-defined]

        @timed(kind="generator")
        @counted
        def generator(fail: bool) -> Iterator[str]:
            got = yield "a"  # type: ignore[misc]
            yield f"got {got}"
            if fail:
                raise Boom

        @timed(kind="asynchronous")
        @counted
        async def asynchronous(fail: bool) -> AsyncIterator[str]:
            try:
                got = yield "a"  # type: ignore[misc]
            except KeyError:
                got = "a KeyError"
            yield f"got {got}"
            if fail:
                raise Boom

        class Holder:
            @timed(kind="static")
            @counted
            @staticmethod
            def static(fail: bool) -> str:
                return str(function.__wrapped__.__wrapped__(fail))  # type: ignore[attr-defined]

            @classmethod
            @timed(kind="class")
            @counted
            def of_class(cls, fail: bool) -> str:
                assert cls is Holder
                return str(function.__wrapped__.__wrapped__(fail))  # type: ignore[attr-defined]

        self.function, self.coroutine, self.generator, self.asynchronous = function, coroutine, generator, asynchronous
        self.holder = Holder()

    def run(self, kind: str, fail: bool) -> Any:
        """Use one of them as an application does."""
        match kind:
            case "function":
                return self.function(fail)
            case "coroutine":
                return asyncio.run(self.coroutine(fail))
            case "generator":
                return list(self.generator(fail))
            case "asynchronous":
                return asyncio.run(_all(self.asynchronous(fail)))
            case "static":
                return self.holder.static(fail)
        return self.holder.of_class(fail)


async def _all(items: AsyncIterator[str]) -> list[str]:
    return [item async for item in items]


@pytest.mark.parametrize("kind", ["function", "coroutine", "generator", "asynchronous", "static", "class"])
def test_functions_of_every_kind_are_measured_and_counted(metered: Metered, kind: str) -> None:
    """What they return and raise is what they would without."""
    service = Service(metered)

    assert service.run(kind, fail=False) in ("done", ["a", "got None"])
    with pytest.raises(Boom):
        service.run(kind, fail=True)

    assert points(metered) == {f"kind={kind}": 1, f"{BOOM} kind={kind}": 1}
    assert errors(metered) == {BOOM: 1}


def test_a_function_that_is_cancelled_or_runs_while_an_error_is_handled_tells_the_truth(metered: Metered) -> None:
    """Cancelled is not done; what the caller is handling is not the function's."""
    service = Service(metered)

    async def cancelled() -> None:
        task = asyncio.ensure_future(waiting())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    @metered.meter.timer("took")(kind="waiting")
    @metered.meter.errors("failed")
    async def waiting() -> None:
        await asyncio.Event().wait()

    asyncio.run(cancelled())
    try:
        raise KeyError
    except KeyError:
        for kind in ("function", "generator", "asynchronous"):
            service.run(kind, fail=False)

    assert points(metered) == {
        "error.type=asyncio.exceptions.CancelledError kind=waiting": 1,
        "kind=function": 1,
        "kind=generator": 1,
        "kind=asynchronous": 1,
    }
    assert errors(metered) == {}


def test_a_decorated_function_looks_like_itself(metered: Metered) -> None:
    """Frameworks look at names, signatures, and whether something is a coroutine function."""
    service = Service(metered)

    assert service.function.__doc__ == "Say hello."
    assert str(inspect.signature(service.function)) == "(fail: 'bool') -> 'str'"
    assert inspect.iscoroutinefunction(service.coroutine)
    assert inspect.isgeneratorfunction(service.generator)
    assert inspect.isasyncgenfunction(service.asynchronous)


def test_what_is_sent_and_thrown_into_generators_arrives(metered: Metered) -> None:
    """And closing one early is a duration, no error."""
    service = Service(metered)
    plain = service.generator(False)
    assert [next(plain), plain.send("this")] == ["a", "got this"]  # type: ignore[attr-defined]
    plain.close()  # type: ignore[attr-defined]

    async def talk() -> list[str]:
        first: Any = service.asynchronous(False)
        said = [await anext(first), await first.asend("that")]
        await first.aclose()
        second: Any = service.asynchronous(False)
        said += [await anext(second), await second.athrow(KeyError())]
        await second.aclose()
        return said

    assert asyncio.run(talk()) == ["a", "got that", "a", "got a KeyError"]
    assert points(metered) == {"kind=generator": 1, "kind=asynchronous": 2}
    assert errors(metered) == {}


def test_one_timer_serves_many_tasks_and_threads_at_once(metered: Metered) -> None:
    """Each use has its own beginning: the long one is not given the short one's."""
    timer = metered.meter.timer("took", boundaries=[0.05])
    inside, leave = threading.Event(), threading.Event()

    def long() -> None:
        with timer:
            inside.set()
            leave.wait(10)

    async def many() -> None:
        async def one() -> None:
            async with timer:
                await asyncio.sleep(0.001)

        await asyncio.gather(*(one() for _ in range(50)))

    thread = threading.Thread(target=long)
    thread.start()
    inside.wait(10)
    asyncio.run(many())
    began = threading.Timer(0.1, leave.set)
    began.start()
    thread.join()

    (point,) = metered.metrics()["took"].data.data_points
    assert point.count == 51
    assert point.max >= 0.1


def test_a_block_that_ends_in_another_context_is_measured_or_counted(metered: Metered) -> None:
    """FastAPI runs the two halves of a synchronous dependency in two copies of the context."""
    timer = metered.meter.timer("took")
    contextvars.copy_context().run(timer.__enter__)
    contextvars.copy_context().run(timer.__exit__, None, None, None)
    assert points(metered) == {"": 1}

    for _ in range(2):
        contextvars.copy_context().run(timer.__enter__)
    for _ in range(2):
        contextvars.copy_context().run(timer.__exit__, None, None, None)
    assert points(metered) == {"": 1}
    assert metered.faults == ["timer", "timer"]


def test_nested_uses_of_one_timer_are_two_durations(metered: Metered) -> None:
    """The inner one ends first."""
    timer = metered.meter.timer("took")
    with timer as outer, timer as inner:
        assert outer is not inner

    assert points(metered) == {"": 2}


def test_errors_are_counted_by_hand_by_block_and_never_kept(metered: Metered) -> None:
    """Cancelling and interrupts are no errors."""
    failed = metered.meter.errors("failed")
    failed.count(ValueError("secret"), step="pay")
    failed.count(Boom, {"step": "pay"})
    failed.count("timeout")
    failed.count(None)  # type: ignore[arg-type]
    with pytest.raises(Boom), failed:
        raise Boom
    for interrupt in (asyncio.CancelledError, KeyboardInterrupt, SystemExit):
        with contextlib.suppress(interrupt), failed:
            raise interrupt

    assert errors(metered) == {
        "error.type=ValueError step=pay": 1,
        f"{BOOM} step=pay": 1,
        "error.type=timeout": 1,
        "error.type=_OTHER": 1,
        BOOM: 1,
    }
    assert metered.metrics()["failed"].unit == "{error}"


def test_a_duration_has_the_trace_as_exemplar(metered: Metered) -> None:
    """From a slow bucket to the request that was slow."""
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("app")
    with tracer.start_as_current_span("work") as span, metered.meter.timer("took"):
        pass

    (point,) = metered.metrics()["took"].data.data_points
    assert [exemplar.trace_id for exemplar in point.exemplars] == [span.get_span_context().trace_id]
