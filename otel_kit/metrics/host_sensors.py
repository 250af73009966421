"""The host: CPUs, memory, swap, disks, filesystems and network, by psutil.

*Source:* semantic conventions 1.44, "system". Load averages have no name there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from typing import Any

import psutil
from opentelemetry.metrics import Observation

from otel_kit import semconv
from otel_kit.metrics import devices
from otel_kit.metrics.figures import Figure
from otel_kit.metrics.readings import Readings, Share

_readings = Readings()
# psutil's name of a time -> the conventions' mode. Guest times are part of user and nice already.
_CPU_MODES = {
    "user": "user", "system": "system", "nice": "nice", "idle": "idle", "iowait": "iowait", "irq": "interrupt",
    "softirq": "interrupt", "interrupt": "interrupt", "dpc": "interrupt", "steal": "steal",
}  # fmt: skip


def host_figures() -> list[Figure]:
    """Return the figures that this platform has."""
    busy = Share(_cpu_busy)

    def cpu_utilization() -> Iterator[Observation]:
        if (now := busy.now()) is not None:
            yield Observation(now)

    figures = [
        Figure(semconv.SYSTEM_CPU_TIME, "counter", "s", "Seconds the CPUs spent in each mode, together.",
               "system_cpu", _cpu_time),
        Figure(semconv.SYSTEM_CPU_UTILIZATION, "gauge", "1",
               "Share of the CPUs that is busy, since the last collection.", "system_cpu", cpu_utilization),
        Figure(semconv.SYSTEM_CPU_LOGICAL_COUNT, "up_down", "{cpu}", "Number of logical processor cores.",
               "system_cpu", lambda: [Observation(_readings.of("cpus", _cpu_count, 60.0))]),
        Figure(semconv.SYSTEM_MEMORY_USAGE, "up_down", "By", "Reports memory in use by state.",
               "system_memory", _memory_states),
        Figure(semconv.SYSTEM_MEMORY_UTILIZATION, "gauge", "1", "Share of the memory that is not available.",
               "system_memory", lambda: [Observation(1 - _memory().available / _memory().total)]),
        Figure(semconv.SYSTEM_PAGING_USAGE, "up_down", "By", "Swap in use by state.", "system_paging", _swap_states),
        Figure(semconv.SYSTEM_PAGING_UTILIZATION, "gauge", "1", "Share of the swap in use.",
               "system_paging", _swap_share),
        Figure(semconv.SYSTEM_PAGING_OPERATIONS, "counter", "{operation}", "Pages moved to and from swap.",
               "system_paging", _swapped),
        Figure(semconv.SYSTEM_FILESYSTEM_USAGE, "up_down", "By",
               "Reports a filesystem's space usage across different states.", "system_filesystem", _filesystem_states),
        Figure(semconv.SYSTEM_FILESYSTEM_UTILIZATION, "gauge", "1",
               "Share of the filesystem in use, of what is not reserved.", "system_filesystem", _filesystem_share),
        Figure(semconv.SYSTEM_DISK_IO, "counter", "By", "Disk bytes transferred.",
               "system_disk", lambda: _disks("read_bytes", "write_bytes")),
        Figure(semconv.SYSTEM_DISK_OPERATIONS, "counter", "{operation}", "Disk operations count.",
               "system_disk", lambda: _disks("read_count", "write_count")),
        Figure(semconv.SYSTEM_DISK_OPERATION_TIME, "counter", "s", "Sum of the time each operation took to complete.",
               "system_disk", lambda: _disks("read_time", "write_time", 1e-3)),
        Figure(semconv.SYSTEM_DISK_IO_TIME, "counter", "s", "Time disk spent activated.", "system_disk", _disk_busy),
        Figure(semconv.SYSTEM_NETWORK_IO, "counter", "By", "The number of bytes transmitted and received.",
               "system_network", lambda: _network("bytes_recv", "bytes_sent")),
        Figure(semconv.SYSTEM_NETWORK_PACKET_COUNT, "counter", "{packet}", "The number of packets transferred.",
               "system_network", lambda: _network("packets_recv", "packets_sent")),
        Figure(semconv.SYSTEM_NETWORK_ERRORS, "counter", "{error}", "Count of network errors detected.",
               "system_network", lambda: _network("errin", "errout")),
        Figure(semconv.SYSTEM_NETWORK_PACKET_DROPPED, "counter", "{packet}",
               "Count of packets that are dropped or discarded even though there was no error.",
               "system_network", lambda: _network("dropin", "dropout")),
        Figure(semconv.HOST_UPTIME, "gauge", "s", "The time the system has been running.", "system_uptime",
               lambda: [Observation(time.time() - _readings.of("boot", psutil.boot_time, 60.0))]),
    ]  # fmt: skip
    if hasattr(os, "getloadavg"):
        figures.append(
            Figure(semconv.SYSTEM_LOAD_AVERAGE, "gauge", "{thread}",
                   "Threads that ran or waited for a CPU, on average over a window.", "system_load", _load)
        )  # fmt: skip
    if psutil.LINUX:
        figures.append(
            Figure(semconv.SYSTEM_MEMORY_LINUX_AVAILABLE, "up_down", "By",
                   "An estimate of how much memory is available for starting new applications, without causing "
                   "swapping.", "system_memory", lambda: [Observation(_memory().available)])
        )  # fmt: skip
    return figures


def _cpu_count() -> int:
    return psutil.cpu_count() or 1


def _cpu_times() -> Any:
    return _readings.of("cpu", psutil.cpu_times)


def _cpu_time() -> Iterator[Observation]:
    times = _cpu_times()
    by_mode: dict[str, float] = {}
    for field, mode in _CPU_MODES.items():
        if hasattr(times, field):
            by_mode[mode] = by_mode.get(mode, 0.0) + getattr(times, field)
    for mode, seconds in by_mode.items():
        yield Observation(seconds, {semconv.CPU_MODE: mode})


def _cpu_busy() -> tuple[float, float]:
    times = _cpu_times()
    total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
    return total - times.idle - getattr(times, "iowait", 0.0), total


def _load() -> Iterator[Observation]:
    for window, load in zip(("1m", "5m", "15m"), os.getloadavg(), strict=True):
        yield Observation(load, {semconv.SYSTEM_LOAD_WINDOW: window})


def _memory() -> Any:
    return _readings.of("memory", psutil.virtual_memory)


def _memory_states() -> Iterator[Observation]:
    """Yield states that add up to the whole memory; what psutil calls used holds more than that."""
    memory = _memory()
    cached, buffers = getattr(memory, "cached", 0), getattr(memory, "buffers", 0)
    states = {"free": memory.free, "cached": cached, "buffers": buffers}
    yield Observation(memory.total - sum(states.values()), {semconv.SYSTEM_MEMORY_STATE: "used"})
    for state, value in states.items():
        if value or state == "free":
            yield Observation(value, {semconv.SYSTEM_MEMORY_STATE: state})


def _swap() -> Any:
    return _readings.of("swap", psutil.swap_memory)


def _swap_states() -> Iterator[Observation]:
    yield Observation(_swap().used, {semconv.SYSTEM_PAGING_STATE: "used"})
    yield Observation(_swap().free, {semconv.SYSTEM_PAGING_STATE: "free"})


def _swap_share() -> Iterator[Observation]:
    if _swap().total:
        yield Observation(_swap().used / _swap().total)


def _swapped() -> Iterator[Observation]:
    page = _readings.of("page", devices.page_size, 3600.0)
    yield Observation(_swap().sin // page, {semconv.SYSTEM_PAGING_DIRECTION: "in"})
    yield Observation(_swap().sout // page, {semconv.SYSTEM_PAGING_DIRECTION: "out"})


def _usages() -> Iterable[tuple[dict[str, str], Any]]:
    def read() -> list[tuple[dict[str, str], Any]]:
        found = []
        for filesystem in _readings.of("filesystems", devices.filesystems, 60.0):
            usage = devices.usage(filesystem.mountpoint)
            if usage is not None and usage.total:
                labels = {
                    semconv.SYSTEM_DEVICE: filesystem.device,
                    semconv.SYSTEM_FILESYSTEM_MOUNTPOINT: filesystem.mountpoint,
                    semconv.SYSTEM_FILESYSTEM_TYPE: filesystem.kind,
                }
                found.append((labels, usage))
        return found

    return _readings.of("usages", read)


def _filesystem_states() -> Iterator[Observation]:
    for labels, usage in _usages():
        states = {"used": usage.used, "free": usage.free, "reserved": max(0, usage.total - usage.used - usage.free)}
        for state, value in states.items():
            if value or state != "reserved":
                yield Observation(value, {**labels, semconv.SYSTEM_FILESYSTEM_STATE: state})


def _filesystem_share() -> Iterator[Observation]:
    for labels, usage in _usages():
        # As `df` and the Collector have it: what is kept back for root can be used by nobody else.
        if within_reach := usage.used + usage.free:
            yield Observation(usage.used / within_reach, labels)


def _disk_counters() -> dict[str, Any]:
    return _readings.of("disks", devices.disks)


def _disks(read: str, written: str, scale: float = 1) -> Iterator[Observation]:
    for device, counters in _disk_counters().items():
        for direction, field in (("read", read), ("write", written)):
            labels = {semconv.SYSTEM_DEVICE: device, semconv.DISK_IO_DIRECTION: direction}
            yield Observation(getattr(counters, field) * scale, labels)


def _disk_busy() -> Iterator[Observation]:
    for device, counters in _disk_counters().items():
        if hasattr(counters, "busy_time"):
            yield Observation(counters.busy_time * 1e-3, {semconv.SYSTEM_DEVICE: device})


def _network(received: str, sent: str) -> Iterator[Observation]:
    for name, counters in _readings.of("network", devices.interfaces).items():
        for direction, field in (("receive", received), ("transmit", sent)):
            labels = {semconv.NETWORK_INTERFACE_NAME: name, semconv.NETWORK_IO_DIRECTION: direction}
            yield Observation(getattr(counters, field), labels)
