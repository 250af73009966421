"""``/v1/metrics`` requests as points: sums, gauges, both histograms and summaries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from google.protobuf.message import DecodeError

from otel_kit.local import jsontext
from otel_kit.local.decode.rows import (
    Batch,
    ExemplarRow,
    MalformedRequest,
    Metric,
    PointRow,
    Resource,
    Scope,
    Series,
)
from otel_kit.local.decode.scrub import Scrubber
from otel_kit.local.decode.shallow import MetricsData
from otel_kit.local.decode.traces import LAST_TIME
from otel_kit.local.decode.values import showable

_NO_TRACE, _NO_SPAN = bytes(16), bytes(8)
# What a point itself says: value, count, sum, low, high, detail.
_Reading = tuple["float | int | None", "int | None", "float | None", "float | None", "float | None", "str | None"]


def decode_metrics(body: bytes, scrub: Scrubber, batch: Batch) -> None:
    """Add the points of one encoded request to ``batch``; points that cannot be kept are rejected there.

    Raises:
        MalformedRequest: the bytes are no metrics request.
    """
    try:
        request = MetricsData.FromString(body)
    except DecodeError as error:
        raise MalformedRequest(f"not a valid metrics request: {error}") from error
    for of_resource in request.resource_metrics:
        resource = scrub.resource(of_resource.resource)
        for of_scope in of_resource.scope_metrics:
            scope = scrub.scope(of_scope.scope)
            for metric in of_scope.metrics:
                _add(metric, resource, scope, scrub, batch)


def _add(metric: Any, resource: Resource, scope: Scope, scrub: Scrubber, batch: Batch) -> None:
    kind = metric.WhichOneof("data")
    if kind is None:
        return batch.reject("no_data")
    data = getattr(metric, kind)
    described = Metric(
        scrub.text(metric.name, "metric.name"),
        scrub.text(metric.unit, "metric.unit"),
        scrub.text(metric.description, "metric.description"),
        kind,
        data.is_monotonic if kind == "sum" else None,
        (data.aggregation_temporality or None) if kind not in ("gauge", "summary") else None,
    )
    read = _READERS[kind]
    for point in data.data_points:
        if not 0 < point.time_unix_nano <= LAST_TIME or point.start_time_unix_nano > LAST_TIME:
            batch.reject("bad_time")
            continue
        exemplars = () if kind == "summary" else tuple(_exemplars(point.exemplars, scrub))
        series = Series(described, resource, scope, scrub.attributes(point.attributes))
        batch.points.append(
            PointRow(
                series, point.time_unix_nano, point.start_time_unix_nano, point.flags, *read(point), exemplars=exemplars
            )
        )
    return None


def _number(point: Any) -> _Reading:
    return _value(point), None, None, None, None, None


def _histogram(point: Any) -> _Reading:
    detail = {"bounds": list(point.explicit_bounds), "counts": list(point.bucket_counts)}
    return None, *_totals(point), jsontext.encode(showable(detail))


def _exponential_histogram(point: Any) -> _Reading:
    detail = {
        "scale": point.scale,
        "zero_count": point.zero_count,
        "zero_threshold": point.zero_threshold,
        "positive": [point.positive.offset, list(point.positive.bucket_counts)],
        "negative": [point.negative.offset, list(point.negative.bucket_counts)],
    }
    return None, *_totals(point), jsontext.encode(showable(detail))


def _summary(point: Any) -> _Reading:
    detail = {"quantiles": [[each.quantile, each.value] for each in point.quantile_values]}
    return None, _count(point.count), point.sum, None, None, jsontext.encode(showable(detail))


_READERS = {
    "sum": _number,
    "gauge": _number,
    "histogram": _histogram,
    "exponential_histogram": _exponential_histogram,
    "summary": _summary,
}


def _totals(point: Any) -> tuple[int, float | None, float | None, float | None]:
    return (
        _count(point.count),
        point.sum if point.HasField("sum") else None,
        point.min if point.HasField("min") else None,
        point.max if point.HasField("max") else None,
    )


def _count(count: int) -> int:
    return min(count, LAST_TIME)  # SQLite's integers end at 63 bits


def _value(point: Any) -> float | int | None:
    which = point.WhichOneof("value")
    if which is None:
        return None
    value: float | int = getattr(point, which)
    return value


def _exemplars(exemplars: Iterable[Any], scrub: Scrubber) -> Iterable[ExemplarRow]:
    for each in exemplars:
        value = _value(each)
        if value is not None and 0 < each.time_unix_nano <= LAST_TIME:
            yield ExemplarRow(
                each.time_unix_nano,
                value,
                each.trace_id if len(each.trace_id) == 16 and each.trace_id != _NO_TRACE else None,
                each.span_id if len(each.span_id) == 8 and each.span_id != _NO_SPAN else None,
                scrub.attributes(each.filtered_attributes),
            )
