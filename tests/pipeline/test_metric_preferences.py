"""The standard variables for temporality and histograms keep their meaning."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry import metrics

from tests.conftest import StartKit
from tests.otlp_sink import OtlpSink

DELTA, CUMULATIVE = 1, 2  # opentelemetry-proto, AggregationTemporality


@pytest.mark.parametrize(("preference", "wanted"), [("cumulative", (CUMULATIVE, 3)), ("delta", (DELTA, 1))])
def test_counters_are_sent_as_preferred(
    kit: StartKit, otlp: OtlpSink, monkeypatch: pytest.MonkeyPatch, preference: str, wanted: tuple[int, int]
) -> None:
    """Cumulative sends the total of both collections, delta only what came since the first."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", preference.upper())
    running = kit()
    counter = metrics.get_meter("app").create_counter(f"sold.{preference}")

    counter.add(2)
    assert running.flush()
    counter.add(1)
    assert running.flush()

    (sum_,) = [metric.sum for metric in _metrics(otlp)[-1:] if metric.name == f"sold.{preference}"]
    assert (sum_.aggregation_temporality, sum_.data_points[0].as_int) == wanted


def test_histograms_are_kept_as_preferred(kit: StartKit, otlp: OtlpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Base-2 exponential histograms instead of fixed buckets."""
    variable = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION"
    monkeypatch.setenv(variable, "base2_exponential_bucket_histogram")
    running = kit()

    metrics.get_meter("app").create_histogram("size").record(3)

    assert running.flush()
    assert "exponential_histogram" in {metric.WhichOneof("data") for metric in _metrics(otlp) if metric.name == "size"}


def _metrics(otlp: OtlpSink) -> list[Any]:
    """Return the metrics of the application's meter, oldest first."""
    return [
        metric
        for request in otlp.requests("/v1/metrics")
        for resource in request.message().resource_metrics
        for scope in resource.scope_metrics
        if scope.scope.name == "app"
        for metric in scope.metrics
    ]
