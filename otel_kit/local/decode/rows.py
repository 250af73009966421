"""What a request becomes: rows that know their resource, scope and series, but no ids of the store yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from otel_kit.redaction.findings import Findings


class MalformedRequest(Exception):
    """The bytes are no OTLP request of this signal."""


class Resource(NamedTuple):
    """A redacted resource; ``attributes`` is a JSON object. ``service`` is empty if it names none."""

    service: str
    attributes: str


class Scope(NamedTuple):
    """A redacted instrumentation scope; ``attributes`` is a JSON object."""

    name: str
    version: str
    attributes: str


class Entry(NamedTuple):
    """How a SERVER span is counted: the request's method and route (the span's name where it has no route)."""

    service: str
    method: str
    route: str


class SpanRow(NamedTuple):
    """One redacted span. Times in nanoseconds; ``attributes``, ``events``, ``links`` and ``dropped`` are JSON."""

    trace_id: bytes
    span_id: bytes
    parent_id: bytes | None
    resource: Resource
    scope: Scope
    name: str
    kind: int
    start: int
    duration: int
    status: int
    status_message: str | None
    trace_state: str | None
    entry: Entry | None
    attributes: str
    events: str | None
    links: str | None
    dropped: str | None
    tokens: str


class Event(NamedTuple):
    """What an event is chosen by; empty texts where the record does not say it."""

    name: str
    category: str
    outcome: str
    tier: str


class LogRow(NamedTuple):
    """One redacted log record. Times in nanoseconds; ``body`` is JSON text if ``body_is_json``."""

    time: int
    observed: int
    severity: int
    severity_text: str | None
    resource: Resource
    scope: Scope
    logger: str | None
    body: str
    body_is_json: bool
    event: Event | None
    trace_id: bytes | None
    span_id: bytes | None
    attributes: str
    dropped: int
    tokens: str


class Metric(NamedTuple):
    """What a metric is. ``temporality`` is 1 delta, 2 cumulative (OTLP's numbers); None where it has none."""

    name: str
    unit: str
    description: str
    type: str
    monotonic: bool | None
    temporality: int | None


class Series(NamedTuple):
    """A metric with one set of attributes (a JSON object) from one scope of one resource."""

    metric: Metric
    resource: Resource
    scope: Scope
    attributes: str


class ExemplarRow(NamedTuple):
    """One measurement kept beside a point."""

    time: int
    value: float | int
    trace_id: bytes | None
    span_id: bytes | None
    attributes: str


class PointRow(NamedTuple):
    """One point of a series.

    ``value`` is set for sums and gauges; ``values``, ``total``, ``low``, ``high`` and ``detail`` for histograms and
    summaries. ``detail`` is JSON: ``{"bounds", "counts"}``, ``{"scale", "zero_count", "zero_threshold", "positive":
    [offset, counts], "negative": [offset, counts]}`` or ``{"quantiles": [[q, value], ...]}``.
    """

    series: Series
    time: int
    start: int
    flags: int
    value: float | int | None
    values: int | None
    total: float | None
    low: float | None
    high: float | None
    detail: str | None
    exemplars: tuple[ExemplarRow, ...]


@dataclass(slots=True)
class Batch:
    """The rows of one request, what in it was unusable (by reason), and what had to be redacted (by service)."""

    spans: list[SpanRow] = field(default_factory=list)
    logs: list[LogRow] = field(default_factory=list)
    points: list[PointRow] = field(default_factory=list)
    rejected: dict[str, int] = field(default_factory=dict)
    findings: dict[str, Findings] = field(default_factory=dict)

    def reject(self, reason: str) -> None:
        """Count one unusable record."""
        self.rejected[reason] = self.rejected.get(reason, 0) + 1

    def __len__(self) -> int:
        return len(self.spans) + len(self.logs) + len(self.points)
