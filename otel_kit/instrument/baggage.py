"""Baggage and trace state on their way out: only what is allowed goes to other services, and redacted.

Instrumented clients send the current baggage with every request, to third parties as well. OpenTelemetry has no list of
what may leave; this is one, around whatever propagator is set. Names on it take bound values along, too: on the other
side, in a service that lists the name as well, they are bound again. Trace state, which callers fill, goes on as W3C
wants it, except entries that a rule finds something in.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Set
from typing import Any

from opentelemetry import baggage, propagate, trace
from opentelemetry.context import Context
from opentelemetry.propagators.textmap import Getter, Setter, TextMapPropagator, default_getter, default_setter
from opentelemetry.trace.span import TraceState

from otel_kit import semconv
from otel_kit.context import attribute_name, bound
from otel_kit.ids import is_request_id

_MAX_TEXT = 4096  # bytes of one member (W3C Baggage, section 3.3.2, an old limit that everybody keeps)


def _count_nothing(_place: str, _error: BaseException) -> None:
    """Stand in for the count of faults before there is one."""


class BaggageGuard(TextMapPropagator):
    """Another propagator, with baggage and trace state filtered on injection. Extraction is the other's own matter."""

    def __init__(
        self,
        inner: TextMapPropagator,
        allowed: Set[str],
        redact: Callable[[str, object], object],
        count_fault: Callable[[str, BaseException], None] = _count_nothing,
    ) -> None:
        # A second start of the kit must not put a guard around a guard.
        self.inner: TextMapPropagator = inner.inner if isinstance(inner, BaggageGuard) else inner
        self.allowed = allowed
        self.redact = redact
        self.count_fault = count_fault
        self._attributes = {name: attribute_name(name) for name in allowed}

    @property
    def fields(self) -> set[str]:
        """The headers of the other propagator."""
        return self.inner.fields

    def extract(self, carrier: Any, context: Context | None = None, getter: Getter[Any] = default_getter) -> Context:
        """Return what the other propagator extracts."""
        return self.inner.extract(carrier, context, getter)

    def inject(self, carrier: Any, context: Context | None = None, setter: Setter[Any] = default_setter) -> None:
        """Let the other propagator inject a context that holds allowed baggage only."""
        self.inner.inject(carrier, self._guarded(context), setter)

    def bound_by(self, context: Context) -> Mapping[str, Any]:
        """Return the allowed baggage of a peer that is trusted, as what it binds here."""
        if not self._attributes:
            return {}
        values: dict[str, Any] = {}
        for name, value in baggage.get_all(context).items():
            attribute = self._attributes.get(name)
            if attribute is None or not isinstance(value, str) or len(value) > _MAX_TEXT:
                continue
            if attribute != semconv.REQUEST_ID or is_request_id(value):
                values[attribute] = value
        return values

    def _guarded(self, context: Context | None) -> Context | None:
        present = baggage.get_all(context)
        values = bound(context) if self._attributes else {}
        for name, value in present.items():
            if name not in self.allowed:
                context = baggage.remove_baggage(name, context)
            elif (shown := self.redact(name, value)) != value:
                context = baggage.set_baggage(name, shown, context)
        for name, attribute in self._attributes.items():
            value = values.get(attribute)
            if name not in present and isinstance(value, str | int | float):
                context = baggage.set_baggage(name, str(self.redact(attribute, value)), context)
        return self._with_clean_state(context)

    def _with_clean_state(self, context: Context | None) -> Context | None:
        span = trace.get_current_span(context).get_span_context()
        items = list(span.trace_state.items())
        kept = [(key, value) for key, value in items if self._is_clean(key, value)]
        if len(kept) == len(items):
            return context
        clean = trace.SpanContext(span.trace_id, span.span_id, span.is_remote, span.trace_flags, TraceState(kept))
        return trace.set_span_in_context(trace.NonRecordingSpan(clean), context)

    def _is_clean(self, key: str, value: str) -> bool:
        return self.redact("", key) == key and self.redact(key, value) == value


def _keep(_name: str, value: object) -> object:
    return value


def running_guard() -> BaggageGuard | None:
    """Return the running kit's guard; None without a kit, or when the application has set another propagator since."""
    propagator = propagate.get_global_textmap()
    return propagator if isinstance(propagator, BaggageGuard) else None


def guard_in_force() -> BaggageGuard:
    """Return the running kit's guard; without one, a guard that lets no baggage out."""
    return running_guard() or BaggageGuard(propagate.get_global_textmap(), frozenset(), _keep)


@functools.lru_cache(maxsize=4)
def propagation_headers(propagator: TextMapPropagator) -> frozenset[bytes]:
    """Return the headers that a propagator reads; the application may set another one at any time."""
    return frozenset(name.lower().encode() for name in propagator.fields)
