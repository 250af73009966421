"""Attributes whose own code raises do not raise into the application, and the measurement counts all the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.metrics import Meter
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource

from otel_kit.pipeline.faults import Faults
from otel_kit.pipeline.metric_reader import GuardedMeterProvider


class Hostile:
    """Cannot be printed."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


def cyclic() -> list[Any]:
    """Return a list that holds itself."""
    made: list[Any] = []
    made.append(made)
    return made


@pytest.fixture
def reader() -> InMemoryMetricReader:
    """A reader as a user adds it."""
    return InMemoryMetricReader()


@pytest.fixture
def meter(reader: InMemoryMetricReader) -> Meter:
    """A meter of the kit's provider."""
    provider = GuardedMeterProvider(Resource({}), lambda data: data, Faults())
    provider.add_metric_reader(reader)
    return provider.get_meter("app")


RECORD: list[tuple[str, Callable[[Meter, Any], None]]] = [
    ("counter", lambda meter, attributes: meter.create_counter("made").add(2, attributes)),
    ("up-down", lambda meter, attributes: meter.create_up_down_counter("made").add(2, attributes)),
    ("histogram", lambda meter, attributes: meter.create_histogram("made").record(2, attributes)),
    ("gauge", lambda meter, attributes: meter.create_gauge("made").set(2, attributes)),
]


@pytest.mark.parametrize("record", [record for _, record in RECORD], ids=[name for name, _ in RECORD])
@pytest.mark.parametrize(
    "value", [Hostile(), [Hostile()], {"deep": Hostile()}, cyclic()], ids=["value", "in a list", "in a map", "cycle"]
)
def test_a_measurement_with_hostile_attributes_is_recorded(
    meter: Meter, reader: InMemoryMetricReader, record: Callable[[Meter, Any], None], value: Any
) -> None:
    """The point is there, with the attribute as plain text."""
    record(meter, {"plain": "a", "hostile": value})

    (point,) = points(reader)
    assert point.attributes["plain"] == "a"
    assert "hostile" in point.attributes


@pytest.mark.parametrize("attributes", ["no map", 7, [("a", 1)]])
def test_what_is_no_map_does_not_raise(meter: Meter, reader: InMemoryMetricReader, attributes: Any) -> None:
    """The measurement is recorded without attributes."""
    meter.create_counter("made").add(1, attributes)

    assert len(points(reader)) == 1


def test_an_instrument_asked_for_twice_is_guarded_once(meter: Meter, reader: InMemoryMetricReader) -> None:
    """The SDK returns the same instrument; wrapping it again at each call would grow without end."""
    first = meter.create_counter("made")
    wrapped = first.add
    second = meter.create_counter("made")

    assert second.add is wrapped or second is not first


def points(reader: InMemoryMetricReader) -> list[Any]:
    """Return every point that the reader collects now."""
    data = reader.get_metrics_data()
    assert data is not None
    return [
        point
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.data.data_points
    ]
