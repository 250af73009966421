"""Counting errors by their type: by hand, around a block, or around a function."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar, overload

from opentelemetry import metrics as api
from opentelemetry.util.types import AttributeValue

from otel_kit import semconv
from otel_kit.logs.exceptions import exception_type
from otel_kit.metrics.around import around
from otel_kit.metrics.instruments import Attributes, merged

Function = TypeVar("Function", bound=Callable[..., Any])


class ErrorCounter:
    """Counts errors with ``error.type``; it never keeps one from the application.

    with errors: ...                   # also `async with`; counts what leaves the block
    @errors                            # also @errors(step="pay"); any kind of function
    errors.count(error, step="pay")    # one that was caught: an exception, its class, or a word
    """

    def __init__(self, name: str, counter: api.Counter, attributes: Attributes | None = None) -> None:
        self.name = name
        self._counter = counter
        self._attributes = attributes

    def count(
        self, error: BaseException | type[BaseException] | str, /, attributes: Attributes | None = None,
        **more: AttributeValue,
    ) -> None:  # fmt: skip
        """Count one error."""
        found = {**(self._attributes or {}), **(merged(attributes, more) or {}), semconv.ERROR_TYPE: _type_of(error)}
        self._counter.add(1, found)

    @overload
    def __call__(self, function: Function, /) -> Function: ...
    @overload
    def __call__(
        self, given: Attributes | None = None, /, attributes: Attributes | None = None, **more: AttributeValue
    ) -> Callable[[Function], Function]: ...
    def __call__(self, given: Any = None, /, attributes: Attributes | None = None, **more: AttributeValue) -> Any:
        """Return a function whose errors are counted; or, without one, the decorator for it."""
        if callable(given) or isinstance(given, staticmethod | classmethod):
            return around(given, lambda: self)
        both = {**(self._attributes or {}), **(merged(attributes or given, more) or {})}
        labelled = ErrorCounter(self.name, self._counter, both)
        return lambda function: around(function, lambda: labelled)

    def __enter__(self) -> ErrorCounter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Cancelling, an interrupt and the end of the process are no errors.
        if isinstance(error, Exception):
            self.count(error)

    async def __aenter__(self) -> ErrorCounter:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)


def _type_of(error: object) -> str:
    if isinstance(error, BaseException):
        return exception_type(error)
    if isinstance(error, type):
        return error.__qualname__ if error.__module__ == "builtins" else f"{error.__module__}.{error.__qualname__}"
    return error if isinstance(error, str) and error else semconv.OTHER
