"""The redactor alone, around somebody else's exporter: for set-ups that keep their own providers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult, MetricsData
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from otel_kit import semconv
from otel_kit.pipeline.copies import SharedResource, redacted_log, redacted_resource, redacted_span
from otel_kit.pipeline.metric_points import redacted_metrics
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import Redactor, default_redactor

Exporter = TypeVar("Exporter", SpanExporter, LogRecordExporter, MetricExporter)


def redacting(exporter: Exporter) -> Exporter:
    """Return an exporter that redacts copies of what it is given and hands them to ``exporter``.

    Takes a span, log record or metric exporter of OpenTelemetry's SDK. The shipped policy applies.

    Raises:
        TypeError: it is none of the three.
    """
    redactor = default_redactor()
    if isinstance(exporter, SpanExporter):
        return _Spans(exporter, redactor)
    if isinstance(exporter, LogRecordExporter):
        return _LogRecords(exporter, redactor)
    if isinstance(exporter, MetricExporter):
        return _Metrics(exporter, redactor)
    raise TypeError(f"redacting() takes a span, log record or metric exporter, not {type(exporter).__name__}")


class _Resources:
    """Redacted resources, one at a time: an exporter nearly always sees the same one."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._last: tuple[Resource, SharedResource] | None = None

    def of(self, resource: Resource | None) -> SharedResource:
        given = resource if resource is not None else Resource({})
        if self._last is None or self._last[0] is not given:
            marks = {semconv.REDACTION_POLICY: self._redactor.policy_id}
            self._last = (given, redacted_resource(given, self._redactor, marks, Findings()))
        return self._last[1]


class _Spans(SpanExporter):
    def __init__(self, inner: SpanExporter, redactor: Redactor) -> None:
        self._inner = inner
        self._redactor = redactor
        self._resources = _Resources(redactor)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        copies = [redacted_span(span, self._resources.of(span.resource), self._redactor, Findings()) for span in spans]
        return self._inner.export(copies)

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._inner.force_flush(timeout_millis)


class _LogRecords(LogRecordExporter):
    def __init__(self, inner: LogRecordExporter, redactor: Redactor) -> None:
        self._inner = inner
        self._redactor = redactor
        self._resources = _Resources(redactor)

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        copies = []
        for record in batch:
            resource = self._resources.of(record.resource)
            copy = redacted_log(record, resource, self._redactor, Findings())
            copies.append(ReadableLogRecord(copy.log_record, resource, copy.instrumentation_scope))
        return self._inner.export(copies)

    def shutdown(self) -> None:
        self._inner.shutdown()  # type: ignore[no-untyped-call]  # the SDK leaves it bare

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._inner.force_flush(timeout_millis)


class _Metrics(MetricExporter):
    def __init__(self, inner: MetricExporter, redactor: Redactor) -> None:
        super().__init__(inner._preferred_temporality, inner._preferred_aggregation)
        self._inner = inner
        self._redactor = redactor

    def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any) -> MetricExportResult:
        copy = redacted_metrics(metrics_data, self._redactor, Findings())
        return self._inner.export(copy, timeout_millis, **kwargs)

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        self._inner.shutdown(timeout_millis, **kwargs)

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        return self._inner.force_flush(timeout_millis)
