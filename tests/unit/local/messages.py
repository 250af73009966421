"""Small OTLP requests, as real protobuf messages."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, LogsData
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric, MetricsData
from opentelemetry.proto.trace.v1.trace_pb2 import Span, TracesData

TRACE = bytes.fromhex("0af7651916cd43dd8448eb211c80319c")
ROOT = bytes.fromhex("b7ad6b7169203331")
SECOND = 1_000_000_000


def now() -> int:
    """Return nanoseconds since the epoch, in whole microseconds."""
    return time.time_ns() // 1000 * 1000


def any_value(value: Any) -> AnyValue:
    """Return ``value`` as OTLP encodes it."""
    if value is None:
        return AnyValue()
    if isinstance(value, dict):
        return AnyValue(kvlist_value={"values": pairs(value)})
    if isinstance(value, list):
        return AnyValue(array_value={"values": [any_value(item) for item in value]})
    kinds = {bool: "bool_value", int: "int_value", float: "double_value", str: "string_value", bytes: "bytes_value"}
    return AnyValue(**{kinds[type(value)]: value})


def pairs(attributes: Mapping[str, Any]) -> list[KeyValue]:
    """Return attributes as OTLP encodes them."""
    return [KeyValue(key=key, value=any_value(value)) for key, value in attributes.items()]


def span(
    *,
    trace_id: bytes = TRACE,
    span_id: bytes = ROOT,
    name: str = "GET /orders",
    start: int | None = None,
    duration: int = 5_000_000,
    attributes: Mapping[str, Any] | None = None,
    error: bool = False,
    **more: Any,
) -> Span:
    """Return a SERVER span."""
    begun = now() if start is None else start
    message = Span(
        trace_id=trace_id,
        span_id=span_id,
        name=name,
        start_time_unix_nano=begun,
        end_time_unix_nano=begun + duration,
        attributes=pairs(attributes or {}),
        **{"kind": 2, **more},
    )
    if error:
        message.status.code = 2
    return message


def traces(*spans: Span, service: str = "shop", **resource: Any) -> TracesData:
    """Return a traces request of one service."""
    data = TracesData()
    of_resource = data.resource_spans.add()
    of_resource.resource.attributes.extend(pairs({"service.name": service, **resource}))
    of_scope = of_resource.scope_spans.add()
    of_scope.scope.name, of_scope.scope.version = "tests", "1.0"
    of_scope.spans.extend(spans)
    return data


def log(
    body: Any = "order stored",
    *,
    at: int | None = None,
    severity: int = 9,
    attributes: Mapping[str, Any] | None = None,
    **more: Any,
) -> LogRecord:
    """Return a log record."""
    return LogRecord(
        time_unix_nano=now() if at is None else at,
        severity_number=severity,
        body=any_value(body),
        attributes=pairs(attributes or {}),
        **more,
    )


def logs(*records: LogRecord, service: str = "shop", logger: str = "shop.orders") -> LogsData:
    """Return a logs request of one service."""
    data = LogsData()
    of_resource = data.resource_logs.add()
    of_resource.resource.attributes.extend(pairs({"service.name": service}))
    of_scope = of_resource.scope_logs.add()
    of_scope.scope.name = logger
    of_scope.log_records.extend(records)
    return data


def metrics(*several: Metric, service: str = "shop", **resource: Any) -> MetricsData:
    """Return a metrics request of one service."""
    data = MetricsData()
    of_resource = data.resource_metrics.add()
    of_resource.resource.attributes.extend(pairs({"service.name": service, **resource}))
    of_resource.scope_metrics.add().metrics.extend(several)
    return data


def counter(name: str, *points: tuple[int, float], start: int = 1, temporality: int = 2, **attributes: Any) -> Metric:
    """Return a monotonic sum with (time, value) points of one series."""
    metric = Metric(name=name, unit="1", description="a counter")
    metric.sum.is_monotonic, metric.sum.aggregation_temporality = True, temporality
    for at, value in points:
        metric.sum.data_points.add(
            time_unix_nano=at, start_time_unix_nano=start, as_double=value, attributes=pairs(attributes)
        )
    return metric
