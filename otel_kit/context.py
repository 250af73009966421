"""What is bound to the work at hand: user, session, tenant, request; it reaches spans and log records.

The values live in OpenTelemetry's context, so whatever carries that over awaits, threads and executors carries these
too. A request has one shared scope: what a dependency in a worker thread binds is there for the handler after it.
Outside requests, and inside ``with`` blocks, each task has its own.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from opentelemetry import context as otel_context
from opentelemetry import trace

from otel_kit import semconv
from otel_kit.around import around
from otel_kit.ids import is_request_id, new_request_id
from otel_kit.redaction.snapshot import plain, text_of

F = TypeVar("F", bound="Callable[..., Any] | staticmethod[..., Any] | classmethod[Any, ..., Any]")
_KEY = otel_context.create_key("otel_kit.bound")
_NAMES = {
    "user_id": semconv.USER_ID,
    "session_id": semconv.SESSION_ID,
    "tenant": semconv.TENANT,
    "request_id": semconv.REQUEST_ID,
}
_NOTHING: Mapping[str, Any] = {}


class _Scope:
    """Bound values; the mapping is replaced, never changed in place.

    ``span`` is the request's, which gets what is bound later. ``block`` tells the ``with`` block that made the scope.
    Only the scope of a request has a lock: threads and tasks of the request write to it.
    """

    __slots__ = ("block", "lock", "span", "values")

    def __init__(
        self,
        values: Mapping[str, Any],
        span: trace.Span | None = None,
        block: object = None,
        lock: threading.Lock | None = None,
    ) -> None:
        self.values = values
        self.span = span
        self.block = block
        self.lock = lock


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
    conventions' attribute names, other names stay as they are. A value of None removes. A request id that is not made
    of 1 to 64 of the characters ``A-Z a-z 0-9 . _ -`` is replaced by a new one. Spans that run already get the values
    too. Never raises, never blocks.
    """

    def __init__(self, **values: Any) -> None:
        self._values = {attribute_name(name): plain(value) for name, value in values.items()}
        if (request_id := self._values.get(semconv.REQUEST_ID)) is not None:
            self._values[semconv.REQUEST_ID] = _request_id(request_id)
        self._blocks: list[_Block] = []
        # Nobody can tell a plain call from one whose result is about to be used; the other uses take this back.
        self._take_back: Callable[[], object] = _bind_from_here_on(self._values)

    def __enter__(self) -> bind:
        self._become_block()
        block = _Block(self._values)
        self._blocks.append(block)
        block.__enter__()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._blocks.pop().__exit__(*exc_info)

    def __call__(self, function: F) -> F:
        """Return ``function`` with the values bound around each call; async functions and generators included.

        Raises TypeError for a class, which would be none afterwards, and for what cannot be called.
        """
        self._become_block()
        if isinstance(function, staticmethod | classmethod):
            return cast(F, type(function)(self(function.__func__)))
        if isinstance(function, type):
            raise TypeError(f"@bind is for functions, {function.__qualname__} is a class: decorate its methods")
        if not callable(function):
            raise TypeError(f"@bind is for functions, this is a {type(function).__name__}; decorate below a property")
        return cast(F, around(function, lambda _args, _kwargs: _BoundCall(self._values)))

    def _become_block(self) -> None:
        take_back, self._take_back = self._take_back, lambda: None
        take_back()


class _Block:
    """A scope of its own for the length of a block: concurrent blocks do not see each other's values."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __enter__(self) -> None:
        self._before = otel_context.get_current()
        otel_context.attach(_with_block(self._values, self))

    def __exit__(self, *exc_info: object) -> None:
        scope = _scope()
        # A generator's block may be left in another copy of the context, as FastAPI does with dependencies that yield:
        # there the values may not be bound, and for a token OpenTelemetry would log an error.
        if scope is not None and scope.block is self:
            otel_context.attach(self._before)


class _BoundCall:
    """The context of one call of a decorated function."""

    __slots__ = ("context",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.context = _with_block(values, self)

    def failed(self, error: Exception) -> None:
        """Let it pass."""

    def ended(self) -> None:
        """Have nothing to end."""


def attribute_name(name: str) -> str:
    """Return the attribute that a bound name becomes: ``user_id`` is ``user.id``."""
    return _NAMES.get(name, name)


def bound(context: otel_context.Context | None = None) -> Mapping[str, Any]:
    """Return the bound values as attributes; do not change the mapping."""
    scope = _scope(context)
    return _NOTHING if scope is None else scope.values


def with_request_scope(
    context: otel_context.Context, values: Mapping[str, Any], span: trace.Span | None = None
) -> otel_context.Context:
    """Return ``context`` with a scope of its own for one request; ``span`` gets what is bound later."""
    return otel_context.set_value(_KEY, _Scope(dict(values), span, lock=threading.Lock()), context)


def is_within(context: otel_context.Context) -> bool:
    """Whether the scope of ``context`` is the one in force here and now."""
    return _scope() is _scope(context)


def current() -> Current:
    """Return the ids of the work at hand: in a request, its handlers of exceptions, a task, a job."""
    span_context = trace.get_current_span().get_span_context()
    values = bound()
    valid = span_context.is_valid
    return Current(
        trace.format_trace_id(span_context.trace_id) if valid else None,
        trace.format_span_id(span_context.span_id) if valid else None,
        values.get(semconv.REQUEST_ID),
        dict(values),
    )


def _scope(context: otel_context.Context | None = None) -> _Scope | None:
    scope = otel_context.get_value(_KEY, context)
    return scope if isinstance(scope, _Scope) else None


def _with_block(values: Mapping[str, Any], block: object) -> otel_context.Context:
    """Return the current context with ``values`` in a scope of its own; spans that run already get them too."""
    outer = _scope()
    scope = _Scope(_merged(bound(), values), outer.span if outer else None, block=block)
    _mark_spans(scope.span, values)
    return otel_context.set_value(_KEY, scope)


def _request_id(value: object) -> str:
    text = text_of(value)
    return text if is_request_id(text) else new_request_id()


def _bind_from_here_on(values: Mapping[str, Any]) -> Callable[[], object]:
    """Bind values, and return what undoes it if nothing else has happened in between."""
    scope = _scope()
    _mark_spans(scope.span if scope else None, values)
    if scope is None or scope.lock is None:
        inner = _Scope(_merged(bound(), values), scope.span if scope else None, scope.block if scope else None)
        outer = otel_context.get_current()
        otel_context.attach(otel_context.set_value(_KEY, inner))
        return lambda: otel_context.attach(outer) if _scope() is inner else None
    with scope.lock:
        before = scope.values
        scope.values = _merged(before, values)
    return lambda: _restore(scope, values, before)


def _restore(scope: _Scope, values: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """Give ``values`` of a request's scope back what they were; what others have bound since stays."""
    assert scope.lock is not None
    with scope.lock:
        scope.values = _merged(scope.values, {name: before.get(name) for name in values})


def _merged(values: Mapping[str, Any], more: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in {**values, **more}.items() if value is not None}


def _mark_spans(request_span: trace.Span | None, values: Mapping[str, Any]) -> None:
    """Give the values to the spans that run already: the current one and the request's own."""
    current_span = trace.get_current_span()
    spans = [current_span] if request_span is None or request_span is current_span else [current_span, request_span]
    for span in spans:
        if span.is_recording():
            for name, value in values.items():
                if value is not None:
                    span.set_attribute(name, value)


def _renew_lock() -> None:
    """Another thread may have held the lock of the scope when this process was forked."""
    scope = _scope()
    if scope is not None and scope.lock is not None:
        scope.lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)
