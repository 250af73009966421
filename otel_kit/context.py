"""What is bound to the work at hand: user, session, tenant, request; it reaches spans and log records.

The values live in OpenTelemetry's context, so whatever carries that over awaits, threads and executors carries these
too. A request has one shared scope: what a dependency in a worker thread binds is there for the handler after it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from opentelemetry import context as otel_context
from opentelemetry import trace

from otel_kit import semconv

F = TypeVar("F", bound=Callable[..., Any])
_KEY = otel_context.create_key("otel_kit.bound")
_NAMES = {
    "user_id": semconv.USER_ID,
    "session_id": semconv.SESSION_ID,
    "tenant": semconv.TENANT,
    "request_id": semconv.REQUEST_ID,
}
_NOTHING: Mapping[str, Any] = {}


class _Scope:
    """Bound values shared by everything under one context; replaced, never changed in place."""

    __slots__ = ("span", "values")

    def __init__(self, values: Mapping[str, Any], span: trace.Span | None = None) -> None:
        self.values = values
        self.span = span


@dataclass(frozen=True, slots=True)
class Current:
    """The ids to show to a user who reports an error; None where there is none."""

    trace_id: str | None
    span_id: str | None
    request_id: str | None
    bound: Mapping[str, Any]


class bind:  # noqa: N801 - used like a function: a call, a context manager, a decorator
    """Bind values to what happens from here on.

    Plain ``bind(user_id="42")`` holds until the request (or task, without a request) ends; ``with bind(...)`` until
    the block ends; ``@bind(...)`` around each call. ``user_id``, ``session_id``, ``tenant`` and ``request_id`` get the
    conventions' attribute names, other names stay as they are. A value of None removes. Never raises, never blocks.
    """

    def __init__(self, **values: Any) -> None:
        self._values = {_NAMES.get(name, name): value for name, value in values.items()}
        self._token: Any = None
        self._scope, self._before = _scope_to_write()
        self._scope.values = _merged(self._scope.values, self._values)
        _mark_spans(self._scope, self._values)

    def __enter__(self) -> bind:
        # A block has its own scope: concurrent blocks of one request do not see each other's values.
        self._undo()
        values = _merged(bound(), self._values)
        span = self._scope.span
        self._token = otel_context.attach(otel_context.set_value(_KEY, _Scope(values, span)))
        return self

    def __exit__(self, *exc_info: object) -> None:
        token, self._token = self._token, None
        if token is not None:
            otel_context.detach(token)

    def __call__(self, function: F) -> F:
        """Return ``function`` with the values bound around each call; coroutine functions included."""
        self._undo()
        values = self._values
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def around_await(*args: Any, **kwargs: Any) -> Any:
                with _Block(values):
                    return await function(*args, **kwargs)

            return cast(F, around_await)

        @functools.wraps(function)
        def around(*args: Any, **kwargs: Any) -> Any:
            with _Block(values):
                return function(*args, **kwargs)

        return cast(F, around)

    def _undo(self) -> None:
        self._scope.values = self._before


class _Block:
    """A scope for the length of a block."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __enter__(self) -> None:
        scope = _Scope(_merged(bound(), self._values))
        self._token = otel_context.attach(otel_context.set_value(_KEY, scope))

    def __exit__(self, *exc_info: object) -> None:
        otel_context.detach(self._token)


def bound(context: otel_context.Context | None = None) -> Mapping[str, Any]:
    """Return the bound values as attributes; do not change the mapping."""
    scope = otel_context.get_value(_KEY, context)
    return scope.values if isinstance(scope, _Scope) else _NOTHING


def with_request_scope(
    context: otel_context.Context, values: Mapping[str, Any], span: trace.Span | None = None
) -> otel_context.Context:
    """Return ``context`` with a scope of its own for one request; ``span`` gets what is bound later."""
    return otel_context.set_value(_KEY, _Scope(dict(values), span), context)


def current() -> Current:
    """Return the ids of the work at hand."""
    span_context = trace.get_current_span().get_span_context()
    values = bound()
    valid = span_context.is_valid
    return Current(
        trace.format_trace_id(span_context.trace_id) if valid else None,
        trace.format_span_id(span_context.span_id) if valid else None,
        values.get(semconv.REQUEST_ID),
        dict(values),
    )


def _scope_to_write() -> tuple[_Scope, Mapping[str, Any]]:
    scope = otel_context.get_value(_KEY)
    if not isinstance(scope, _Scope):
        scope = _Scope(_NOTHING)
        otel_context.attach(otel_context.set_value(_KEY, scope))
    return scope, scope.values


def _merged(values: Mapping[str, Any], more: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in {**values, **more}.items() if value is not None}


def _mark_spans(scope: _Scope, values: Mapping[str, Any]) -> None:
    """Spans that run already get the values too: the request's own and the current one."""
    current_span = trace.get_current_span()
    spans = [current_span] if scope.span is None or scope.span is current_span else [current_span, scope.span]
    for span in spans:
        if span.is_recording():
            for name, value in values.items():
                if value is not None:
                    span.set_attribute(name, value)
