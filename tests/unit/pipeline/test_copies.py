"""Redacted copies: every text of a record is covered, and the live object stays as it was."""

from __future__ import annotations

import copy as copying
from typing import Any

from opentelemetry import baggage, trace
from opentelemetry._logs import LogRecord
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, SpanContext, Status, StatusCode, TraceFlags
from opentelemetry.trace.span import TraceState

from otel_kit.pipeline.copies import redacted_log, redacted_resource, redacted_scope, redacted_span
from otel_kit.pipeline.limits import AttributeLimits
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor
from tests.unit.pipeline.records import logs, spans

SECRET = "ada.lovelace@example.com"
RESOURCE = Resource({"service.name": "orders"})
STATE = TraceState([("vendor", "one"), ("leak", SECRET), ("other", "two")])
PARENT = SpanContext(0x1, 0x2, is_remote=True, trace_flags=TraceFlags(1), trace_state=STATE)


def _leaky_span() -> Any:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource({"owner": SECRET}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer(f"scope {SECRET}", SECRET, attributes={"who": SECRET})
    with tracer.start_as_current_span(
        f"GET /users/{SECRET}",
        trace.set_span_in_context(trace.NonRecordingSpan(PARENT)),
        links=[Link(SpanContext(3, 4, is_remote=True, trace_state=STATE), {"to": SECRET})],
        attributes={"who": SECRET, "nested": {"list": [SECRET]}, f"key {SECRET}": 1},
    ) as span:
        span.add_event(f"mail to {SECRET}", {"to": SECRET})
        span.set_status(Status(StatusCode.ERROR, f"no {SECRET}"))
    return exporter.get_finished_spans()[0]


def test_no_part_of_a_span_copy_holds_what_was_planted() -> None:
    """Walked as objects, so that a part nobody thought of is found: trace state and parent included."""
    findings = Findings()

    copy = redacted_span(_leaky_span(), RESOURCE, default_redactor(), findings)

    assert SECRET not in _everything(copy)
    assert SECRET not in copy.to_json()
    assert findings.hits["email"] >= 10


def test_span_copy_keeps_what_is_no_secret() -> None:
    """Ids, times, kind, links, and the order of the trace state, which says who touched it last."""
    span = _leaky_span()

    copy = redacted_span(span, RESOURCE, default_redactor(), Findings())

    assert span.context.span_id == copy.context.span_id
    assert (span.start_time, span.end_time, span.kind) == (copy.start_time, copy.end_time, copy.kind)
    assert copy.links[0].context.span_id == 4
    assert list(copy.parent.trace_state.items()) == [("vendor", "one"), ("other", "two")]
    assert list(copy.context.trace_state.items()) == [("vendor", "one"), ("other", "two")]
    assert RESOURCE is copy.resource
    assert ConsoleSpanExporter().formatter(copy)


def test_span_copy_leaves_the_live_span_alone() -> None:
    """The application may still hold it."""
    span = _leaky_span()
    before = copying.deepcopy(span.to_json())

    redacted_span(span, RESOURCE, default_redactor(), Findings())

    assert before == span.to_json()


def _leaky_log() -> Any:
    exporter = InMemoryLogRecordExporter()
    provider = LoggerProvider(resource=Resource({"owner": SECRET}), shutdown_on_exit=False)
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    tracer = TracerProvider().get_tracer("t")
    with tracer.start_as_current_span(SECRET, attributes={"who": SECRET}) as span:
        context = baggage.set_baggage("who", SECRET, trace.set_span_in_context(span))
        record = LogRecord(
            timestamp=1,
            context=context,
            body={"to": [SECRET]},
            severity_text=SECRET,
            attributes={"who": SECRET},
            event_name=SECRET,
        )
        provider.get_logger(SECRET, SECRET, attributes={"who": SECRET}).emit(record)
    return exporter.get_finished_logs()[0]


def test_no_part_of_a_log_copy_holds_what_was_planted() -> None:
    """The context counts: the live span and baggage in it are not redacted."""
    copy = redacted_log(_leaky_log(), RESOURCE, default_redactor(), Findings())

    assert SECRET not in _everything(copy)


def test_log_copy_still_knows_its_span() -> None:
    """A processor that asks the record's context for the span gets the ids."""
    record = _leaky_log()

    copy = redacted_log(record, RESOURCE, default_redactor(), Findings()).log_record

    inside = trace.get_current_span(copy.context).get_span_context()
    assert (copy.trace_id, copy.span_id) == (inside.trace_id, inside.span_id)
    assert record.log_record.trace_id == copy.trace_id != 0


def test_scope_without_secrets_is_not_copied() -> None:
    """It is shared by all records of a library."""
    scope = _leaky_span().instrumentation_scope
    plain = type(scope)("library", "1.0", "https://example.test")

    assert plain is redacted_scope(plain, default_redactor(), Findings())
    assert SECRET not in _everything(redacted_scope(scope, default_redactor(), Findings()))


def test_resource_copy_has_the_marks() -> None:
    """They win over what the resource says."""
    copy = redacted_resource(Resource({"a": SECRET, "mark": "stale"}), default_redactor(), {"mark": "m"}, Findings())

    assert copy.attributes["mark"] == "m"
    assert SECRET not in str(dict(copy.attributes))


def _everything(root: object) -> str:
    """Return the text of everything that can be reached from an object."""
    seen: set[int] = set()
    texts: list[str] = []
    todo: list[Any] = [root]
    while todo:
        value = todo.pop()
        if id(value) in seen or isinstance(value, type):
            continue
        seen.add(id(value))
        if isinstance(value, str | int | float | bytes | type(None)):
            texts.append(str(value))
            continue
        if isinstance(value, dict):
            todo += [*value.keys(), *value.values()]
        elif isinstance(value, list | tuple | set | frozenset) or hasattr(value, "__iter__"):
            todo += list(value)
        todo += list(getattr(value, "__dict__", {}).values())
        for cls in type(value).__mro__:
            todo += [getattr(value, name, None) for name in getattr(cls, "__slots__", ())]
    return "\n".join(texts)


def test_values_are_cut_after_they_were_looked_at() -> None:
    """The beginning of an address is no address to a rule; its mask may be cut. Lists and maps too, numbers not."""
    limits = AttributeLimits(span_length=8, part_length=8, log_length=8)
    values = {"text": SECRET, "list": [SECRET, 1234567890], "map": {"a": SECRET}}
    cut = {"text": "a***@exa", "list": ["a***@exa", 1234567890], "map": {"a": "a***@exa"}}
    (span,) = spans(
        lambda span: (span.set_attributes(values), span.add_event("e", values), span.add_link(PARENT, values))
    )
    (record,) = logs("body", attributes=values)

    copy = redacted_span(span, RESOURCE, default_redactor(), Findings(), limits)
    log = redacted_log(record, RESOURCE, default_redactor(), Findings(), limits)

    copies = [copy.attributes, copy.events[0].attributes, copy.links[0].attributes, log.log_record.attributes]
    assert [dict(one or {}) for one in copies] == [cut] * 4


def test_half_a_marker_does_not_stay() -> None:
    """A second pass would take it for a value of its key."""
    (span,) = spans(lambda span: span.set_attribute("note", "x password=hunter2"))

    copy = redacted_span(span, RESOURCE, default_redactor(), Findings(), AttributeLimits(span_length=25))

    assert dict(copy.attributes or {}) == {"note": "x password="}
