"""Process, host and container figures, registered with a meter.

One collection costs less than a millisecond (``benchmarks/machine.py``): what is dear, such as open connections, is
left out. Host figures come from one process of a service on a host only; a sensor that fails is skipped and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from opentelemetry.metrics import Meter, Observation

from otel_kit.metrics.container_sensors import container_figures
from otel_kit.metrics.figures import CountFault, Figure, Sensor, observe
from otel_kit.metrics.host_sensors import host_figures
from otel_kit.metrics.process_sensors import process_figures
from otel_kit.metrics.readings import Readings


def observe_process(meter: Meter, count_fault: CountFault) -> None:
    """Register the figures of this process."""
    observe(meter, process_figures(), count_fault)


def observe_host(meter: Meter, count_fault: CountFault, leads: Callable[[], bool]) -> None:
    """Register the figures of host and container; they are collected while ``leads`` says to speak for the host."""
    readings = Readings()

    def only_leading(sensor: Sensor) -> Sensor:
        def read() -> Iterable[Observation]:
            return sensor() if readings.of("leads", leads) else ()

        return read

    figures: list[Figure] = [*host_figures(), *container_figures()]
    observe(meter, [replace(figure, sensor=only_leading(figure.sensor)) for figure in figures], count_fault)
