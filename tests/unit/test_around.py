"""A function with a context around its calls is, but for that, the function that it was."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import gc
import inspect
import logging
import sys
import types
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator, Mapping
from typing import Any

import pytest
from opentelemetry import context as otel_context

from otel_kit.around import around

KEY = otel_context.create_key("test")


class Noted:
    """A call that notes what happens to it."""

    def __init__(self) -> None:
        self.context = otel_context.set_value(KEY, "inside")
        self.happened: list[str] = []

    def failed(self, error: Exception) -> None:
        """Note it."""
        self.happened.append(type(error).__name__)

    def ended(self) -> None:
        """Note it."""
        self.happened.append("end")


calls: list[Noted] = []


def noted(function: Callable[..., Any]) -> Any:
    """Wrap a function so that its calls are in ``calls``."""
    calls.clear()

    def begin(_args: tuple[Any, ...], _kwargs: Mapping[str, Any]) -> Noted:
        calls.append(Noted())
        return calls[-1]

    return around(function, begin)


def unnoted(function: Callable[..., Any]) -> Any:
    """Wrap a function so that nothing is done around its calls."""
    return around(function, lambda _args, _kwargs: None)


def here() -> Any:
    """Return the value in the current context."""
    return otel_context.get_value(KEY)


class Stop(Exception):
    """Thrown into generators."""


def answering(log: list[Any]) -> Generator[Any, Any, str]:
    """Answer whatever comes in, and note it."""
    sent: Any = None
    try:
        while sent != "return":
            try:
                sent = yield sent
                log.append(sent)
            except Stop:
                sent = "caught"
                log.append("caught")
    except GeneratorExit:
        log.append("closed")
        raise
    finally:
        log.append("left")
    return "result"


async def aanswering(log: list[Any]) -> AsyncGenerator[Any, Any]:
    """Answer whatever comes in, and note it."""
    sent: Any = None
    try:
        while sent != "return":
            try:
                sent = yield sent
                await asyncio.sleep(0)
                log.append(sent)
            except Stop:
                sent = "caught"
                log.append("caught")
    except GeneratorExit:
        log.append("closed")
        raise
    finally:
        log.append("left")


STORIES: dict[str, list[tuple[str, Any]]] = {
    "to the end": [("send", None), ("send", 1), ("throw", Stop()), ("send", 2), ("send", "return"), ("send", 3)],
    "closed": [("send", None), ("send", 1), ("close", None), ("send", 2)],
    "closed before it began": [("close", None), ("send", None)],
    "thrown into before it began": [("throw", Stop()), ("send", None)],
    "a value before it began": [("send", 1)],
    "an exception it does not know": [("send", None), ("throw", KeyError("k")), ("send", 1)],
    "StopIteration thrown in": [("send", None), ("throw", StopIteration(1)), ("send", 1)],
    "StopAsyncIteration thrown in": [("send", None), ("throw", StopAsyncIteration()), ("send", 1)],
    "GeneratorExit thrown in": [("send", None), ("throw", GeneratorExit()), ("send", 1)],
    "KeyboardInterrupt thrown in": [("send", None), ("throw", KeyboardInterrupt()), ("send", 1)],
}


def told(act: Callable[[], Any]) -> Any:
    """Return what an act gives: a value, or the exception as text."""
    try:
        return act()
    except BaseException as error:
        return repr(error)


def play(function: Any, story: list[tuple[str, Any]]) -> list[Any]:
    """Return all that is seen of a generator from outside and inside."""
    log: list[Any] = []
    generator = function(log)
    for name, value in story:
        act = getattr(generator, name)
        log.append((name, told(act if name == "close" else functools.partial(act, value))))
    return log


async def aplay(function: Any, story: list[tuple[str, Any]]) -> list[Any]:
    """Return all that is seen of an async generator from outside and inside."""
    log: list[Any] = []
    generator = function(log)
    for name, value in story:
        act = getattr(generator, f"a{name}")
        try:
            log.append((name, await (act() if name == "close" else act(value))))
        except BaseException as error:
            log.append((name, repr(error)))
    return log


@pytest.mark.parametrize("wrap", [noted, unnoted])
@pytest.mark.parametrize("story", STORIES)
def test_a_generator_answers_as_it_would(story: str, wrap: Any) -> None:
    """``send``, ``throw``, ``close``, the returned value: each as without the wrapper."""
    assert play(wrap(answering), STORIES[story]) == play(answering, STORIES[story])


@pytest.mark.parametrize("wrap", [noted, unnoted])
@pytest.mark.parametrize("story", STORIES)
def test_an_async_generator_answers_as_it_would(story: str, wrap: Any) -> None:
    """``asend``, ``athrow``, ``aclose``: each as without the wrapper."""
    plain = asyncio.run(aplay(aanswering, STORIES[story]))

    assert asyncio.run(aplay(wrap(aanswering), STORIES[story])) == plain


def test_a_generator_has_its_context_only_while_it_runs() -> None:
    """The caller has its own between two steps, also when the body holds a block open over them."""
    seen: list[Any] = []

    def body() -> Iterator[int]:
        seen.append(here())
        token = otel_context.attach(otel_context.set_value(KEY, "block"))
        yield 1
        seen.append(here())
        otel_context.detach(token)
        yield 2
        seen.append(here())

    first, second = noted(body)(), noted(body)()
    between = [here() for _ in zip(first, second, strict=True)]

    assert seen == ["inside", "inside", "block", "block", "inside", "inside"]
    assert between == [None, None]


def test_an_async_generator_has_its_context_only_while_it_runs() -> None:
    """Two at once, consumed by turns."""
    seen: list[Any] = []

    async def body() -> AsyncIterator[int]:
        seen.append(here())
        yield 1
        await asyncio.sleep(0)
        seen.append(here())

    async def scenario() -> list[Any]:
        first, second = noted(body)(), noted(body)()
        between = []
        for generator in (first, second, first, second):
            await anext(generator, None)
            between.append(here())
        return between

    assert asyncio.run(scenario()) == [None] * 4
    assert seen == ["inside"] * 4


def test_steps_may_be_taken_in_different_contexts(caplog: pytest.LogCaptureFixture) -> None:
    """Starlette takes each step of a sync iterator in another thread with another copy of the context."""

    def body() -> Iterator[Any]:
        yield here()
        yield here()

    generator = noted(body)()

    assert [contextvars.copy_context().run(next, generator) for _ in range(2)] == ["inside"] * 2
    contextvars.copy_context().run(generator.close)
    assert (caplog.records, calls[0].happened) == ([], ["end"])


@pytest.mark.parametrize("kind", ["coroutine", "async generator"])
def test_what_is_collected_elsewhere_is_silent(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    """A coroutine that nobody awaits to its end is closed by the garbage collector, in whatever context."""

    @noted
    async def forever() -> None:
        await asyncio.Event().wait()

    @noted
    async def steps() -> AsyncIterator[int]:
        await asyncio.Event().wait()
        yield 1

    def begin() -> Any:
        running = forever() if kind == "coroutine" else steps().__anext__()
        asyncio.new_event_loop().close()
        running.send(None)
        return running

    async def as_if_awaited() -> Any:
        return contextvars.copy_context().run(begin)

    running = asyncio.run(as_if_awaited())
    with caplog.at_level(logging.DEBUG):
        running.close()
        del running
        gc.collect()

    assert [record for record in caplog.records if record.name.startswith("opentelemetry")] == []
    assert here() is None


@pytest.mark.parametrize(
    ("error", "happened"),
    [(KeyError("k"), ["KeyError", "end"]), (asyncio.CancelledError(), ["end"]), (SystemExit(), ["end"])],
)
def test_what_is_raised_goes_through_and_only_exceptions_are_failures(
    error: BaseException, happened: list[str]
) -> None:
    """For all kinds of functions; each call ends once."""

    def plain() -> None:
        raise error

    async def coroutine() -> None:
        raise error

    def generator() -> Iterator[None]:
        raise error
        yield

    async def async_generator() -> AsyncIterator[None]:
        raise error
        yield

    acts: list[tuple[Any, Callable[[Any], Any]]] = [
        (plain, lambda call: call()),
        (coroutine, lambda call: call().send(None)),
        (generator, lambda call: next(call())),
        (async_generator, lambda call: call().__anext__().send(None)),
    ]
    for function, act in acts:
        wrapped = noted(function)
        with pytest.raises(type(error)) as caught:
            act(wrapped)
        assert caught.value is error
        assert [call.happened for call in calls] == [happened]
        assert here() is None


def test_kinds_and_looks_of_functions_stay() -> None:
    """What inspect says of a function, what its attributes say."""

    def plain(a: int, *, b: str = "x") -> str:
        """Docstring."""
        return b * a

    async def coroutine() -> None: ...

    def generator() -> Iterator[None]:
        yield

    async def async_generator() -> AsyncIterator[None]:
        yield

    plain.mark = "kept"  # type: ignore[attr-defined]
    tests = (
        inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction, inspect.isfunction,
    )  # fmt: skip
    for function in (plain, coroutine, generator, async_generator):
        wrapped = noted(function)
        assert [test(wrapped) for test in tests] == [test(function) for test in tests]
        assert inspect.signature(wrapped) == inspect.signature(function)
    wrapped = noted(plain)
    assert (wrapped.__name__, wrapped.__doc__, wrapped.mark) == ("plain", "Docstring.", "kept")
    assert wrapped(2, b="y") == "yy"


def test_further_kinds_of_awaitable_functions() -> None:
    """Of ``types.coroutine``, partial ones, and objects whose ``__call__`` is async."""

    @types.coroutine
    def old() -> Generator[Any, Any, Any]:
        yield
        return here()

    async def function(value: int) -> Any:
        await asyncio.sleep(0)
        return here()

    class AsyncCallable:
        async def __call__(self) -> Any:
            await asyncio.sleep(0)
            return here()

    async def all_of_them() -> list[Any]:
        return [await noted(one)() for one in (old, functools.partial(function, 1), AsyncCallable())]

    assert asyncio.run(all_of_them()) == ["inside"] * 3


def test_a_finished_generator_holds_nothing() -> None:
    """What was thrown in is not kept alive by the wrapper's frame."""
    generator = noted(answering)([])
    next(generator)
    error = Stop()
    generator.throw(error)
    next(generator)
    gc.collect()
    before = sys.getrefcount(error)
    generator.close()
    error.__traceback__ = None

    assert sys.getrefcount(error) <= before
