"""Redacted copies of collected metrics; points whose attributes become equal are merged, not sent twice."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from opentelemetry.sdk.metrics.export import (
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
)
from opentelemetry.sdk.resources import Resource

from otel_kit.pipeline.copies import redacted_resource, redacted_scope
from otel_kit.pipeline.metric_merge import merged
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import Redactor

_INT64 = range(-(1 << 63), 1 << 63)


def redacted_metrics(
    data: MetricsData, redactor: Redactor, findings: Findings, resource: Resource | None = None
) -> MetricsData:
    """Return a redacted copy; ``resource`` replaces each resource when it is given."""
    return MetricsData([_resource_metrics(entry, redactor, findings, resource) for entry in data.resource_metrics])


def single_points(collected: MetricsData) -> Iterator[MetricsData]:
    """Yield each collected point as metrics of its own."""
    for entry in collected.resource_metrics:
        for scope in entry.scope_metrics:
            for metric in scope.metrics:
                for point in metric.data.data_points:
                    data: Any = metric.data
                    one = replace(metric, data=replace(data, data_points=[point]))
                    yield MetricsData([replace(entry, scope_metrics=[replace(scope, metrics=[one])])])


def _resource_metrics(
    entry: ResourceMetrics, redactor: Redactor, findings: Findings, resource: Resource | None
) -> ResourceMetrics:
    scopes = []
    for scope_metrics in entry.scope_metrics:
        scope = redacted_scope(scope_metrics.scope, redactor, findings)
        metrics = [_metric(metric, redactor, findings) for metric in scope_metrics.metrics]
        schema_url = redactor.text(scope_metrics.schema_url or "", findings, "scope.schema_url")
        scopes.append(ScopeMetrics(scope or scope_metrics.scope, metrics, schema_url))
    if resource is None:
        resource = redacted_resource(entry.resource, redactor, {}, findings)
    return ResourceMetrics(resource, scopes, entry.schema_url)


def _metric(metric: Metric, redactor: Redactor, findings: Findings) -> Metric:
    name = redactor.text(metric.name, findings, "metric.name")
    description = redactor.text(metric.description or "", findings, "metric.description")
    return Metric(name, description, metric.unit, _data(metric.data, redactor, findings))


def _data(data: Any, redactor: Redactor, findings: Findings) -> Any:
    points: dict[tuple[Any, ...], Any] = {}
    unmergeable: list[Any] = []
    for point in data.data_points:
        copy = replace(
            point,
            attributes=redactor.attributes(point.attributes, findings),
            exemplars=_exemplars(point.exemplars, redactor, findings),
            **_value(point, findings),
        )
        key = _key(copy)
        both = merged(data, points[key], copy) if key in points else copy
        if both is None:
            unmergeable.append(copy)
        else:
            points[key] = both
    return replace(data, data_points=[*points.values(), *unmergeable])


def _key(point: Any) -> tuple[Any, ...]:
    return tuple(sorted((key, repr(value)) for key, value in point.attributes.items()))


def _value(point: Any, findings: Findings) -> dict[str, Any]:
    """Return the fields of a point whose number OTLP cannot carry as it is."""
    if not isinstance(point, NumberDataPoint):
        return {}
    value = _number(point.value, findings)
    return {} if value is point.value else {"value": value}


def _number(value: Any, findings: Findings) -> Any:
    """Return a whole number beyond 64 bits as a float, anything else as it is."""
    if not isinstance(value, int) or value in _INT64:
        return value
    findings.repaired += 1
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _exemplars(exemplars: Sequence[Any], redactor: Redactor, findings: Findings) -> list[Any]:
    return [
        replace(
            exemplar,
            filtered_attributes=redactor.attributes(exemplar.filtered_attributes, findings),
            value=_number(exemplar.value, findings),
        )
        for exemplar in exemplars
    ]
