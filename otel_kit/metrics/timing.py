"""Durations: a timer as context manager and decorator, for synchronous and asynchronous code."""

from __future__ import annotations

import contextvars
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, TypeVar, overload

from opentelemetry import metrics as api
from opentelemetry.util.types import AttributeValue

from otel_kit import semconv
from otel_kit.logs.exceptions import exception_type
from otel_kit.metrics import misuse
from otel_kit.metrics.around import around
from otel_kit.metrics.instruments import Attributes, merged, usable

Function = TypeVar("Function", bound=Callable[..., Any])
_LEFT_OPEN_AT_MOST = 1000


class Timing:
    """One duration that is being measured. Attributes that are known only at the end are added to ``attributes``."""

    __slots__ = ("_began", "_timer", "attributes")

    def __init__(self, timer: Timer, attributes: Mapping[str, AttributeValue] | None) -> None:
        self._timer = timer
        self.attributes: dict[str, AttributeValue] = dict(attributes or {})
        self._began = time.perf_counter()

    def __enter__(self) -> Timing:
        self._began = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        seconds = time.perf_counter() - self._began
        # A generator that is closed early has not failed.
        if error is not None and not isinstance(error, GeneratorExit):
            self.attributes.setdefault(semconv.ERROR_TYPE, exception_type(error))
        self._timer.record(seconds, self.attributes)

    async def __aenter__(self) -> Timing:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)


class Timer:
    """Measures how long something takes, in seconds; what fails is measured too, with ``error.type``.

        with timer: ...                                  # also `async with`
        with timer.time(kind="card") as timing: ...      # with attributes; more by timing.attributes["..."] = ...
        @timer                                           # also @timer(kind="card"); any kind of function

    One timer may be used at the same time by many threads and tasks. In generators that one framework's threads take
    turns in (FastAPI's synchronous dependencies with ``yield``) use ``timer.time()``, which belongs to one use.
    """

    def __init__(self, name: str, histogram: api.Histogram) -> None:
        self.name = name
        self._histogram = histogram
        self._open: contextvars.ContextVar[tuple[Timing, ...]] = contextvars.ContextVar(f"otel-kit timer {name}")
        self._all_open: dict[int, Timing] = {}

    def record(self, seconds: float, /, attributes: Attributes | None = None, **more: AttributeValue) -> None:
        """Record a duration that was measured elsewhere."""
        number = usable(seconds, 1, may_fall=False)
        if number is not None:
            self._histogram.record(number, merged(attributes, more))

    def time(self, attributes: Attributes | None = None, **more: AttributeValue) -> Timing:
        """Return a context manager for one use, which records with these attributes."""
        return Timing(self, merged(attributes, more))

    @overload
    def __call__(self, function: Function, /) -> Function: ...
    @overload
    def __call__(
        self, given: Attributes | None = None, /, attributes: Attributes | None = None, **more: AttributeValue
    ) -> Callable[[Function], Function]: ...
    def __call__(self, given: Any = None, /, attributes: Attributes | None = None, **more: AttributeValue) -> Any:
        """Return a function each of whose calls is measured; or, without one, the decorator for it."""
        if callable(given) or isinstance(given, staticmethod | classmethod):
            return around(given, self.time)
        attributes = merged(attributes or given, more)
        return lambda function: around(function, lambda: self.time(attributes))

    def __enter__(self) -> Timing:
        timing = Timing(self, None)
        self._open.set((*self._open.get(()), timing))
        if len(self._all_open) < _LEFT_OPEN_AT_MOST:
            self._all_open[id(timing)] = timing
        return timing

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        timing = self._begun_here() or self._only_one()
        if timing is None:
            misuse.count("timer", RuntimeError("a timer was left where it was not entered; use timer.time()"))
        else:
            self._all_open.pop(id(timing), None)
            timing.__exit__(kind, error, trace)

    async def __aenter__(self) -> Timing:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def _begun_here(self) -> Timing | None:
        """Return the innermost use of this task or thread."""
        began = self._open.get(())
        if not began:
            return None
        self._open.set(began[:-1])
        return began[-1]

    def _only_one(self) -> Timing | None:
        """Return the use that another thread has begun, if there is no doubt which."""
        found = list(self._all_open.values())
        return found[0] if len(found) == 1 else None
