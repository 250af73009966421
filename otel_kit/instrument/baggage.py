"""Baggage and trace state on their way out: only what is allowed goes to other services, and redacted.

Instrumented clients send the current baggage with every request, to third parties as well. OpenTelemetry has no list of
what may leave; this is one, around whatever propagator is set. Trace state, which callers fill, goes on as W3C wants
it, except entries that a rule finds something in.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Any

from opentelemetry import baggage, trace
from opentelemetry.context import Context
from opentelemetry.propagators.textmap import Getter, Setter, TextMapPropagator, default_getter, default_setter
from opentelemetry.trace.span import TraceState


class BaggageGuard(TextMapPropagator):
    """Another propagator, with baggage and trace state filtered on injection. Extraction is the other's own matter."""

    def __init__(self, inner: TextMapPropagator, allowed: Set[str], redact: Callable[[str, object], object]) -> None:
        # A second start of the kit must not put a guard around a guard.
        self.inner: TextMapPropagator = inner.inner if isinstance(inner, BaggageGuard) else inner
        self._allowed = allowed
        self._redact = redact

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

    def _guarded(self, context: Context | None) -> Context | None:
        for name, value in baggage.get_all(context).items():
            if name not in self._allowed:
                context = baggage.remove_baggage(name, context)
            elif (shown := self._redact(name, value)) != value:
                context = baggage.set_baggage(name, shown, context)
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
        return self._redact("", key) == key and self._redact(key, value) == value
