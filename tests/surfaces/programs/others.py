"""Plants through providers that the application has set up before the kit: with Views, and a resource of its own."""

from __future__ import annotations

from typing import Any

from opentelemetry import _logs, metrics, trace
from opentelemetry._logs import LogRecord
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import ConsoleLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.trace import SpanContext, TraceFlags, TraceState

import otel_kit
from otel_kit.kit import Kit
from tests.surfaces.cell import key
from tests.surfaces.matrix.all_cells import plants
from tests.surfaces.matrix.others import WAY
from tests.surfaces.programs.runs import runs

TEXTS = plants(WAY)


def set_up() -> None:
    """Set the three providers, as another distribution or the application's own code does."""
    attributes = {
        "service.name": "others",
        "owner": TEXTS["resource: attribute"],
        "service.instance.id": TEXTS["resource: service.instance.id"],
    }
    resource = Resource(attributes, f"https://{TEXTS['resource: schema URL']}/")
    views = [
        View(instrument_name="filtered", attribute_keys={"route"}),
        View(instrument_name="named", name=TEXTS["metric: name by a View"]),
        View(instrument_name="kind.exponential", aggregation=ExponentialBucketHistogramAggregation()),
    ]
    trace.set_tracer_provider(TracerProvider(resource=resource))
    _logs.set_logger_provider(LoggerProvider(resource=resource))
    metrics.set_meter_provider(MeterProvider(resource=resource, views=views))


def plant_within_redacting() -> None:
    """Use providers with exporters that only the redactor is around."""
    spans = TracerProvider()
    spans.add_span_processor(SimpleSpanProcessor(otel_kit.redacting(ConsoleSpanExporter())))
    spans.get_tracer("app").start_span(TEXTS["ConsoleSpanExporter within redacting()"]).end()
    records = LoggerProvider()
    records.add_log_record_processor(SimpleLogRecordProcessor(otel_kit.redacting(ConsoleLogRecordExporter())))
    records.get_logger("app").emit(LogRecord(body=TEXTS["ConsoleLogRecordExporter within redacting()"]))
    points = MeterProvider([PeriodicExportingMetricReader(otel_kit.redacting(ConsoleMetricExporter()), 1e9)])
    counter = points.get_meter("app").create_counter("mails")
    counter.add(1, {"to": TEXTS["ConsoleMetricExporter within redacting()"]})
    for provider in (spans, records, points):
        provider.shutdown()


def plant(_run: str, _kit: Kit) -> None:
    """Make spans, a log record and points."""
    plant_within_redacting()
    state = TraceState([("vendor", TEXTS["trace state"])])
    remote = trace.NonRecordingSpan(SpanContext(1 << 100, 1, True, TraceFlags(1), state))
    tracer = trace.get_tracer("app", schema_url=f"https://{TEXTS['scope: schema URL']}/")
    tracer.start_span(TEXTS["span name"], trace.set_span_in_context(remote)).end()
    tracer.start_span("x", attributes={"note": TEXTS["attribute: text"], **_by_key("attribute: the key says it")}).end()
    _logs.get_logger("app").emit(LogRecord(body=TEXTS["body: text"]))
    meter = metrics.get_meter("app")
    with tracer.start_as_current_span("request"):
        filtered: dict[str, Any] = {"route": "/", "to": TEXTS["exemplar: filtered attribute"]}
        filtered |= _by_key("exemplar: filtered, the key says it")
        meter.create_histogram("filtered").record(3, filtered)
    meter.create_counter("named").add(1)
    for to in _both("counter"):
        meter.create_counter("kind.counter").add(1, {"to": to})
    for to in _both("histogram"):
        meter.create_histogram("kind.histogram").record(1, {"to": to})
    for to in _both("exponential histogram"):
        meter.create_histogram("kind.exponential").record(1, {"to": to})
    for to in _both("gauge"):
        meter.create_gauge("kind.gauge").set(1, {"to": to})


def _both(kind: str) -> list[str]:
    return TEXTS[f"points that become one: {kind}"].split()


def _by_key(surface: str) -> dict[str, str]:
    return {key(surface, WAY): TEXTS[surface]}


if __name__ == "__main__":
    set_up()
    runs(plant, **{"service.name": "others", "metrics.temporality": "delta"})
