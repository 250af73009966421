"""Functions that do something around each of their calls, as a context manager does around a block."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar, cast

from opentelemetry import context as otel_context

from otel_kit.around import around as around_calls

Function = TypeVar("Function", bound=Callable[..., Any])
Enter = Callable[[], AbstractContextManager[Any]]
# How a generator says that it is done, or is told that nobody wants more.
_ENDS = (StopIteration, StopAsyncIteration, GeneratorExit)


def around(function: Function, enter: Enter) -> Function:
    """Return ``function`` with ``enter()`` around each call: until it returns, and for generators until they end.

    The result is of the same kind (function, coroutine function, generator, asynchronous generator, static or class
    method) and has the same name and signature.
    """
    if isinstance(function, staticmethod | classmethod):
        return cast(Function, type(function)(around(function.__func__, enter)))
    return cast(Function, around_calls(function, lambda _args, _kwargs: _Within(enter())))


class _Within:
    """One call within a context manager."""

    __slots__ = ("_handled", "_manager", "context")

    def __init__(self, manager: AbstractContextManager[Any]) -> None:
        self.context = otel_context.get_current()
        self._handled = sys.exc_info()[1]  # of the caller, who may be handling an exception already
        self._manager = manager
        manager.__enter__()

    def failed(self, error: Exception) -> None:
        """Nothing yet: ``ended`` sees what leaves, cancelling too."""

    def ended(self) -> None:
        """Leave the context manager with what leaves the body."""
        error = sys.exc_info()[1]
        if error is self._handled or isinstance(error, _ENDS):
            error = None
        self._manager.__exit__(type(error) if error is not None else None, error, None)
