"""Redacted copies of collected metrics; points whose attributes become equal are merged, not sent twice."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from opentelemetry.sdk.metrics.export import (
    Metric,
    MetricsData,
    ResourceMetrics,
    ScopeMetrics,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from otel_kit.pipeline.copies import redacted_resource, redacted_scope
from otel_kit.pipeline.metric_merge import joined, without_collisions
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
    # By the redacted scope: two that became equal are one, of which OpenTelemetry's encoder would send the last only.
    scopes: dict[InstrumentationScope, tuple[str, list[tuple[object, Metric]]]] = {}
    for number, scope_metrics in enumerate(entry.scope_metrics):
        scope = redacted_scope(scope_metrics.scope, redactor, findings) or scope_metrics.scope
        schema_url = redactor.text(scope_metrics.schema_url or "", findings, "scope.schema_url")
        _, metrics = scopes.setdefault(scope, (schema_url, []))
        metrics += [((number, metric.name), _metric(metric, redactor, findings)) for metric in scope_metrics.metrics]
    if resource is None:
        resource = redacted_resource(entry.resource, redactor, {}, findings)
    return ResourceMetrics(
        resource,
        [
            ScopeMetrics(scope, [_carried(metric, findings) for metric in joined(metrics)], schema_url)
            for scope, (schema_url, metrics) in scopes.items()
        ],
        redactor.text(entry.schema_url or "", findings, "resource.schema_url"),
    )


def _metric(metric: Metric, redactor: Redactor, findings: Findings) -> Metric:
    name = redactor.text(metric.name, findings, "metric.name")
    description = redactor.text(metric.description or "", findings, "metric.description")
    unit = redactor.text(metric.unit or "", findings, "metric.unit")
    return Metric(name, description, unit, _data(metric.data, redactor, findings))


def _data(data: Any, redactor: Redactor, findings: Findings) -> Any:
    copies = [
        replace(
            point,
            attributes=redactor.attributes(point.attributes, findings),
            exemplars=_exemplars(point.exemplars, redactor, findings),
        )
        for point in data.data_points
    ]
    return without_collisions(data, copies)


def _carried(metric: Metric, findings: Findings) -> Metric:
    """Return the metric with numbers that OTLP can carry, once all points are added up."""
    data: Any = metric.data
    numbers = [_number(getattr(point, "value", 0), findings) for point in data.data_points]
    pairs = list(zip(data.data_points, numbers, strict=True))
    if all(getattr(point, "value", 0) is number for point, number in pairs):
        return metric
    points = [replace(point, value=number) for point, number in pairs]
    return replace(metric, data=replace(data, data_points=points))


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
