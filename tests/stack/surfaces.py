"""Every place of an OTLP request where a text can stand: how to plant one there, and where it comes out again.

The names are those of the table in docs/collector.md; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AGGREGATION_TEMPORALITY_CUMULATIVE,
    Exemplar,
    ExponentialHistogram,
    ExponentialHistogramDataPoint,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    Sum,
    Summary,
    SummaryDataPoint,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.stack.otlp_client import Request
from tests.stack.payloads import (
    UID,
    any_value,
    key_values,
    log_request,
    metric_request,
    new_point,
    new_record,
    new_span,
    trace_request,
)

Plant: TypeAlias = Callable[[str, str], Request]
"""``(uid, text) -> request`` with one item that carries the text at the surface."""

KEY = "note"
"""The attribute that carries a planted text; no key rule knows it."""


@dataclass(frozen=True)
class Surface:
    """One place. Where ``takes_all_rules`` is false, only e-mail, card and SSN are looked for.

    ``keeps_text``: what stands around a masked value stays.
    """

    name: str
    plant: Plant
    takes_all_rules: bool = True
    keeps_text: bool = True


def _span(change: Callable[[Span, str], None]) -> Plant:
    def plant(uid: str, text: str) -> Request:
        span = new_span(uid)
        change(span, text)
        return trace_request([span])

    return plant


def _record(change: Callable[[LogRecord, str], None]) -> Plant:
    def plant(uid: str, text: str) -> Request:
        record = new_record(uid)
        change(record, text)
        return log_request([record])

    return plant


def _metric(make: Callable[[str, str], Metric]) -> Plant:
    return lambda uid, text: metric_request([make(uid, text)])


def _around(change: Callable[[Any, Any, str], None]) -> dict[str, Plant]:
    """Return a planter for each signal that changes what stands around the item: the groups of resource and scope."""

    def spans(uid: str, text: str) -> Request:
        request = trace_request([new_span(uid)])
        group = request.resource_spans[0]
        change(group, group.scope_spans[0], text)
        return request

    def records(uid: str, text: str) -> Request:
        request = log_request([new_record(uid)])
        group = request.resource_logs[0]
        change(group, group.scope_logs[0], text)
        return request

    def points(uid: str, text: str) -> Request:
        request = metric_request([_gauge(uid, {})])
        group = request.resource_metrics[0]
        change(group, group.scope_metrics[0], text)
        return request

    return {"span": spans, "log": records, "metric": points}


def _for_each_signal(name: str, change: Callable[[Any, Any, str], None]) -> list[Surface]:
    return [Surface(f"{name} ({signal})", plant) for signal, plant in _around(change).items()]


def _add(attributes: Any, added: Mapping[str, Any]) -> None:
    attributes.extend(key_values(added))


def _gauge(uid: str, attributes: Mapping[str, Any], **texts: str) -> Metric:
    return Metric(**{"name": "test.queue", **texts}, gauge=Gauge(data_points=[new_point(uid, **attributes)]))


def _with_metadata(uid: str, metadata: Mapping[str, Any]) -> Metric:
    metric = _gauge(uid, {})
    _add(metric.metadata, metadata)
    return metric


def _with_entity(uid: str, text: str) -> Request:
    request = trace_request([new_span(uid)])
    request.resource_spans[0].resource.entity_refs.add(schema_url=text, type=text, id_keys=[text])
    return request


def _sum(uid: str, attributes: Mapping[str, Any]) -> Metric:
    temporality = AGGREGATION_TEMPORALITY_CUMULATIVE
    points = [new_point(uid, **attributes)]
    return Metric(name="test.orders", sum=Sum(data_points=points, aggregation_temporality=temporality))


def _labels(uid: str, attributes: Mapping[str, Any]) -> list[KeyValue]:
    return key_values({UID: uid, **attributes})


def _histogram(uid: str, attributes: Mapping[str, Any], exemplars: tuple[Exemplar, ...] = ()) -> Metric:
    point = HistogramDataPoint(
        attributes=_labels(uid, attributes),
        count=1,
        sum=0.5,
        bucket_counts=[1, 0],
        explicit_bounds=[1.0],
        exemplars=exemplars,
    )
    temporality = AGGREGATION_TEMPORALITY_CUMULATIVE
    return Metric(name="test.duration", histogram=Histogram(data_points=[point], aggregation_temporality=temporality))


def _exponential(uid: str, attributes: Mapping[str, Any]) -> Metric:
    point = ExponentialHistogramDataPoint(attributes=_labels(uid, attributes), count=1, sum=0.5, zero_count=1)
    temporality = AGGREGATION_TEMPORALITY_CUMULATIVE
    data = ExponentialHistogram(data_points=[point], aggregation_temporality=temporality)
    return Metric(name="test.size", exponential_histogram=data)


def _summary(uid: str, attributes: Mapping[str, Any]) -> Metric:
    point = SummaryDataPoint(attributes=_labels(uid, attributes), count=1, sum=0.5)
    return Metric(name="test.summary", summary=Summary(data_points=[point]))


def _exemplar(text: str) -> tuple[Exemplar, ...]:
    filtered = key_values({KEY: text})
    return (Exemplar(as_double=0.5, trace_id=b"t" * 16, span_id=b"s" * 8, filtered_attributes=filtered),)


MASKED: tuple[Surface, ...] = (
    Surface("span name", _span(lambda span, text: setattr(span, "name", text))),
    Surface("status message", _span(lambda span, text: span.status.CopyFrom(Status(code=2, message=text)))),
    Surface("trace state", _span(lambda span, text: setattr(span, "trace_state", text))),
    Surface("span attribute", _span(lambda span, text: _add(span.attributes, {KEY: text}))),
    Surface("span attribute, in a list", _span(lambda span, text: _add(span.attributes, {KEY: ["a", text]}))),
    Surface("span attribute, nested", _span(lambda span, text: _add(span.attributes, {KEY: {"a": [{"b": text}]}}))),
    Surface("span attribute key", _span(lambda span, text: _add(span.attributes, {text: 1})), False, False),
    Surface("event name", _span(lambda span, text: span.events.add(name=text) and None)),
    Surface("event attribute", _span(lambda span, text: _add(span.events.add(name="e").attributes, {KEY: text}))),
    Surface(
        "event attribute key", _span(lambda span, text: _add(span.events.add().attributes, {text: 1})), False, False
    ),
    Surface("log body", _record(lambda record, text: record.body.CopyFrom(any_value(text)))),
    Surface("log body, in a map", _record(lambda record, text: record.body.CopyFrom(any_value({"a": {KEY: text}})))),
    Surface("log body, in a list", _record(lambda record, text: record.body.CopyFrom(any_value(["a", [text]])))),
    Surface("log body, key", _record(lambda record, text: record.body.CopyFrom(any_value({text: 1}))), False, False),
    Surface(
        "log body, nested key",
        _record(lambda record, text: record.body.CopyFrom(any_value({"a": {text: 1}}))),
        takes_all_rules=False,
        keeps_text=False,
    ),
    Surface(
        "bytes body",
        _record(lambda record, text: record.body.CopyFrom(any_value(text.encode()))),
        keeps_text=False,
    ),
    Surface("log attribute", _record(lambda record, text: _add(record.attributes, {KEY: text}))),
    Surface("log attribute, nested", _record(lambda record, text: _add(record.attributes, {KEY: {"a": [text]}}))),
    Surface("log attribute key", _record(lambda record, text: _add(record.attributes, {text: 1})), False, False),
    Surface("event name of a log record", _record(lambda record, text: setattr(record, "event_name", text))),
    Surface("severity text", _record(lambda record, text: setattr(record, "severity_text", text))),
    Surface("point attribute (gauge)", _metric(lambda uid, text: _gauge(uid, {KEY: text}))),
    Surface("point attribute (sum)", _metric(lambda uid, text: _sum(uid, {KEY: text}))),
    Surface("point attribute (histogram)", _metric(lambda uid, text: _histogram(uid, {KEY: text}))),
    Surface("point attribute (exponential histogram)", _metric(lambda uid, text: _exponential(uid, {KEY: text}))),
    Surface("point attribute (summary)", _metric(lambda uid, text: _summary(uid, {KEY: text}))),
    Surface("point attribute key", _metric(lambda uid, text: _gauge(uid, {text: 1})), False, False),
    Surface("metric name", _metric(lambda uid, text: _gauge(uid, {}, name=text)), False),
    Surface("metric description", _metric(lambda uid, text: _gauge(uid, {}, description=text)), False),
    Surface("metric unit", _metric(lambda uid, text: _gauge(uid, {}, unit=text)), False),
    *_for_each_signal("resource attribute", lambda outer, inner, text: _add(outer.resource.attributes, {KEY: text})),
    *_for_each_signal("resource schema URL", lambda outer, inner, text: setattr(outer, "schema_url", text)),
    *_for_each_signal("scope name", lambda outer, inner, text: setattr(inner.scope, "name", text)),
    *_for_each_signal("scope version", lambda outer, inner, text: setattr(inner.scope, "version", text)),
    *_for_each_signal("scope attribute", lambda outer, inner, text: _add(inner.scope.attributes, {KEY: text})),
    *_for_each_signal("scope schema URL", lambda outer, inner, text: setattr(inner, "schema_url", text)),
)
"""The text stays, what a rule found in it is masked."""

REMOVED: tuple[Surface, ...] = (
    Surface("exemplar's filtered attribute", _metric(lambda uid, text: _histogram(uid, {}, _exemplar(text)))),
    Surface("metric metadata", _metric(lambda uid, text: _with_metadata(uid, {KEY: text, text: [text]}))),
)
"""The text goes, whatever it is; the item stays."""

NOT_REACHED: tuple[Surface, ...] = (
    Surface("span link attribute", _span(lambda span, text: _add(span.links.add().attributes, {KEY: text}))),
    Surface("span link trace state", _span(lambda span, text: span.links.add(trace_state=text) and None)),
    Surface("entity reference of a resource", _with_entity),
    Surface("bytes value", _span(lambda span, text: _add(span.attributes, {KEY: text.encode()}))),
)
"""No stock processor can treat these: the SDK does, and nothing else."""
