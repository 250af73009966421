"""What another process needs to go on with the work at hand: plain values that can be pickled, and back.

What comes back may have been through a queue: it can be anything, and what cannot be read is as if it were not there.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from opentelemetry import baggage, trace
from opentelemetry import context as otel_context
from opentelemetry.context import Context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from otel_kit import semconv
from otel_kit.context import bound, with_request_scope
from otel_kit.ids import is_request_id
from otel_kit.redaction.snapshot import plain

_TRACE_CONTEXT = TraceContextTextMapPropagator()
_MAX_VALUES = 64
_MAX_NAME = 256
_MAX_TEXT = 8192


def packed() -> dict[str, dict[str, Any]] | None:
    """Return trace context, baggage and bound values as they are, for a process of one's own; None without any."""
    context = otel_context.get_current()
    if not context:
        return None
    fields: dict[str, str] = {}
    _TRACE_CONTEXT.inject(fields, context)
    parcel = {
        "trace": fields,
        "baggage": {name: plain(value) for name, value in baggage.get_all(context).items()},
        "bound": dict(bound(context)),
    }
    return parcel if any(parcel.values()) else None


def unpacked(parcel: object) -> Context:
    """Return a context with what ``packed`` has put in, and a scope of its own. Never raises."""
    trace_fields, its_baggage, its_bound = (_part(parcel, name) for name in ("trace", "baggage", "bound"))
    texts = {name: value for name, value in trace_fields.items() if isinstance(value, str) and value.isascii()}
    context = _TRACE_CONTEXT.extract(texts, Context())
    for name, value in its_baggage.items():
        context = baggage.set_baggage(name, value, context)
    return with_request_scope(context, bindable(its_bound), trace.INVALID_SPAN)


def bindable(values: object) -> dict[str, Any]:
    """Return of ``values`` what can be bound: names of attributes, plain values, a request id that is one."""
    kept = {name: plain(value) for name, value in _members(values).items() if value is not None}
    if not is_request_id(str(kept.get(semconv.REQUEST_ID, ""))):
        kept.pop(semconv.REQUEST_ID, None)
    return kept


def _part(parcel: object, name: str) -> dict[str, Any]:
    return _members(parcel.get(name)) if type(parcel) is dict else {}


def _members(values: object) -> dict[str, Any]:
    """Return the members that are of a fit size under names that are."""
    if type(values) is not dict:
        return {}
    return {
        name: value
        for name, value in islice(values.items(), _MAX_VALUES)
        if type(name) is str
        and 0 < len(name) <= _MAX_NAME
        and not (isinstance(value, str | bytes) and len(value) > _MAX_TEXT)
    }
