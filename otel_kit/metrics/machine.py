"""Process and host figures by psutil, under the names of the system and process conventions.

The lean set: one collection costs well under a millisecond. Host figures come from one worker of a host only, the one
whose instance id holds the first slot; a sensor that fails is skipped and counted.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterable, Iterator

import psutil
from opentelemetry.metrics import CallbackOptions, Meter, Observation

from otel_kit import semconv

CountFault = Callable[[str, BaseException], None]
Sensor = Callable[[], Iterator[Observation]]
Observers = list[Callable[[CallbackOptions], Iterable[Observation]]]


def observe_process(meter: Meter, count_fault: CountFault) -> None:
    """Register the figures of this process."""
    gauge, counter = meter.create_observable_up_down_counter, meter.create_observable_counter
    counter(semconv.PROCESS_CPU_TIME, _safe("process_cpu", _process_cpu, count_fault), unit="s",
            description="Total CPU seconds broken down by different states.")  # fmt: skip
    gauge(semconv.PROCESS_MEMORY_USAGE, _safe("process_memory", _process_memory, count_fault), unit="By",
          description="The amount of physical memory in use.")  # fmt: skip
    gauge(semconv.PROCESS_THREAD_COUNT, _safe("process_threads", _process_threads, count_fault), unit="{thread}",
          description="Process threads count.")  # fmt: skip
    if hasattr(psutil.Process, "num_fds"):
        gauge(semconv.PROCESS_OPEN_FILE_DESCRIPTOR_COUNT, _safe("process_fds", _process_fds, count_fault),
              unit="{file_descriptor}",
              description="Number of unix file descriptors in use by the process.")  # fmt: skip
    meter.create_observable_gauge(semconv.PROCESS_UPTIME, _safe("process_uptime", _process_uptime, count_fault),
                                  unit="s", description="The time the process has been running.")  # fmt: skip
    counter(semconv.CPYTHON_GC_COLLECTIONS, _safe("gc", _gc_collections, count_fault), unit="{collection}",
            description="The number of times a generation was collected since interpreter start.")  # fmt: skip


def observe_host(meter: Meter, count_fault: CountFault, leads: Callable[[], bool]) -> None:
    """Register the figures of the host; they are collected while ``leads`` says that this process speaks for it."""

    def of_host(name: str, sensor: Sensor) -> Observers:
        return _safe(name, lambda: sensor() if leads() else iter(()), count_fault)

    gauge, counter = meter.create_observable_up_down_counter, meter.create_observable_counter
    ratio = meter.create_observable_gauge
    ratio(semconv.SYSTEM_CPU_UTILIZATION, of_host("system_cpu", _CpuShare().observe), unit="1",
          description="Share of the CPUs that is busy, since the last collection.")  # fmt: skip
    gauge(semconv.SYSTEM_MEMORY_USAGE, of_host("system_memory", _system_memory), unit="By",
          description="Reports memory in use by state.")  # fmt: skip
    ratio(semconv.SYSTEM_MEMORY_UTILIZATION, of_host("system_memory", _system_memory_share), unit="1",
          description="Share of the memory in use.")  # fmt: skip
    gauge(semconv.SYSTEM_FILESYSTEM_USAGE, of_host("system_filesystem", _filesystem), unit="By",
          description="Reports a filesystem's space usage across different states.")  # fmt: skip
    ratio(semconv.SYSTEM_FILESYSTEM_UTILIZATION, of_host("system_filesystem", _filesystem_share), unit="1",
          description="Share of the filesystem in use.")  # fmt: skip
    counter(semconv.SYSTEM_NETWORK_IO, of_host("system_network", _network), unit="By",
            description="Bytes received and transmitted.")  # fmt: skip


def _safe(name: str, sensor: Sensor, count_fault: CountFault) -> Observers:
    def observe(_: CallbackOptions) -> Iterable[Observation]:
        try:
            return list(sensor())
        except Exception as error:
            count_fault(f"sensor_{name}", error)
            return []

    return [observe]


_processes = threading.local()


def _process() -> psutil.Process:
    """Return this process; a forked child must not read its parent's."""
    known: psutil.Process | None = getattr(_processes, "known", None)
    if known is None or known.pid != psutil.Process().pid:
        known = _processes.known = psutil.Process()
    return known


def _process_cpu() -> Iterator[Observation]:
    times = _process().cpu_times()
    yield Observation(times.user, {semconv.CPU_MODE: "user"})
    yield Observation(times.system, {semconv.CPU_MODE: "system"})


def _process_memory() -> Iterator[Observation]:
    yield Observation(_process().memory_info().rss)


def _process_threads() -> Iterator[Observation]:
    yield Observation(_process().num_threads())


def _process_fds() -> Iterator[Observation]:
    yield Observation(_process().num_fds())


def _process_uptime() -> Iterator[Observation]:
    yield Observation(max(0.0, time.time() - _process().create_time()))


def _gc_collections() -> Iterator[Observation]:
    for generation, stats in enumerate(gc.get_stats()):
        yield Observation(stats["collections"], {semconv.CPYTHON_GC_GENERATION: generation})


class _CpuShare:
    """Busy share between two collections; psutil's own interval is shared by everybody who calls it."""

    def __init__(self) -> None:
        self._busy, self._total = _cpu_seconds()

    def observe(self) -> Iterator[Observation]:
        busy, total = _cpu_seconds()
        elapsed = total - self._total
        if elapsed > 0:
            yield Observation(min(1.0, max(0.0, (busy - self._busy) / elapsed)))
        self._busy, self._total = busy, total


def _cpu_seconds() -> tuple[float, float]:
    times = psutil.cpu_times()
    total = sum(times)
    # On Linux guest time is part of user time already.
    total -= getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    return total - times.idle - getattr(times, "iowait", 0.0), total


def _system_memory() -> Iterator[Observation]:
    memory = psutil.virtual_memory()
    yield Observation(memory.total - memory.available, {semconv.SYSTEM_MEMORY_STATE: "used"})
    yield Observation(memory.available, {semconv.SYSTEM_MEMORY_STATE: "free"})


def _system_memory_share() -> Iterator[Observation]:
    memory = psutil.virtual_memory()
    yield Observation((memory.total - memory.available) / memory.total)


def _filesystem() -> Iterator[Observation]:
    usage = psutil.disk_usage("/")
    for state, value in (("used", usage.used), ("free", usage.free)):
        yield Observation(value, {semconv.SYSTEM_FILESYSTEM_STATE: state, semconv.SYSTEM_FILESYSTEM_MOUNTPOINT: "/"})


def _filesystem_share() -> Iterator[Observation]:
    usage = psutil.disk_usage("/")
    yield Observation(usage.used / usage.total, {semconv.SYSTEM_FILESYSTEM_MOUNTPOINT: "/"})


def _network() -> Iterator[Observation]:
    counters = psutil.net_io_counters()
    if counters is not None:
        yield Observation(counters.bytes_recv, {semconv.NETWORK_IO_DIRECTION: "receive"})
        yield Observation(counters.bytes_sent, {semconv.NETWORK_IO_DIRECTION: "transmit"})
