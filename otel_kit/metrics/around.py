"""A function that does something around each of its calls, whatever kind of function it is."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])
Enter = Callable[[], AbstractContextManager[Any]]


def around(function: Function, enter: Enter) -> Function:
    """Return ``function`` with ``enter()`` around each call: until it returns, and for generators until they end.

    The result is of the same kind (function, coroutine function, generator, asynchronous generator, static or class
    method) and has the same name and signature.
    """
    if isinstance(function, staticmethod | classmethod):
        return cast(Function, type(function)(around(function.__func__, enter)))
    if inspect.iscoroutinefunction(function):
        wrapped: Any = _coroutine(function, enter)
    elif inspect.isasyncgenfunction(function):
        wrapped = _async_generator(function, enter)
    elif inspect.isgeneratorfunction(function):
        wrapped = _generator(function, enter)
    else:
        wrapped = _function(function, enter)
    return cast(Function, functools.wraps(function)(wrapped))


def _function(function: Callable[..., Any], enter: Enter) -> Callable[..., Any]:
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with enter():
            return function(*args, **kwargs)

    return wrapped


def _coroutine(function: Callable[..., Any], enter: Enter) -> Callable[..., Any]:
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        with enter():
            return await function(*args, **kwargs)

    return wrapped


def _generator(function: Callable[..., Any], enter: Enter) -> Callable[..., Any]:
    def wrapped(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with enter():
            return (yield from function(*args, **kwargs))

    return wrapped


def _async_generator(function: Callable[..., Any], enter: Enter) -> Callable[..., Any]:
    async def wrapped(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        inner = function(*args, **kwargs)
        with enter():
            try:
                item = await anext(inner)
                while True:
                    try:
                        sent = yield item
                    except GeneratorExit:
                        raise
                    except BaseException as error:  # thrown in by the caller: the generator decides
                        item = await inner.athrow(error)
                    else:
                        item = await inner.asend(sent)
            except StopAsyncIteration:
                return
            finally:
                await inner.aclose()

    return wrapped
