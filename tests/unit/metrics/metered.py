"""The kit's meter on a provider of the SDK, for tests of instruments alone."""

from __future__ import annotations

from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from otel_kit.metrics.meter import Meter


class Metered:
    """The kit's meter on a provider of the SDK, with what was counted as misuse."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.reader = InMemoryMetricReader()
        self.provider = MeterProvider([self.reader], shutdown_on_exit=False)
        self.meter = Meter(self.provider.get_meter("app"))

    def metrics(self) -> dict[str, Any]:
        """Return what was recorded, by name."""
        data = self.reader.get_metrics_data()
        entries = data.resource_metrics if data is not None else []
        return {one.name: one for entry in entries for scope in entry.scope_metrics for one in scope.metrics}

    def value(self, name: str) -> float:
        """Return the value, or the sum, of the only point of a metric."""
        (point,) = self.metrics()[name].data.data_points
        return float(point.sum if hasattr(point, "sum") else point.value)
