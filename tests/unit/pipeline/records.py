"""Real records for the pipeline's tests, made by the SDK, and entries for its queue."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricsData
from opentelemetry.sdk.metrics.view import View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from otel_kit.pipeline.encoder import Encoder
from otel_kit.pipeline.redaction_counts import RedactionCounts
from otel_kit.pipeline.seams import Encoded, Item, ScopeItems, count_of, size_of
from otel_kit.redaction.redactor import default_redactor
from otel_kit.settings import Signal

RESOURCE = Resource({"service.name": "orders"}, "https://example.test/resource")


def encoder(counts: RedactionCounts | None = None) -> Encoder:
    """Return an encoder of the shipped policy for an instance called ``instance-1``."""
    return Encoder(default_redactor(), counts or RedactionCounts(), lambda: "instance-1", RESOURCE)


def spans(*acts: Callable[[Any], object], resource: Resource = RESOURCE, scope: str = "scope") -> list[ReadableSpan]:
    """Return one ended span for each act, which is called with the running span."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(resource=resource, span_limits=SpanLimits(max_span_attributes=5000))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer(scope, "1.0", "https://example.test/scope")
    for number, act in enumerate(acts):
        span = tracer.start_span(f"span {number}")
        act(span)
        span.end()
    provider.shutdown()
    return list(exporter.get_finished_spans())


def logs(
    *bodies: Any, attributes: Mapping[str, Any] | None = None, resource: Resource = RESOURCE, scope: str = "scope"
) -> list[Any]:
    """Return one log record for each body."""
    exporter = InMemoryLogRecordExporter()
    provider = LoggerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    logger = provider.get_logger(scope, "1.0", "https://example.test/scope")
    for body in bodies:
        logger.emit(
            LogRecord(timestamp=1, body=body, severity_number=SeverityNumber.INFO, attributes=dict(attributes or {}))
        )
    return list(exporter.get_finished_logs())


def collected(
    *acts: Callable[[Any], object], views: Sequence[View] = (), resource: Resource = RESOURCE, **reader: Any
) -> MetricsData:
    """Return what one collection gives after each act has been called with a meter of its own."""
    memory = InMemoryMetricReader(**reader)
    provider = MeterProvider([memory], resource=resource, shutdown_on_exit=False, views=views)
    for number, act in enumerate(acts):
        act(provider.get_meter(f"meter {number}"))
    data = memory.get_metrics_data()
    provider.shutdown()
    assert data is not None
    return data


def entry(count: int = 3, item_bytes: int = 20, signal: Signal = "traces", name: str = "s") -> Encoded:
    """Return a queue entry of ``count`` spans in one scope, each about ``item_bytes`` long."""
    items = tuple(
        Item(SpanMessage(name=f"{name}{number}".ljust(item_bytes - 2, ".")).SerializeToString(), 1)
        for number in range(count)
    )
    scopes = (ScopeItems(b"", "", items),)
    return Encoded(signal, signal, "policy", b"", "", scopes, count_of(scopes), size_of(b"", scopes))
