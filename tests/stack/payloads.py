"""OTLP requests whose every item carries a uid, so that what arrives can be counted."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Mapping, Sequence

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AGGREGATION_TEMPORALITY_CUMULATIVE,
    Gauge,
    Metric,
    NumberDataPoint,
    Sum,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

UID = "test.uid"

Plain = None | bool | int | float | str | bytes | Sequence["Plain"] | Mapping[str, "Plain"]


def new_uids(count: int) -> list[str]:
    """Return uids that nobody has used before; letters and digits that no redaction rule takes for something."""
    run = uuid.uuid4().hex[:8]
    return [f"u{run}n{number}" for number in range(count)]


def any_value(value: Plain) -> AnyValue:
    """Return a plain value in OTLP's form."""
    match value:
        case None:
            return AnyValue()
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case str():
            return AnyValue(string_value=value)
        case bytes():
            return AnyValue(bytes_value=value)
        case Mapping():
            return AnyValue(kvlist_value=KeyValueList(values=key_values(value)))
        case _:
            return AnyValue(array_value=ArrayValue(values=[any_value(item) for item in value]))


def key_values(attributes: Mapping[str, Plain]) -> list[KeyValue]:
    """Return a plain mapping in OTLP's form, in the mapping's order."""
    return [KeyValue(key=key, value=any_value(value)) for key, value in attributes.items()]


def new_span(uid: str, **attributes: Plain) -> Span:
    """Return a span of one millisecond with random ids."""
    now = time.time_ns()
    return Span(
        trace_id=uuid.uuid4().bytes,
        span_id=uuid.uuid4().bytes[:8],
        name="GET /orders/{id}",
        kind=Span.SPAN_KIND_SERVER,
        start_time_unix_nano=now - 1_000_000,
        end_time_unix_nano=now,
        attributes=key_values({UID: uid, **attributes}),
    )


def new_record(uid: str, body: Plain = "order placed", **attributes: Plain) -> LogRecord:
    """Return a log record of now."""
    return LogRecord(
        time_unix_nano=time.time_ns(),
        severity_number=9,
        severity_text="INFO",
        body=any_value(body),
        attributes=key_values({UID: uid, **attributes}),
    )


def new_point(uid: str, **attributes: Plain) -> NumberDataPoint:
    """Return a point of value 1."""
    now = time.time_ns()
    return NumberDataPoint(
        start_time_unix_nano=now - 1_000_000_000,
        time_unix_nano=now,
        as_int=1,
        attributes=key_values({UID: uid, **attributes}),
    )


def trace_request(spans: Iterable[Span]) -> ExportTraceServiceRequest:
    """Return the spans under one resource and one scope."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.extend(key_values({"service.name": "stack-test"}))
    scope = group.scope_spans.add()
    scope.scope.name = "tests.stack"
    scope.spans.extend(spans)
    return request


def log_request(records: Iterable[LogRecord]) -> ExportLogsServiceRequest:
    """Return the records under one resource and one scope."""
    request = ExportLogsServiceRequest()
    group = request.resource_logs.add()
    group.resource.attributes.extend(key_values({"service.name": "stack-test"}))
    scope = group.scope_logs.add()
    scope.scope.name = "tests.stack"
    scope.log_records.extend(records)
    return request


def metric_request(metrics: Iterable[Metric]) -> ExportMetricsServiceRequest:
    """Return the metrics under one resource and one scope."""
    request = ExportMetricsServiceRequest()
    group = request.resource_metrics.add()
    group.resource.attributes.extend(key_values({"service.name": "stack-test"}))
    scope = group.scope_metrics.add()
    scope.scope.name = "tests.stack"
    scope.metrics.extend(metrics)
    return request


def gauge_request(uid: str, attributes: Mapping[str, Plain]) -> ExportMetricsServiceRequest:
    """Return one gauge of one point."""
    return metric_request([Metric(name="test.queue", gauge=Gauge(data_points=[new_point(uid, **attributes)]))])


def counted(
    uids: Sequence[str],
) -> tuple[ExportTraceServiceRequest, ExportLogsServiceRequest, ExportMetricsServiceRequest]:
    """Return spans, log records and points that share ``uids`` out among them, all of them used."""
    third = max(1, len(uids) // 3)
    spans, records, points = uids[:third], uids[third : 2 * third], uids[2 * third :]
    half = len(points) // 2
    return (
        trace_request(new_span(uid) for uid in spans),
        log_request(new_record(uid) for uid in records),
        metric_request([_sum(points[:half]), _gauge(points[half:])]),
    )


def _sum(uids: Sequence[str]) -> Metric:
    return Metric(
        name="test.orders",
        sum=Sum(
            data_points=[new_point(uid) for uid in uids],
            aggregation_temporality=AGGREGATION_TEMPORALITY_CUMULATIVE,
            is_monotonic=True,
        ),
    )


def _gauge(uids: Sequence[str]) -> Metric:
    return Metric(name="test.queue", gauge=Gauge(data_points=[new_point(uid) for uid in uids]))
