"""Figures of the machine as rows: name, kind, unit, and the sensor that reads it. A failing sensor is skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from opentelemetry.metrics import CallbackOptions, Meter, Observation

CountFault = Callable[[str, BaseException], None]
Sensor = Callable[[], Iterable[Observation]]


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric. ``place`` is what a fault of its sensor is counted under, after ``sensor_``."""

    name: str
    kind: Literal["counter", "up_down", "gauge"]
    unit: str
    description: str
    place: str
    sensor: Sensor


def observe(meter: Meter, figures: Iterable[Figure], count_fault: CountFault) -> None:
    """Register figures: each sensor is asked at each collection, what it raises is counted."""
    makers: dict[str, Callable[..., Any]] = {
        "counter": meter.create_observable_counter,
        "up_down": meter.create_observable_up_down_counter,
        "gauge": meter.create_observable_gauge,
    }
    for figure in figures:
        makers[figure.kind](figure.name, [_safe(figure, count_fault)], unit=figure.unit, description=figure.description)


def _safe(figure: Figure, count_fault: CountFault) -> Callable[[CallbackOptions], Iterable[Observation]]:
    def read(_: CallbackOptions) -> Iterable[Observation]:
        try:
            return list(figure.sensor())  # all or nothing: half of the states would add up to a wrong sum
        except Exception as error:
            count_fault(f"sensor_{figure.place}", error)
            return []

    return read
