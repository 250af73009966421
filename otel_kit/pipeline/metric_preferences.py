"""What the metric reader asks of the SDK: temporality and the kind of histogram.

OpenTelemetry metrics exporter for OTLP, "Additional environment variable configuration".
"""

from __future__ import annotations

from opentelemetry.sdk.metrics import Counter, Histogram, ObservableCounter
from opentelemetry.sdk.metrics.export import AggregationTemporality
from opentelemetry.sdk.metrics.view import Aggregation, ExponentialBucketHistogramAggregation

# What each preference makes delta; all else is cumulative.
_DELTA: dict[str, tuple[type, ...]] = {
    "cumulative": (),
    "delta": (Counter, ObservableCounter, Histogram),
    "lowmemory": (Counter, Histogram),
}


def temporalities(preference: str) -> dict[type, AggregationTemporality]:
    """Return the temporality of each kind of instrument that differs from cumulative."""
    return dict.fromkeys(_DELTA[preference], AggregationTemporality.DELTA)


def aggregations(histogram: str) -> dict[type, Aggregation]:
    """Return the aggregation of each kind of instrument that differs from the SDK's own."""
    if histogram == "base2_exponential_bucket_histogram":
        return {Histogram: ExponentialBucketHistogramAggregation()}
    return {}
