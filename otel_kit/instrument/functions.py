"""``@traced`` and ``@monitored``: a span, and figures, for each call of a function.

All kinds of functions: sync and async ones, generators and async generators, whose span is current while their body
runs and not between two steps. Before ``init`` a call costs next to nothing more.
"""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, overload

from opentelemetry import context as otel_context
from opentelemetry import metrics, trace
from opentelemetry.trace import Span, SpanKind

from otel_kit import semconv
from otel_kit.around import around
from otel_kit.instrument.baggage import guard_in_force
from otel_kit.instrument.captured_arguments import Argument, arguments_to_capture, captured
from otel_kit.instrument.carriers import links_in_force
from otel_kit.instrument.exceptions import record_exception_once
from otel_kit.logs.exceptions import exception_type
from otel_kit.redaction.snapshot import plain
from otel_kit.version import __version__

F = TypeVar("F", bound="Callable[..., Any] | staticmethod[..., Any] | classmethod[Any, ..., Any]")
Kind = Literal["internal", "server", "client", "producer", "consumer"]
_KINDS = {kind.name.lower(): kind for kind in SpanKind}
# They end an iteration or a call that nobody wants any more; asyncio's is no Exception.
_NO_FAILURES = (StopIteration, StopAsyncIteration, concurrent.futures.CancelledError)

_tracer = trace.get_tracer(semconv.SCOPE_NAME, __version__, schema_url=semconv.SCHEMA_URL)
_meter = metrics.get_meter(semconv.SCOPE_NAME, __version__, schema_url=semconv.SCHEMA_URL)
_duration = _meter.create_histogram(
    semconv.FUNCTION_DURATION,
    unit="s",
    description="Duration of monitored functions.",
    explicit_bucket_boundaries_advisory=semconv.FUNCTION_DURATION_BOUNDARIES,
)
_errors = _meter.create_counter(
    semconv.FUNCTION_ERRORS, unit="{error}", description="Exceptions that left monitored functions."
)


@overload
def traced(function: F, /) -> F: ...


@overload
def traced(
    *,
    name: str | None = None,
    capture: Iterable[str] = (),
    kind: Kind | SpanKind = "internal",
    attributes: Mapping[str, Any] | None = None,
) -> Callable[[F], F]: ...


def traced(
    function: Any = None,
    /,
    *,
    name: str | None = None,
    capture: Iterable[str] = (),
    kind: Kind | SpanKind = "internal",
    attributes: Mapping[str, Any] | None = None,
) -> Any:
    """Decorate a function so that each call has a span; with or without arguments.

    Args:
        function: what is decorated: a function or method of any kind, below or above ``@staticmethod``.
        name: the span's; default the function's qualified name.
        capture: parameters whose arguments become attributes ``otel_kit.function.argument.<name>``, redacted on their
            way out. No other argument is recorded.
        kind: the span's, such as ``client`` for a call to another service.
        attributes: further attributes of every span.

    An exception that leaves the function is recorded with its stack, once in a trace: by the innermost function; the
    others get the status ``ERROR``. The end of an iteration and a cancelled task are no errors. A call raises what the
    function raises and nothing else.

    Raises:
        TypeError: a class, or what is no function, is decorated.
        ValueError: the function has no parameter that ``capture`` names, or there is no such kind of span.
    """
    return _decorator(function, _Wanted(name, capture, kind, attributes or {}, measured=False))


@overload
def monitored(function: F, /) -> F: ...


@overload
def monitored(
    *,
    name: str | None = None,
    capture: Iterable[str] = (),
    kind: Kind | SpanKind = "internal",
    attributes: Mapping[str, Any] | None = None,
) -> Callable[[F], F]: ...


def monitored(
    function: Any = None,
    /,
    *,
    name: str | None = None,
    capture: Iterable[str] = (),
    kind: Kind | SpanKind = "internal",
    attributes: Mapping[str, Any] | None = None,
) -> Any:
    """Do what ``traced`` does, and measure: ``otel_kit.function.duration`` (seconds), ``otel_kit.function.errors``.

    Both carry ``code.function.name``, errors also ``error.type``; exemplars lead to the spans. The duration of a
    generator is from its first step to its end, the time of its consumer included.

    Raises:
        TypeError, ValueError: as ``traced``.
    """
    return _decorator(function, _Wanted(name, capture, kind, attributes or {}, measured=True))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The arguments of a decorator."""

    name: str | None
    capture: Iterable[str]
    kind: str | SpanKind
    attributes: Mapping[str, Any]
    measured: bool


def _decorator(function: Any, wanted: _Wanted) -> Any:
    if function is None:
        return lambda function: _decorated(function, wanted)
    return _decorated(function, wanted)


def _decorated(function: Any, wanted: _Wanted) -> Any:
    if isinstance(function, staticmethod | classmethod):
        return type(function)(_decorated(function.__func__, wanted))
    word = "monitored" if wanted.measured else "traced"
    if isinstance(function, type):
        raise TypeError(f"@{word} is for functions, {function.__qualname__} is a class: decorate its methods")
    if isinstance(function, str):
        raise TypeError(f"@{word}({function!r}): the name of the span is given as name={function!r}")
    if not callable(function):
        raise TypeError(f"@{word} is for functions, this is a {type(function).__name__}; decorate below a property")
    return around(function, _plan(function, wanted).begin)


def _plan(function: Callable[..., Any], wanted: _Wanted) -> _Plan:
    kind = wanted.kind if isinstance(wanted.kind, SpanKind) else _KINDS.get(wanted.kind)
    if kind is None:
        raise ValueError(f"kind: {wanted.kind!r} is none of {', '.join(_KINDS)}")
    inner = getattr(function, "func", function)  # of a partial
    qualified = str(getattr(inner, "__qualname__", type(inner).__qualname__))
    full_name = f"{getattr(inner, '__module__', '')}.{qualified}"
    return _Plan(
        name=wanted.name or qualified.rpartition("<locals>.")[2],
        kind=kind,
        attributes={
            semconv.CODE_FUNCTION_NAME: full_name,
            **{name: plain(value) for name, value in wanted.attributes.items()},
        },
        arguments=arguments_to_capture(function, wanted.capture),
        series={semconv.CODE_FUNCTION_NAME: full_name} if wanted.measured else None,
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is settled about a function when it is decorated. ``series`` are the attributes of its figures."""

    name: str
    kind: SpanKind
    attributes: Mapping[str, Any]
    arguments: tuple[Argument, ...]
    series: Mapping[str, str] | None

    def begin(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> _Call | None:
        """Start the span of a call; None when nobody has set up OpenTelemetry."""
        if trace._TRACER_PROVIDER is None:  # as the API's own proxies ask: this must cost next to nothing
            return None
        try:
            context = otel_context.get_current()
            links = links_in_force(context)
            span = _tracer.start_span(self.name, context, self.kind, self.attributes, links)
            if self.arguments and span.is_recording():
                span.set_attributes(captured(self.arguments, args, kwargs))
            return _Call(self, span, trace.set_span_in_context(span, context))
        except Exception as error:
            guard_in_force().count_fault("traced", error)
            return None


class _Call:
    """One call of a decorated function."""

    __slots__ = ("_began", "_plan", "_span", "context")

    def __init__(self, plan: _Plan, span: Span, context: otel_context.Context) -> None:
        self._plan = plan
        self._span = span
        self.context = context
        self._began = time.perf_counter()

    def failed(self, error: Exception) -> None:
        """Record what leaves the function, unless that only ends an iteration."""
        if isinstance(error, _NO_FAILURES):
            return
        try:
            record_exception_once(self._span, error)
            if self._plan.series is not None:
                attributes = {**self._plan.series, semconv.ERROR_TYPE: exception_type(error)}
                _errors.add(1, attributes, context=self.context)
        except Exception as fault:
            guard_in_force().count_fault("traced", fault)

    def ended(self) -> None:
        """End the span."""
        try:
            if self._plan.series is not None:
                _duration.record(time.perf_counter() - self._began, self._plan.series, context=self.context)
            self._span.end()
        except Exception as fault:
            guard_in_force().count_fault("traced", fault)
