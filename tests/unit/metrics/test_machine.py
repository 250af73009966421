"""Figures of process and host: the conventions' names and units, and values that can be."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from opentelemetry.metrics import Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import Gauge, InMemoryMetricReader
from opentelemetry.semconv._incubating.metrics import (
    container_metrics,
    cpython_metrics,
    process_metrics,
    system_metrics,
)

from otel_kit.metrics import devices
from otel_kit.metrics.container_sensors import container_figures
from otel_kit.metrics.figures import Figure, observe
from otel_kit.metrics.host_sensors import host_figures
from otel_kit.metrics.machine import observe_host, observe_process
from otel_kit.metrics.process_sensors import process_figures
from tests.conditions import eventually

# *Source:* semantic conventions 1.44, "process", "CPython runtime" and "system" metrics: unit and kind.
COUNTER, UP_DOWN, GAUGE = "counter", "up-down", "gauge"
PROCESS = {
    "process.cpu.time": ("s", COUNTER),
    "process.cpu.utilization": ("1", GAUGE),
    "process.memory.usage": ("By", UP_DOWN),
    "process.memory.virtual": ("By", UP_DOWN),
    "process.thread.count": ("{thread}", UP_DOWN),
    "process.unix.file_descriptor.count": ("{file_descriptor}", UP_DOWN),
    "process.context_switches": ("{context_switch}", COUNTER),
    "process.paging.faults": ("{fault}", COUNTER),
    "process.disk.io": ("By", COUNTER),
    "process.uptime": ("s", GAUGE),
    "cpython.gc.collections": ("{collection}", COUNTER),
    "cpython.gc.collected_objects": ("{object}", COUNTER),
    "cpython.gc.uncollectable_objects": ("{object}", COUNTER),
    "otel_kit.process.file_descriptor.limit": ("{file_descriptor}", UP_DOWN),
}
HOST = {
    "system.cpu.time": ("s", COUNTER),
    "system.cpu.utilization": ("1", GAUGE),
    "system.cpu.logical.count": ("{cpu}", UP_DOWN),
    "system.memory.usage": ("By", UP_DOWN),
    "system.memory.utilization": ("1", GAUGE),
    "system.memory.linux.available": ("By", UP_DOWN),
    "system.paging.usage": ("By", UP_DOWN),
    "system.paging.utilization": ("1", GAUGE),
    "system.paging.operations": ("{operation}", COUNTER),
    "system.filesystem.usage": ("By", UP_DOWN),
    "system.filesystem.utilization": ("1", GAUGE),
    "system.disk.io": ("By", COUNTER),
    "system.disk.operations": ("{operation}", COUNTER),
    "system.disk.operation_time": ("s", COUNTER),
    "system.disk.io_time": ("s", COUNTER),
    "system.network.io": ("By", COUNTER),
    "system.network.packet.count": ("{packet}", COUNTER),
    "system.network.errors": ("{error}", COUNTER),
    "system.network.packet.dropped": ("{packet}", COUNTER),
    "system.uptime": ("s", GAUGE),
    "otel_kit.system.load_average": ("{thread}", GAUGE),
}
# There is none without a swap, a block device, an interface that leads out, or two collections.
MAY_BE_MISSING = {"system.paging.utilization", "system.cpu.utilization", "process.cpu.utilization"} | {
    name for name in HOST if name.startswith(("system.disk.", "system.network."))
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


def test_names_units_and_kinds_are_the_conventions(machine: Machine) -> None:
    """Complete on Linux, and nothing else; ``otel_kit.`` where the conventions have no name."""
    machine.collect()
    metrics = machine.collect()

    found = {name: (metric.unit, _kind(metric.data)) for name, metric in metrics.items()}
    container = {name for name in found if "container." in name}
    wanted = {**PROCESS, **HOST}
    assert set(found) - container - set(wanted) == set()
    assert set(wanted) - set(found) <= MAY_BE_MISSING
    assert {name: wanted[name] for name in found if name in wanted} == {
        name: found[name] for name in found if name in wanted
    }
    assert machine.faults == []


def test_attributes_are_the_conventions(machine: Machine) -> None:
    """Names and values."""
    metrics = machine.collect()

    def values(name: str, attribute: str) -> set[Any]:
        return {point.attributes[attribute] for point in metrics[name].data.data_points}

    assert values("process.cpu.time", "cpu.mode") == {"user", "system"}
    assert values("system.cpu.time", "cpu.mode") <= {"user", "system", "nice", "idle", "iowait", "interrupt", "steal"}
    assert values("process.context_switches", "process.context_switch.type") == {"voluntary", "involuntary"}
    assert values("process.paging.faults", "system.paging.fault.type") == {"major", "minor"}
    assert values("process.disk.io", "disk.io.direction") == {"read", "write"}
    assert values("cpython.gc.collected_objects", "cpython.gc.generation") == {0, 1, 2}
    assert values("system.memory.usage", "system.memory.state") <= {"used", "free", "cached", "buffers"}
    assert values("system.paging.operations", "system.paging.direction") == {"in", "out"}
    assert values("system.filesystem.usage", "system.filesystem.state") <= {"used", "free", "reserved"}
    assert "/" in values("system.filesystem.usage", "system.filesystem.mountpoint")
    assert values("otel_kit.system.load_average", "otel_kit.system.load_average.window") == {"1m", "5m", "15m"}


def _kind(data: Any) -> str:
    if isinstance(data, Gauge):
        return GAUGE
    return COUNTER if data.is_monotonic else UP_DOWN


def test_values_can_be(machine: Machine) -> None:
    """Compared with what psutil says at the same time."""
    process = psutil.Process()

    assert machine.values("process.memory.usage")[""] == pytest.approx(process.memory_info().rss, rel=0.2)
    assert machine.values("process.memory.virtual")[""] >= process.memory_info().rss
    assert 0 < machine.values("process.cpu.time")["user"] <= process.cpu_times().user + 1
    assert threading.active_count() <= machine.values("process.thread.count")[""] <= process.num_threads() + 5
    assert 0 <= machine.values("process.uptime")[""] < 100_000
    assert 0 < machine.values("process.paging.faults")["minor"]
    memory = machine.values("system.memory.usage")
    assert psutil.virtual_memory().total == sum(memory.values())
    assert machine.values("system.cpu.time")["idle"] == pytest.approx(psutil.cpu_times().idle, rel=0.05)
    assert machine.values("system.uptime")[""] >= machine.values("process.uptime")[""]
    for share in ("system.memory.utilization", "system.filesystem.utilization"):
        assert all(0 < value <= 1 for value in machine.values(share).values())
    shares = {
        point.attributes["system.filesystem.mountpoint"]: point.value
        for point in machine.collect()["system.filesystem.utilization"].data.data_points
    }
    # What `df` says, which leaves out what is reserved for root.
    assert shares["/"] == pytest.approx(psutil.disk_usage("/").percent / 100, abs=0.02)


@pytest.mark.parametrize("name", ["system.cpu.utilization", "process.cpu.utilization"])
def test_cpu_shares_are_between_nothing_and_all(machine: Machine, name: str) -> None:
    """Since the last collection, of all CPUs; busy work shows."""

    def busy() -> float:
        sum(range(3_000_000))
        metrics = machine.collect()
        return max((point.value for point in metrics[name].data.data_points), default=0) if name in metrics else 0

    assert 0 < eventually(busy, "the share is more than nothing") <= 1


def test_host_figures_come_from_the_leader_only(machine: Machine) -> None:
    """Eight workers must not report one host eight times."""
    machine.leads = False
    followers = machine.collect()

    assert not [name for name in followers if name.startswith(("system.", "container.", "otel_kit.system"))]
    assert "process.memory.usage" in followers


def test_a_leader_that_begins_later_speaks_for_the_host(machine: Machine) -> None:
    """It is asked at each collection."""
    machine.leads = False
    machine.collect()
    machine.leads = True

    assert eventually(lambda: "system.memory.usage" in machine.collect(), "the host is there")


def test_failing_sensor_is_skipped_and_counted(machine: Machine) -> None:
    """A container without a /proc entry must not cost the other figures; half of a figure's states are none."""

    def broken() -> Iterator[Observation]:
        yield Observation(1)
        raise OSError("no such file")

    figure = Figure("broken", "gauge", "", "", "broken", broken)
    observe(machine.provider.get_meter("machine"), [figure], machine.count)

    metrics = machine.collect()

    assert "broken" not in metrics
    assert "process.memory.usage" in metrics
    assert ["sensor_broken"] == machine.faults


def test_sensors_of_a_system_that_says_no_are_skipped_and_counted(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Psutil's own edge: no /proc/meminfo, /proc/diskstats, no permission, no mounts, nothing at all."""

    def refuse(*_: Any, **__: Any) -> Any:
        raise psutil.AccessDenied(1)

    for name in ("virtual_memory", "swap_memory", "disk_io_counters", "cpu_times"):
        monkeypatch.setattr(psutil, name, refuse)
    monkeypatch.setattr(psutil, "net_io_counters", lambda **_: None)
    monkeypatch.setattr(psutil.Process, "io_counters", refuse)

    refused = {"system.memory.usage", "system.network.io", "process.disk.io"}
    counted = {"sensor_system_memory", "sensor_system_paging", "sensor_system_disk", "sensor_system_cpu",
               "sensor_process_disk"}  # fmt: skip
    # What was read a moment before is still good.
    eventually(lambda: not refused & set(machine.collect()) and counted <= set(machine.faults), "they are left out")

    metrics = machine.collect()
    assert "process.thread.count" in metrics
    assert "system.filesystem.usage" in metrics


def mounts(*rows: tuple[str, str, str]) -> Callable[..., list[Any]]:
    """Return a double of psutil's list of mounts."""
    return lambda **_: [SimpleNamespace(device=one[0], mountpoint=one[1], fstype=one[2]) for one in rows]


def test_each_device_is_one_filesystem_and_a_files_mount_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A container sees /etc/hosts as a mount of the host's disk, and its root as an overlay."""
    hosts = tmp_path / "hosts"
    hosts.touch()
    deep = tmp_path / "deep" / "data"
    deep.mkdir(parents=True)
    rows = [("/dev/sda1", str(deep), "ext4"), ("/dev/sda1", str(hosts), "ext4"), ("/dev/sda1", str(tmp_path), "ext4"),
            ("/dev/loop0", "/", "squashfs"), ("/dev/sdb", str(tmp_path / "gone"), "ext4")]  # fmt: skip
    monkeypatch.setattr(psutil, "disk_partitions", mounts(*rows))

    found = [(one.device, one.mountpoint) for one in devices.filesystems()]

    assert found == [("/dev/loop0", "/"), ("/dev/sda1", str(tmp_path))]
    assert devices.usage(str(tmp_path / "gone")) is None


def test_interfaces_and_disks_of_containers_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node with five hundred pods has as many veth pairs, and a loop device for each snap."""
    names = [
        "lo",
        "eth0",
        "wlan0",
        "enp3s0",
        "docker0",
        "br-1a2b",
        "cni0",
        "tunl0",
        *(f"veth{one}" for one in range(500)),
    ]
    monkeypatch.setattr(psutil, "net_io_counters", lambda **_: dict.fromkeys(names, 1))
    assert list(devices.interfaces()) == ["enp3s0", "eth0", "wlan0"]
    monkeypatch.setattr(psutil, "net_io_counters", lambda **_: {f"eth{one}": 1 for one in range(100)})
    assert len(devices.interfaces()) == 16
    monkeypatch.setattr(psutil, "disk_io_counters", lambda **_: {"loop7": 1, "ram0": 1, "dm-1": 1, "no-such-disk": 1})
    assert devices.disks() == {}


def test_limits_of_a_container_are_figures_where_there_are_some(tmp_path: Path) -> None:
    """Control groups, version 2; a limit may be lifted, and a file may be gone."""
    assert container_figures(tmp_path / "none") == []
    for name, text in {"memory.max": "max", "cpu.max": "max 100000"}.items():
        (tmp_path / name).write_text(text)
    assert container_figures(tmp_path) == []
    files = {"memory.max": "1000\n", "memory.current": "300\n", "cpu.max": "150000 100000\n",
             "cpu.stat": "usage_usec 2500000\nthrottled_usec 500000\n"}  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    figures = {figure.name: figure for figure in container_figures(tmp_path)}

    assert {name: [point.value for point in figure.sensor()] for name, figure in figures.items()} == {
        "container.memory.usage": [300],
        "otel_kit.container.memory.limit": [1000],
        "container.cpu.time": [2.5],
        "otel_kit.container.cpu.throttled_time": [0.5],
        "otel_kit.container.cpu.limit": [1.5],
    }
    (tmp_path / "memory.max").write_text("max")
    assert list(figures["otel_kit.container.memory.limit"].sensor()) == []


def test_every_name_is_the_conventions_or_the_kits_own() -> None:
    """Compared with the installed package of the semantic conventions."""
    known = {
        value
        for module in (system_metrics, process_metrics, cpython_metrics, container_metrics)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str)
    }
    figures = [*process_figures(), *host_figures()]

    assert {figure.name for figure in figures if not figure.name.startswith("otel_kit.")} <= known
