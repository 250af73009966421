"""A context of its own around each call of a function, whatever kind of function it is.

The body of a generator has its context while it runs, and its caller has the caller's between two steps.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Coroutine, Mapping
from contextvars import Token
from typing import Any, Protocol

from opentelemetry import context as otel_context
from opentelemetry.context import Context


class Call(Protocol):
    """One call, from the first line of the body to the last. Its methods do not raise."""

    context: Context

    def failed(self, error: Exception) -> None:
        """An exception leaves the body."""

    def ended(self) -> None:
        """The body is done, however; comes once, after ``failed``."""


# Called when the body is about to run; None when there is nothing to do around this call. Does not raise.
Begin = Callable[[tuple[Any, ...], Mapping[str, Any]], Call | None]


def around(function: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    """Return a function of the same kind as ``function`` that runs each call of it within what ``begin`` returns."""
    if inspect.isasyncgenfunction(function):
        return _async_generator(function, begin)
    if is_coroutine_function(function):
        return _coroutine(function, begin)
    if inspect.isgeneratorfunction(function):
        wrapper = _generator(function, begin)
        is_awaitable = (
            getattr(function, "__code__", None) and function.__code__.co_flags & inspect.CO_ITERABLE_COROUTINE
        )
        return types.coroutine(wrapper) if is_awaitable else wrapper
    return _plain(function, begin)


def is_coroutine_function(function: object) -> bool:
    """Whether calling it gives a coroutine: also for objects whose ``__call__`` is ``async def``."""
    return inspect.iscoroutinefunction(function) or (
        not inspect.isroutine(function) and inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004
    )


def leave(token: Token[Context]) -> None:
    """Take back an attached context. Silent where that cannot be: a coroutine may be closed in another context."""
    try:
        otel_context._RUNTIME_CONTEXT.detach(token)  # otel_context.detach logs an error instead
    except (ValueError, RuntimeError):
        return


def _plain(function: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    @functools.wraps(function)
    def call_it(*args: Any, **kwargs: Any) -> Any:
        call = begin(args, kwargs)
        if call is None:
            return function(*args, **kwargs)
        token = otel_context.attach(call.context)
        try:
            return function(*args, **kwargs)
        except Exception as error:
            call.failed(error)
            raise
        finally:
            leave(token)
            call.ended()

    return call_it


def _coroutine(function: Callable[..., Any], begin: Begin) -> Callable[..., Coroutine[Any, Any, Any]]:
    @functools.wraps(function)
    async def await_it(*args: Any, **kwargs: Any) -> Any:
        call = begin(args, kwargs)
        if call is None:
            return await function(*args, **kwargs)
        token = otel_context.attach(call.context)
        try:
            return await function(*args, **kwargs)
        except Exception as error:
            call.failed(error)
            raise
        finally:
            leave(token)
            call.ended()

    return await_it


def _generator(function: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    @functools.wraps(function)
    def iterate_it(*args: Any, **kwargs: Any) -> Any:
        generator = function(*args, **kwargs)
        call = begin(args, kwargs)
        if call is None:
            return (yield from generator)
        context = call.context
        step, value = generator.send, None
        try:
            while True:
                token = otel_context.attach(context)
                try:
                    item = step(value)
                except StopIteration as end:
                    return end.value
                finally:
                    value = None  # an exception that was thrown in would hold this frame
                    context = otel_context.get_current()  # a block of the body may be open
                    leave(token)
                try:
                    step, value = generator.send, (yield item)
                except BaseException as thrown:  # GeneratorExit too: the body may answer it
                    step, value = generator.throw, thrown
        except Exception as error:
            call.failed(error)
            raise
        finally:
            call.ended()

    return iterate_it


def _async_generator(function: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    @functools.wraps(function)
    async def iterate_it(*args: Any, **kwargs: Any) -> Any:
        generator = function(*args, **kwargs)
        call = begin(args, kwargs)
        context = None if call is None else call.context
        step, value = generator.asend, None
        try:
            while True:
                token = None if context is None else otel_context.attach(context)
                try:
                    item = await step(value)
                except StopAsyncIteration:
                    return
                finally:
                    value = None
                    if token is not None:
                        context = otel_context.get_current()
                        leave(token)
                try:
                    step, value = generator.asend, (yield item)
                except BaseException as thrown:
                    step, value = generator.athrow, thrown
        except Exception as error:
            if call is not None:
                call.failed(error)
            raise
        finally:
            if call is not None:
                call.ended()

    return iterate_it
