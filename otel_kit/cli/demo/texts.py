"""Every text of telemetry with the place where it stands, read from OTLP requests and from the viewer's answers.

Both give the same places, so that one table of what is planted serves for both: ``span.name``,
``span.status.message``, ``span.attributes.<key>``, ``span.events.<key>``, ``log.body``, ``log.attributes.<key>``,
``metric.attributes.<key>``, ``resource.attributes.<key>``. Keys within a value follow after a dot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from otel_kit import semconv
from otel_kit.cli.demo.tap import Request


class Text(NamedTuple):
    """One text: which service sent it, where it stands, what it says."""

    service: str
    surface: str
    value: str


def of_request(request: Request) -> Iterator[Text]:
    """Yield every text of an OTLP request in protobuf."""
    if request.path.endswith("/traces"):
        for spans in ExportTraceServiceRequest.FromString(request.body).resource_spans:
            yield from _of_spans(spans)
    elif request.path.endswith("/logs"):
        for logs in ExportLogsServiceRequest.FromString(request.body).resource_logs:
            yield from _of_logs(logs)
    elif request.path.endswith("/metrics"):
        for metrics in ExportMetricsServiceRequest.FromString(request.body).resource_metrics:
            yield from _of_metrics(metrics)


def of_trace(trace: Mapping[str, Any]) -> Iterator[Text]:
    """Yield every text of a trace and its logs as ``GET /api/traces/{trace_id}`` answers."""
    for span in trace["spans"]:
        service = span["service"]
        yield Text(service, "span.name", span["name"])
        yield Text(service, "span.status.message", span["status"]["message"] or "")
        yield from _of_plain(service, "span.attributes", span["attributes"])
        for event in span["events"]:
            yield from _of_plain(service, "span.events", event["attributes"])
    for log in trace["logs"]:
        yield from _of_plain(log["service"], "log.body", log["body"])
        yield from _of_plain(log["service"], "log.attributes", log["attributes"])


def _of_spans(spans: Any) -> Iterator[Text]:
    service = _service(spans.resource.attributes)
    yield from _of_pairs(service, "resource.attributes", spans.resource.attributes)
    for span in (span for scope in spans.scope_spans for span in scope.spans):
        yield Text(service, "span.name", span.name)
        yield Text(service, "span.status.message", span.status.message)
        yield from _of_pairs(service, "span.attributes", span.attributes)
        for event in span.events:
            yield from _of_pairs(service, "span.events", event.attributes)


def _of_logs(logs: Any) -> Iterator[Text]:
    service = _service(logs.resource.attributes)
    yield from _of_pairs(service, "resource.attributes", logs.resource.attributes)
    for record in (record for scope in logs.scope_logs for record in scope.log_records):
        yield from _of_value(service, "log.body", record.body)
        yield from _of_pairs(service, "log.attributes", record.attributes)


def _of_metrics(metrics: Any) -> Iterator[Text]:
    service = _service(metrics.resource.attributes)
    yield from _of_pairs(service, "resource.attributes", metrics.resource.attributes)
    for metric in (metric for scope in metrics.scope_metrics for metric in scope.metrics):
        kind = metric.WhichOneof("data")
        for point in getattr(metric, kind).data_points if kind else ():
            yield from _of_pairs(service, "metric.attributes", point.attributes)


def _of_pairs(service: str, surface: str, pairs: Iterable[KeyValue]) -> Iterator[Text]:
    for pair in pairs:
        yield from _of_value(service, f"{surface}.{pair.key}", pair.value)


def _of_value(service: str, surface: str, value: AnyValue) -> Iterator[Text]:
    kind = value.WhichOneof("value")
    if kind == "kvlist_value":
        yield from _of_pairs(service, surface, value.kvlist_value.values)
    elif kind == "array_value":
        for item in value.array_value.values:
            yield from _of_value(service, surface, item)
    elif kind == "string_value":
        yield Text(service, surface, value.string_value)


def _of_plain(service: str, surface: str, value: Any) -> Iterator[Text]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _of_plain(service, f"{surface}.{key}", item)
    elif isinstance(value, list):
        for item in value:
            yield from _of_plain(service, surface, item)
    elif isinstance(value, str):
        yield Text(service, surface, value)


def _service(pairs: Iterable[KeyValue]) -> str:
    return next((pair.value.string_value for pair in pairs if pair.key == semconv.SERVICE_NAME), "")
