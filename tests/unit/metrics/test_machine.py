"""Figures of process and host: the conventions' names and units, and values that can be."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from opentelemetry.metrics import Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from otel_kit.metrics.machine import _safe, observe_host, observe_process

# *Source:* semantic conventions 1.44, "system" and "process" metrics.
UNITS = {
    "process.cpu.time": "s",
    "process.memory.usage": "By",
    "process.thread.count": "{thread}",
    "process.unix.file_descriptor.count": "{file_descriptor}",
    "process.uptime": "s",
    "cpython.gc.collections": "{collection}",
    "system.cpu.utilization": "1",
    "system.memory.usage": "By",
    "system.memory.utilization": "1",
    "system.filesystem.usage": "By",
    "system.filesystem.utilization": "1",
    "system.network.io": "By",
}


class Machine:
    """A meter provider that observes this machine, and what is collected from it."""

    def __init__(self) -> None:
        self.leads = True
        self.faults: list[str] = []
        self.reader = InMemoryMetricReader()
        self.provider = MeterProvider([self.reader], shutdown_on_exit=False)
        meter = self.provider.get_meter("machine")
        observe_process(meter, self.count)
        observe_host(meter, self.count, lambda: self.leads)

    def count(self, place: str, error: BaseException) -> None:
        """Take a fault."""
        self.faults.append(place)

    def collect(self) -> dict[str, Any]:
        """Return each metric that has points, by name."""
        data = self.reader.get_metrics_data()
        assert data is not None
        metrics = [one for entry in data.resource_metrics for scope in entry.scope_metrics for one in scope.metrics]
        return {metric.name: metric for metric in metrics if metric.data.data_points}

    def values(self, name: str) -> dict[str, float]:
        """Return the points of a metric by the value of their only varying attribute."""
        points = self.collect()[name].data.data_points
        return {str(next(iter(point.attributes.values()), "")): point.value for point in points}


@pytest.fixture
def machine() -> Iterator[Machine]:
    """A machine whose provider is shut down after the test."""
    made = Machine()
    yield made
    made.provider.shutdown()


def test_names_and_units_are_the_conventions(machine: Machine) -> None:
    """The lean set, complete, and nothing else."""
    machine.collect()  # the CPU's share needs two
    sum(range(200_000))

    units = {name: metric.unit for name, metric in machine.collect().items()}

    units.setdefault("system.cpu.utilization", "1")  # none when no tick of the clock has passed
    assert UNITS == units
    assert [] == machine.faults


def test_values_can_be(machine: Machine) -> None:
    """Compared with what psutil says at the same time."""
    process = psutil.Process()

    assert machine.values("process.memory.usage")[""] == pytest.approx(process.memory_info().rss, rel=0.2)
    assert 0 < machine.values("process.cpu.time")["user"] <= process.cpu_times().user + 1
    assert threading.active_count() <= machine.values("process.thread.count")[""] <= process.num_threads() + 5
    assert 0 <= machine.values("process.uptime")[""] < 100_000
    memory = machine.values("system.memory.usage")
    assert psutil.virtual_memory().total == memory["used"] + memory["free"]
    for share in ("system.memory.utilization", "system.filesystem.utilization"):
        assert all(0 < value <= 1 for value in machine.values(share).values())


def test_cpu_share_is_between_nothing_and_all(machine: Machine) -> None:
    """Since the last collection, of all CPUs."""
    for _ in range(3):
        sum(range(300_000))
        metrics = machine.collect()
        points = metrics["system.cpu.utilization"].data.data_points if "system.cpu.utilization" in metrics else []
        assert all(0 <= point.value <= 1 for point in points)


def test_host_figures_come_from_the_leader_only(machine: Machine) -> None:
    """Eight workers must not report one host eight times."""
    machine.leads = False
    followers = machine.collect()
    machine.leads = True

    assert {name for name in UNITS if name.startswith("system")} >= set(machine.collect()) - set(followers)
    assert not [name for name in followers if name.startswith("system")]
    assert "process.memory.usage" in followers


def test_failing_sensor_is_skipped_and_counted(machine: Machine) -> None:
    """A container without a /proc entry must not cost the other figures."""

    def broken() -> Iterator[Observation]:
        yield Observation(1)
        raise OSError("no such file")

    machine.provider.get_meter("machine").create_observable_gauge("broken", _safe("broken", broken, machine.count))

    metrics = machine.collect()

    assert "broken" not in metrics
    assert "process.memory.usage" in metrics
    assert ["sensor_broken"] == machine.faults
