"""Redacted copies of collected metrics; points whose attributes become equal are merged, not sent twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    ExponentialHistogram,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource

from otel_kit.pipeline.copies import redacted_scope
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import Redactor


def redacted_metrics(
    data: MetricsData, redactor: Redactor, findings: Findings, resource: Resource | None = None
) -> MetricsData:
    """Return a redacted copy; ``resource`` replaces each resource when it is given."""
    return MetricsData([_resource_metrics(entry, redactor, findings, resource) for entry in data.resource_metrics])


def point_count(metric: Metric) -> int:
    """Return the number of points of a metric."""
    return len(metric.data.data_points)


def _resource_metrics(
    entry: ResourceMetrics, redactor: Redactor, findings: Findings, resource: Resource | None
) -> ResourceMetrics:
    scopes = []
    for scope_metrics in entry.scope_metrics:
        scope = redacted_scope(scope_metrics.scope, redactor, findings)
        metrics = [_metric(metric, redactor, findings) for metric in scope_metrics.metrics]
        scopes.append(ScopeMetrics(scope or scope_metrics.scope, metrics, scope_metrics.schema_url))
    if resource is None:
        resource = Resource(redactor.attributes(entry.resource.attributes, findings), entry.resource.schema_url)
    return ResourceMetrics(resource, scopes, entry.schema_url)


def _metric(metric: Metric, redactor: Redactor, findings: Findings) -> Metric:
    name = redactor.text(metric.name, findings)
    description = redactor.text(metric.description or "", findings)
    return Metric(name, description, metric.unit, _data(metric.data, redactor, findings))


def _data(data: Any, redactor: Redactor, findings: Findings) -> Any:
    points: dict[tuple[Any, ...], Any] = {}
    unmergeable: list[Any] = []
    for point in data.data_points:
        copy = replace(
            point,
            attributes=redactor.attributes(point.attributes, findings),
            exemplars=_exemplars(point.exemplars, redactor, findings),
        )
        if copy.attributes == dict(point.attributes or {}):
            unmergeable.append(copy) if _key(copy) in points else points.setdefault(_key(copy), copy)
            continue
        key = _key(copy)
        merged = _merged(data, points[key], copy) if key in points else copy
        if merged is None:
            unmergeable.append(copy)
        else:
            points[key] = merged
    return replace(data, data_points=[*points.values(), *unmergeable])


def _key(point: Any) -> tuple[Any, ...]:
    return tuple(sorted((key, repr(value)) for key, value in point.attributes.items()))


def _exemplars(exemplars: Sequence[Any], redactor: Redactor, findings: Findings) -> list[Any]:
    return [
        replace(exemplar, filtered_attributes=redactor.attributes(exemplar.filtered_attributes, findings))
        for exemplar in exemplars
    ]


def _merged(data: Any, first: Any, second: Any) -> Any | None:
    """Return one point for two of the same stream whose attributes became equal, or None if they cannot be added.

    Sums add up (OpenTelemetry metrics data model, "single-writer" rule), histograms add bucket by bucket, of gauges
    the latest stands.
    """
    match data, first, second:
        case Gauge(), NumberDataPoint(), NumberDataPoint():
            return max(first, second, key=lambda point: point.time_unix_nano)
        case Sum(), NumberDataPoint(), NumberDataPoint():
            return replace(first, value=first.value + second.value, **_common(data, first, second))
        case Histogram(), HistogramDataPoint(), HistogramDataPoint():
            if tuple(first.explicit_bounds) != tuple(second.explicit_bounds):
                return None
            counts = [left + right for left, right in zip(first.bucket_counts, second.bucket_counts, strict=True)]
            return replace(
                first,
                count=first.count + second.count,
                sum=first.sum + second.sum,
                min=min(first.min, second.min),
                max=max(first.max, second.max),
                bucket_counts=counts,
                **_common(data, first, second),
            )
        case ExponentialHistogram(), _, _:
            return None
    return None


def _common(data: Sum | Histogram, first: Any, second: Any) -> dict[str, Any]:
    starts = (first.start_time_unix_nano, second.start_time_unix_nano)
    cumulative = data.aggregation_temporality == AggregationTemporality.CUMULATIVE
    return {
        # A cumulative total may not go back to a later start: the earliest covers both.
        "start_time_unix_nano": min(starts) if cumulative else max(starts),
        "time_unix_nano": max(first.time_unix_nano, second.time_unix_nano),
        "exemplars": [*first.exemplars, *second.exemplars],
    }
