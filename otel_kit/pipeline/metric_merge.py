"""Two points of one stream whose attributes became equal by redaction: one point that stands for both.

Sums add up, histograms add bucket by bucket, of gauges the latest stands. *Source:* OpenTelemetry metrics data model,
"single-writer" and "scale-down of exponential histograms".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Buckets,
    ExponentialHistogram,
    ExponentialHistogramDataPoint,
    Gauge,
    Histogram,
    HistogramDataPoint,
    NumberDataPoint,
    Sum,
)

_MAX_BUCKETS = 160  # what the SDK's own exponential histograms have at most


def merged(data: Any, first: Any, second: Any) -> Any | None:
    """Return one point for two, or None if they cannot be added. ``data`` is the metric's data that holds them."""
    match data, first, second:
        case Gauge(), NumberDataPoint(), NumberDataPoint():
            return max(first, second, key=lambda point: point.time_unix_nano)
        case Sum(), NumberDataPoint(), NumberDataPoint():
            return replace(first, value=first.value + second.value, **_span_of_both(data, first, second))
        case Histogram(), HistogramDataPoint(), HistogramDataPoint():
            if tuple(first.explicit_bounds) != tuple(second.explicit_bounds):
                return None
            counts = [left + right for left, right in zip(first.bucket_counts, second.bucket_counts, strict=True)]
            return replace(first, bucket_counts=counts, **_totals(data, first, second))
        case ExponentialHistogram(), ExponentialHistogramDataPoint(), ExponentialHistogramDataPoint():
            return _exponential(data, first, second)
    return None


def _exponential(data: Any, first: Any, second: Any) -> Any:
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
        **_totals(data, first, second),
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


def _totals(data: Any, first: Any, second: Any) -> dict[str, Any]:
    return {
        "count": first.count + second.count,
        "sum": first.sum + second.sum,
        "min": min(first.min, second.min),
        "max": max(first.max, second.max),
        **_span_of_both(data, first, second),
    }


def _span_of_both(data: Any, first: Any, second: Any) -> dict[str, Any]:
    starts: Sequence[int] = (first.start_time_unix_nano, second.start_time_unix_nano)
    cumulative = data.aggregation_temporality == AggregationTemporality.CUMULATIVE
    return {
        # A cumulative total may not go back to a later start: the earliest covers both.
        "start_time_unix_nano": min(starts) if cumulative else max(starts),
        "time_unix_nano": max(first.time_unix_nano, second.time_unix_nano),
        "exemplars": [*first.exemplars, *second.exemplars],
    }
