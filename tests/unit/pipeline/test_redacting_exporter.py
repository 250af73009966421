"""The redactor alone, around somebody else's exporters."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter
from opentelemetry.sdk.metrics import Counter
from opentelemetry.sdk.metrics.export import AggregationTemporality, MetricExporter, MetricExportResult, MetricsData
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import otel_kit
from tests.unit.pipeline.records import collected, logs, spans

SECRET = "ada.lovelace@example.com"
THEIRS = Resource({"owner": SECRET})


def test_spans_are_handed_on_redacted() -> None:
    """Attributes and resource; flush and shutdown too."""
    inner = InMemorySpanExporter()
    outer = otel_kit.redacting(inner)

    outer.export(spans(lambda span: span.set_attribute("to", SECRET), resource=THEIRS))

    (span,) = inner.get_finished_spans()
    assert SECRET not in span.to_json()
    assert outer.force_flush()
    outer.shutdown()
    assert inner._stopped


def test_log_records_are_handed_on_redacted() -> None:
    """As the type that exporters expect."""
    inner = InMemoryLogRecordExporter()
    outer = otel_kit.redacting(inner)

    outer.export(logs(f"mail to {SECRET}", attributes={"to": SECRET}, resource=THEIRS))

    (record,) = inner.get_finished_logs()
    assert SECRET not in record.to_json()
    assert "mail to a***@example.com" == record.log_record.body


class _Kept(MetricExporter):
    def __init__(self) -> None:
        super().__init__({Counter: AggregationTemporality.DELTA})
        self.got: list[MetricsData] = []
        self.ended: list[str] = []

    def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any) -> MetricExportResult:
        self.got.append(metrics_data)
        return MetricExportResult.SUCCESS

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        self.ended.append("flush")
        return True

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        self.ended.append("shutdown")


def test_metrics_are_handed_on_redacted_with_the_exporters_temporality() -> None:
    """A reader asks the exporter what it prefers: the answer is the inner one's."""
    inner = _Kept()
    outer = otel_kit.redacting(inner)

    result = outer.export(
        collected(lambda meter: meter.create_counter("mails").add(1, {"to": SECRET}), resource=THEIRS)
    )

    assert MetricExportResult.SUCCESS == result
    assert SECRET not in inner.got[0].to_json()
    assert inner._preferred_temporality == outer._preferred_temporality
    outer.force_flush()
    outer.shutdown()
    assert ["flush", "shutdown"] == inner.ended


def test_anything_else_is_refused() -> None:
    """With the name of what it was."""
    with pytest.raises(TypeError, match="dict"):
        otel_kit.redacting({})  # type: ignore[type-var]
