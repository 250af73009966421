"""Redacted copies of what the SDK hands out: the one place that knows which parts of a record can hold text.

A copy is made instead of changing the original, which application code may still hold. Everything here is total:
whatever stands in a record, a copy that can be encoded comes back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry._logs import LogRecord
from opentelemetry.attributes import BoundedAttributes
from opentelemetry.context import Context
from opentelemetry.sdk._logs import LogRecordLimits, ReadableLogRecord, ReadWriteLogRecord
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util import BoundedList
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, Status, set_span_in_context
from opentelemetry.trace.span import TraceState

from otel_kit import semconv
from otel_kit.pipeline.limits import AttributeLimits
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.masks import MARKER_START
from otel_kit.redaction.redactor import Redactor

_DEFAULT = AttributeLimits()
_NO_LIMITS = LogRecordLimits(LogRecordLimits.UNSET, LogRecordLimits.UNSET)  # a copy is cut by _bounded


class SharedResource(Resource):
    """A Resource that computes its hash once; the stock one dumps itself to JSON for every record."""

    def __init__(self, attributes: Mapping[str, Any], schema_url: str) -> None:
        super().__init__(dict(attributes), schema_url)
        self._hash = super().__hash__()

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or super().__eq__(other)


def redacted_span(
    span: ReadableSpan,
    resource: Resource,
    redactor: Redactor,
    findings: Findings,
    limits: AttributeLimits = _DEFAULT,
) -> ReadableSpan:
    """Return a redacted copy of an ended span with ``resource`` in the place of its own."""
    own = Findings()
    attributes = _cut(redactor.attributes(span.attributes, own), limits.span_length)
    copy = ReadableSpan(
        name=redactor.text(span.name, own, "span.name"),
        context=_span_context(span.get_span_context(), redactor, own),
        parent=_span_context(span.parent, redactor, own),
        resource=resource,
        events=_events(span, redactor, own, limits.part_length),
        links=_links(span, redactor, own, limits.part_length),
        kind=span.kind,
        status=_status(span.status, redactor, own),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=redacted_scope(span.instrumentation_scope, redactor, own),
        attributes=_bounded(attributes, span.dropped_attributes, own, limits.span),
    )
    findings.merge(own)
    return copy


def redacted_log(
    record: ReadableLogRecord | ReadWriteLogRecord,
    resource: Resource,
    redactor: Redactor,
    findings: Findings,
    limits: AttributeLimits = _DEFAULT,
) -> ReadWriteLogRecord:
    """Return a redacted copy of a log record with ``resource`` in the place of its own."""
    own = Findings()
    raw = record.log_record
    attributes = _cut(redactor.attributes(raw.attributes, own), limits.log_length)
    copy = LogRecord.__new__(_Record)
    copy.timestamp = raw.timestamp
    copy.observed_timestamp = raw.observed_timestamp
    copy.context = _without_live_span(raw)
    copy.trace_id = raw.trace_id
    copy.span_id = raw.span_id
    copy.trace_flags = raw.trace_flags
    copy.severity_text = (
        None if raw.severity_text is None else redactor.text(raw.severity_text, own, "log.severity_text")
    )
    copy.severity_number = raw.severity_number
    copy.body = _body(raw.body, redactor, own)
    copy.event_name = None if raw.event_name is None else redactor.text(raw.event_name, own, "log.event_name")
    copy.exception = None  # its text stands in the attributes, redacted; the live object would carry the raw one
    copy.attributes = None
    scope = redacted_scope(record.instrumentation_scope, redactor, own)
    result = ReadWriteLogRecord(copy, resource, scope, _NO_LIMITS)
    copy.attributes = _bounded(attributes, record.dropped_attributes, own, limits.log)
    findings.merge(own)
    return result


def _body(body: Any, redactor: Redactor, findings: Findings) -> Any:
    if isinstance(body, str):
        return redactor.text(body, findings, "log.body")
    findings.place = "log.body"
    return redactor.value("", body, findings)


def _without_live_span(raw: LogRecord) -> Context:
    """Return a context with the record's ids only: the live span and baggage in its own are not redacted."""
    if not raw.trace_id or not raw.span_id:
        return Context()
    ids = SpanContext(raw.trace_id, raw.span_id, is_remote=False, trace_flags=raw.trace_flags)
    return set_span_in_context(NonRecordingSpan(ids), Context())


class _Record(LogRecord):
    """A LogRecord whose fields are set one by one: its constructor would read the current context."""


def redacted_scope(
    scope: InstrumentationScope | None, redactor: Redactor, findings: Findings
) -> InstrumentationScope | None:
    """Return the scope itself when there is nothing to alter, else a redacted copy."""
    if scope is None:
        return None
    name = redactor.text(scope.name, findings, "scope.name")
    version = None if scope.version is None else redactor.text(scope.version, findings, "scope.version")
    schema_url = None if scope.schema_url is None else redactor.text(scope.schema_url, findings, "scope.schema_url")
    if not scope.attributes and (name, version, schema_url) == (scope.name, scope.version, scope.schema_url):
        return scope
    return InstrumentationScope(name, version, schema_url, redactor.attributes(scope.attributes, findings))


def redacted_resource(
    resource: Resource, redactor: Redactor, marks: Mapping[str, str], findings: Findings
) -> SharedResource:
    """Return a redacted copy of a resource with the encoder's ``marks`` written into it."""
    # The instance id may be somebody's own choice; the policy's id is the kit's and must arrive as it is.
    attributes = redactor.attributes({**resource.attributes, **marks}, findings)
    if semconv.REDACTION_POLICY in marks:
        attributes[semconv.REDACTION_POLICY] = marks[semconv.REDACTION_POLICY]
    return SharedResource(attributes, redactor.text(resource.schema_url or "", findings, "resource.schema_url"))


def _bounded(
    attributes: dict[str, Any], dropped: int, findings: Findings, most: int
) -> BoundedAttributes | dict[str, Any]:
    """Keep the first attributes and the count of the others; mark a record in which something was repaired."""
    if len(attributes) > most:
        dropped += len(attributes) - most
        attributes = dict(list(attributes.items())[:most])
    if findings.repaired or findings.errors or findings.truncated:
        attributes[semconv.REPAIRED] = True  # beyond the limit if need be
    if not dropped:
        return attributes
    bounded = BoundedAttributes(attributes=attributes, immutable=True)
    bounded.dropped = dropped
    return bounded


def _cut(value: Any, longest: int | None) -> Any:
    """Return an attribute's value with its texts cut; here, since a rule would not know half a value any more."""
    if longest is None:
        return value
    if isinstance(value, str):
        head = value[:longest]
        opened = head.rfind(MARKER_START)
        # Half a marker would be taken for a value.
        return head[:opened] if opened >= 0 and "]" not in head[opened:] else head
    if isinstance(value, list):
        return [_cut(item, longest) for item in value]
    if isinstance(value, dict):
        return {key: _cut(item, longest) for key, item in value.items()}
    return value


def _events(span: ReadableSpan, redactor: Redactor, findings: Findings, longest: int | None) -> Sequence[Event]:
    copies = []
    for event in span.events:
        copy = Event(redactor.text(event.name, findings, "event.name"), None, event.timestamp)
        attributes = _cut(redactor.attributes(event.attributes, findings), longest)
        copy._attributes = _with_dropped(attributes, event.dropped_attributes)
        copies.append(copy)
    return _bounded_list(copies, span.dropped_events)


def _links(span: ReadableSpan, redactor: Redactor, findings: Findings, longest: int | None) -> Sequence[Link]:
    copies = []
    for link in span.links:
        attributes = _cut(redactor.attributes(link.attributes, findings), longest)
        context = _span_context(link.context, redactor, findings)
        if context is not None:
            copies.append(Link(context, _with_dropped(attributes, link.dropped_attributes)))
    return _bounded_list(copies, span.dropped_links)


def _with_dropped(attributes: dict[str, Any], dropped: int) -> BoundedAttributes | dict[str, Any]:
    if not dropped:
        return attributes
    bounded = BoundedAttributes(attributes=attributes, immutable=True)
    bounded.dropped = dropped
    return bounded


def _bounded_list(items: list[Any], dropped: int) -> Sequence[Any]:
    if not dropped:
        return items
    bounded = BoundedList.from_seq(len(items) or 1, items)
    bounded.dropped = dropped
    return bounded


def _status(status: Status, redactor: Redactor, findings: Findings) -> Status:
    if not status.description:
        return status
    return Status(status.status_code, redactor.text(status.description, findings, "span.status"))


def _span_context(context: SpanContext | None, redactor: Redactor, findings: Findings) -> SpanContext | None:
    """Redact the trace state, which any caller may fill."""
    if context is None or not context.trace_state:
        return context
    items = list(context.trace_state.items())
    # A marker holds characters that a trace state must not have: the whole entry goes.
    kept = [item for item in items if redactor.attributes(dict([item]), findings) == dict([item])]
    if len(kept) == len(items):
        return context
    return SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags, TraceState(kept))
