"""Two points of one stream whose attributes became equal by redaction: one point that stands for both.

Sums add up, histograms add bucket by bucket, of gauges the latest stands. *Source:* OpenTelemetry metrics data model,
"single-writer" and "scale-down of exponential histograms".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from opentelemetry.sdk.metrics.export import (
    Buckets,
    ExponentialHistogram,
    ExponentialHistogramDataPoint,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    Sum,
)

_MAX_BUCKETS = 160  # what the SDK's own exponential histograms have at most
_MAX_EXEMPLARS = 20  # as above; a thousand points that become one must not bring a thousand


def without_collisions(data: Any, points: Iterable[Any]) -> Any:
    """Return a metric's ``data`` with ``points``, one for each set of attributes."""
    streams: dict[tuple[Any, ...], Any] = {}
    unmergeable: list[Any] = []
    for point in points:
        attributes = tuple(sorted((key, repr(value)) for key, value in point.attributes.items()))
        both = _merged(data, streams[attributes], point) if attributes in streams else point
        if both is None:
            unmergeable.append(point)
        else:
            streams[attributes] = both
    return replace(data, data_points=[*streams.values(), *unmergeable])


def joined(metrics: Iterable[tuple[object, Metric]]) -> list[Metric]:
    """Return the metrics of one scope with those made one whose names, or whose scopes, became equal.

    Each comes with its origin. Metrics of one origin that are alike stay apart: so the SDK has collected them.
    """
    result: list[Metric] = []
    known: dict[tuple[Any, ...], tuple[object, int]] = {}
    for origin, metric in metrics:
        data: Any = metric.data
        temporality = getattr(data, "aggregation_temporality", None)
        stream = (metric.name, metric.unit, type(data), temporality, getattr(data, "is_monotonic", None))
        first, place = known.setdefault(stream, (origin, len(result)))
        if first == origin:
            result.append(metric)
            continue
        before: Any = result[place].data
        points = [*before.data_points, *data.data_points]
        result[place] = replace(result[place], data=without_collisions(data, points))
    return result


def _merged(data: Any, first: Any, second: Any) -> Any | None:
    """Return one point for two, or None if they cannot be added. ``data`` is the metric's data that holds them."""
    match data, first, second:
        case Gauge(), NumberDataPoint(), NumberDataPoint():
            return max(first, second, key=_measured)
        case Sum(), NumberDataPoint(), NumberDataPoint():
            return replace(first, value=first.value + second.value, **_span_of_both(first, second))
        case Histogram(), HistogramDataPoint(), HistogramDataPoint():
            if tuple(first.explicit_bounds) != tuple(second.explicit_bounds):
                return None
            counts = [left + right for left, right in zip(first.bucket_counts, second.bucket_counts, strict=True)]
            return replace(first, bucket_counts=counts, **_totals(first, second))
        case ExponentialHistogram(), ExponentialHistogramDataPoint(), ExponentialHistogramDataPoint():
            return _exponential(first, second)
    return None


def _measured(point: NumberDataPoint) -> tuple[int, int]:
    """Return when a gauge was measured: all points of a collection have its time, their exemplars may tell more."""
    return point.time_unix_nano, max((exemplar.time_unix_nano for exemplar in point.exemplars), default=0)


def _exponential(first: Any, second: Any) -> Any:
    scale = min(first.scale, second.scale)
    while True:
        positive = _counts(scale, (first.positive, first.scale), (second.positive, second.scale))
        negative = _counts(scale, (first.negative, first.scale), (second.negative, second.scale))
        if max(_width(positive), _width(negative)) <= _MAX_BUCKETS:
            break
        scale -= 1
    return replace(
        first,
        scale=scale,
        zero_count=first.zero_count + second.zero_count,
        positive=_buckets(positive),
        negative=_buckets(negative),
        **_totals(first, second),
    )


def _counts(scale: int, *parts: tuple[Buckets, int]) -> dict[int, int]:
    """Add buckets up at ``scale``, by index: one step down joins the buckets 2n and 2n + 1 to n."""
    counts: dict[int, int] = {}
    for buckets, own_scale in parts:
        for position, count in enumerate(buckets.bucket_counts):
            if count:
                index = (buckets.offset + position) >> (own_scale - scale)
                counts[index] = counts.get(index, 0) + count
    return counts


def _width(counts: dict[int, int]) -> int:
    return max(counts) - min(counts) + 1 if counts else 0


def _buckets(counts: dict[int, int]) -> Buckets:
    low = min(counts, default=0)
    return Buckets(low, [counts.get(low + position, 0) for position in range(_width(counts))])


def _totals(first: Any, second: Any) -> dict[str, Any]:
    return {
        "count": first.count + second.count,
        "sum": first.sum + second.sum,
        "min": min(first.min, second.min),
        "max": max(first.max, second.max),
        **_span_of_both(first, second),
    }


def _span_of_both(first: Any, second: Any) -> dict[str, Any]:
    exemplars: Sequence[Any] = [*first.exemplars, *second.exemplars]
    most = max(_MAX_EXEMPLARS, len(first.exemplars), len(second.exemplars))
    if len(exemplars) > most:
        exemplars = sorted(exemplars, key=lambda exemplar: exemplar.time_unix_nano)[-most:]
    return {
        # The total holds what both counted: since the earlier start, cumulative or not.
        "start_time_unix_nano": min(first.start_time_unix_nano, second.start_time_unix_nano),
        "time_unix_nano": max(first.time_unix_nano, second.time_unix_nano),
        "exemplars": exemplars,
    }
