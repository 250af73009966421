"""What stands behind the Guard sees redacted copies only, whenever and wherever it was added."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import _logs, metrics, trace
from opentelemetry._logs import LogRecord
from opentelemetry.sdk._logs import LogRecordProcessor, ReadWriteLogRecord
from opentelemetry.sdk._logs.export import ConsoleLogRecordExporter, InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, InMemoryMetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from otel_kit.kit import Kit
from tests.conditions import eventually
from tests.conftest import StartKit
from tests.otlp_sink import OtlpSink

SECRET = "ada.lovelace@example.com"
MASKED = "a***@example.com"


@pytest.fixture
def span_processors() -> Iterator[Any]:
    """A function that adds a span processor to the provider in force and takes it off after the test."""
    provider: Any = None
    added: list[SpanProcessor] = []

    def add(processor: SpanProcessor) -> None:
        nonlocal provider
        provider = trace.get_tracer_provider()
        provider.add_span_processor(processor)
        added.append(processor)

    yield add
    if provider is not None:
        guard = provider._active_span_processor
        guard._span_processors = tuple(one for one in guard._span_processors if one not in added)
        for processor in added:
            processor.shutdown()


@pytest.fixture
def log_processors() -> Iterator[Any]:
    """The same for log record processors."""
    provider: Any = None
    added: list[LogRecordProcessor] = []

    def add(processor: LogRecordProcessor) -> None:
        nonlocal provider
        provider = _logs.get_logger_provider()
        provider.add_log_record_processor(processor)
        added.append(processor)

    yield add
    if provider is not None:
        guard = provider._multi_log_record_processor
        guard._log_record_processors = tuple(one for one in guard._log_record_processors if one not in added)


@pytest.fixture
def metric_readers() -> Iterator[Any]:
    """The same for metric readers."""
    provider: Any = None
    added: list[Any] = []

    def add(reader: Any) -> Any:
        nonlocal provider
        provider = metrics.get_meter_provider()
        provider.add_metric_reader(reader)
        added.append(reader)
        return reader

    yield add
    for reader in added:
        provider.remove_metric_reader(reader)


def _span(name: str = "work") -> None:
    with trace.get_tracer("app").start_as_current_span(f"{name} for {SECRET}", attributes={"to": SECRET}) as span:
        span.add_event(f"mail to {SECRET}")


def test_span_processors_see_copies_whenever_they_were_added(
    kit: StartKit, otlp: OtlpSink, span_processors: Any
) -> None:
    """Right after init, and when spans have been made already; the kit's own lane goes on."""
    started = kit()
    early, late = InMemorySpanExporter(), InMemorySpanExporter()
    span_processors(SimpleSpanProcessor(early))
    _span("first")
    span_processors(BatchSpanProcessor(late))
    _span("second")

    trace.get_tracer_provider().force_flush()  # type: ignore[attr-defined]
    assert started.flush()

    assert [f"first for {MASKED}", f"second for {MASKED}"] == [span.name for span in early.get_finished_spans()]
    assert [f"second for {MASKED}"] == [span.name for span in late.get_finished_spans()]
    assert len(otlp.spans()) == 2
    assert SECRET.encode() not in otlp.bodies()


def test_console_exporters_print_copies(
    kit: StartKit, span_processors: Any, log_processors: Any, metric_readers: Any
) -> None:
    """The first thing that people add."""
    kit()
    out = io.StringIO()
    span_processors(SimpleSpanProcessor(ConsoleSpanExporter(out=out)))
    log_processors(SimpleLogRecordProcessor(ConsoleLogRecordExporter(out=out)))
    reader = metric_readers(PeriodicExportingMetricReader(ConsoleMetricExporter(out=out), 1e9))

    _span()
    _logs.get_logger("app").emit(LogRecord(body=f"mail to {SECRET}", attributes={"to": SECRET}))
    metrics.get_meter("app").create_counter("mails").add(1, {"to": SECRET})
    reader.collect()

    printed = out.getvalue()
    assert SECRET not in printed
    assert f"work for {MASKED}" in printed
    assert f"mail to {MASKED}" in printed
    assert f'"to": "{MASKED}"' in printed
    reader.shutdown()


def test_log_processors_see_copies_and_the_live_record_stays(
    kit: StartKit, otlp: OtlpSink, log_processors: Any
) -> None:
    """The application may still hold the record that it emitted."""
    started = kit()
    memory = InMemoryLogRecordExporter()
    log_processors(SimpleLogRecordProcessor(memory))
    record = LogRecord(body={"to": [SECRET]}, attributes={"to": SECRET})

    _logs.get_logger("app").emit(record)
    assert started.flush()

    (seen,) = memory.get_finished_logs()
    assert seen.log_record.body == {"to": [MASKED]}
    assert record.body == {"to": [SECRET]}
    assert [log.body for log in otlp.logs()] == [{"to": [MASKED]}]


def test_metric_readers_see_redacted_points_and_exemplars(kit: StartKit, otlp: OtlpSink, metric_readers: Any) -> None:
    """Whenever the reader was added; the kit's own points are as redacted."""
    started = kit()
    reader = metric_readers(InMemoryMetricReader())
    histogram = metrics.get_meter("app").create_histogram("size")
    with trace.get_tracer("app").start_as_current_span("request"):
        histogram.record(3, {"to": SECRET})

    collected = reader.get_metrics_data()
    assert started.flush()

    assert SECRET not in collected.to_json()
    assert MASKED in collected.to_json()
    assert [point.attributes["to"] for point in otlp.latest("size")] == [MASKED]
    assert SECRET.encode() not in otlp.bodies()


class _Failing(SpanProcessor, LogRecordProcessor):
    """Raises wherever it is called."""

    def on_start(self, span: Span, parent_context: Any = None) -> None:
        raise RuntimeError("start")

    def on_end(self, span: ReadableSpan) -> None:
        raise RuntimeError("end")

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        raise RuntimeError("emit")

    def force_flush(self, timeout_millis: int = 0) -> bool:
        raise RuntimeError("flush")

    def shutdown(self) -> None:
        """Go quietly."""


def test_failing_processor_reaches_neither_the_application_nor_the_others(
    kit: StartKit, otlp: OtlpSink, span_processors: Any, log_processors: Any
) -> None:
    """It is counted; the kit's lane and the processors after it have the records."""
    started = kit()
    memory = InMemorySpanExporter()
    failing = _Failing()
    span_processors(failing)
    log_processors(failing)
    span_processors(SimpleSpanProcessor(memory))

    _span()
    _logs.get_logger("app").emit(LogRecord(body="hello"))
    flushed = trace.get_tracer_provider().force_flush()  # type: ignore[attr-defined]

    assert started.flush()
    assert not flushed
    assert 1 == len(memory.get_finished_spans()) == len(otlp.spans()) == len(otlp.logs())
    assert started.status().faults["foreign_processor"] >= 4


class _Remembering(SpanProcessor):
    def __init__(self) -> None:
        self.seen: list[Any] = []

    def on_end(self, span: ReadableSpan) -> None:
        self.seen.append(span)


def test_copy_is_not_the_live_span(kit: StartKit, span_processors: Any) -> None:
    """No way leads from the copy to the raw values; the application's span has them still."""
    kit()
    remembering = _Remembering()
    span_processors(remembering)

    with trace.get_tracer("app").start_as_current_span("work", attributes={"to": SECRET}) as live:
        pass

    (copy,) = remembering.seen
    assert dict(copy.attributes) == {"to": MASKED}
    assert dict(live.attributes) == {"to": SECRET}  # type: ignore[attr-defined]
    assert not isinstance(copy, Span)


def test_reader_whose_copy_fails_gets_nothing(kit: StartKit, metric_readers: Any) -> None:
    """Fail closed: rather no points than raw ones."""
    started = kit()
    reader = metric_readers(InMemoryMetricReader())
    metrics.get_meter("app").create_counter("mails").add(1, {"to": SECRET})
    provider: Any = metrics.get_meter_provider()
    copy, faults = provider._copy, provider._faults

    def failing(_: Any) -> Any:
        raise RuntimeError("bug")

    provider.rebind(failing, faults)
    try:
        collected = reader.get_metrics_data()
    finally:
        provider.rebind(copy, faults)

    assert collected is None
    assert started.status().faults["foreign_reader"] == 1


def test_processors_behind_a_stopped_kit_still_see_copies_only(kit: StartKit, span_processors: Any) -> None:
    """Shutdown ends the kit's lane, not the Guard."""
    started: Kit = kit()
    memory = InMemorySpanExporter()
    span_processors(SimpleSpanProcessor(memory))

    started.shutdown()
    _span()

    assert [f"work for {MASKED}"] == [span.name for span in memory.get_finished_spans()]


def test_unsampled_spans_go_nowhere(kit: StartKit, otlp: OtlpSink, span_processors: Any) -> None:
    """A child of an unsampled parent is not recorded, as the SDK has it."""
    started = kit()
    memory = InMemorySpanExporter()
    span_processors(SimpleSpanProcessor(memory))
    parent = trace.NonRecordingSpan(trace.SpanContext(1, 2, is_remote=True, trace_flags=trace.TraceFlags(0)))

    with trace.get_tracer("app").start_as_current_span("child", trace.set_span_in_context(parent)):
        pass
    assert started.flush()

    assert (otlp.spans(), memory.get_finished_spans()) == ([], ())


def test_first_thousand_attributes_are_seen_and_the_first_128_kept(kit: StartKit, otlp: OtlpSink) -> None:
    """The SDK's own limit would have dropped the first ones before the kit saw them."""
    started = kit()

    with trace.get_tracer("app").start_as_current_span("work") as span:
        for number in range(1000):
            span.set_attribute(f"a{number}", number)
    _logs.get_logger("app").emit(LogRecord(body="x", attributes={f"a{number}": number for number in range(1000)}))
    assert started.flush()

    for attributes in (otlp.spans()[0].attributes, otlp.logs()[0].attributes):
        assert [f"a{number}" for number in range(128)] == list(attributes)


def test_second_periodic_reader_never_sees_raw_points(kit: StartKit, metric_readers: Any) -> None:
    """Its thread may collect at once, while it is being added."""
    kit()
    counter = metrics.get_meter("app").create_counter("mails")
    out = io.StringIO()

    reader = metric_readers(PeriodicExportingMetricReader(ConsoleMetricExporter(out=out), 5))

    def collected() -> bool:
        counter.add(1, {"to": SECRET})
        return MASKED in out.getvalue()

    eventually(collected, "a collection")
    assert SECRET not in out.getvalue()
    reader.shutdown()
