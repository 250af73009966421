"""Process and interpreter, by psutil and the standard library.

*Source:* semantic conventions 1.44, "process" and "CPython runtime".
"""

from __future__ import annotations

import contextlib
import gc
import os
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import psutil
from opentelemetry.metrics import Observation

from otel_kit import semconv
from otel_kit.metrics.figures import Figure
from otel_kit.metrics.readings import Readings, Share

resource: Any
try:
    import resource
except ImportError:  # Windows
    resource = None

_readings = Readings()
_LOOKUPS_MAX_AGE_S = 3600.0


def process_figures() -> list[Figure]:
    """Return the figures that this platform has."""
    share = Share(_cpu_of_all)

    def utilization() -> Iterator[Observation]:
        if (now := share.now()) is not None:
            yield Observation(now)

    figures = [
        Figure(semconv.PROCESS_CPU_TIME, "counter", "s", "Total CPU seconds broken down by different CPU modes.",
               "process_cpu", _cpu_time),
        Figure(semconv.PROCESS_CPU_UTILIZATION, "gauge", "1",
               "CPU time since the last collection, of that of all CPUs that the process may use.",
               "process_cpu", utilization),
        Figure(semconv.PROCESS_MEMORY_USAGE, "up_down", "By", "The amount of physical memory in use.",
               "process_memory", lambda: [Observation(_memory().rss)]),
        Figure(semconv.PROCESS_MEMORY_VIRTUAL, "up_down", "By", "The amount of committed virtual memory.",
               "process_memory", lambda: [Observation(_memory().vms)]),
        Figure(semconv.PROCESS_THREAD_COUNT, "up_down", "{thread}", "Process threads count.",
               "process_threads", lambda: [Observation(_process().num_threads())]),
        Figure(semconv.PROCESS_UPTIME, "gauge", "s", "The time the process has been running.",
               "process_uptime", lambda: [Observation(max(0.0, time.time() - _process().create_time()))]),
        Figure(semconv.CPYTHON_GC_COLLECTIONS, "counter", "{collection}",
               "The number of times a generation was collected since interpreter start.", "gc", _gc("collections")),
        Figure(semconv.CPYTHON_GC_COLLECTED_OBJECTS, "counter", "{object}",
               "The total number of objects collected inside a generation since interpreter start.",
               "gc", _gc("collected")),
        Figure(semconv.CPYTHON_GC_UNCOLLECTABLE_OBJECTS, "counter", "{object}",
               "The total number of objects which were found to be uncollectable inside a generation since "
               "interpreter start.", "gc", _gc("uncollectable")),
    ]  # fmt: skip
    if hasattr(psutil.Process, "num_fds"):
        figures.append(
            Figure(semconv.PROCESS_OPEN_FILE_DESCRIPTOR_COUNT, "up_down", "{file_descriptor}",
                   "Number of UNIX file descriptors in use by the process.", "process_fds",
                   lambda: [Observation(_process().num_fds())])
        )  # fmt: skip
    if hasattr(psutil.Process, "num_handles"):
        figures.append(
            Figure(semconv.PROCESS_WINDOWS_HANDLE_COUNT, "up_down", "{handle}",
                   "Number of handles held by the process.", "process_handles",
                   lambda: [Observation(_process().num_handles())])  # type: ignore[attr-defined,unused-ignore]
        )  # fmt: skip
    if resource is not None:
        figures += [
            Figure(semconv.PROCESS_FILE_DESCRIPTOR_LIMIT, "up_down", "{file_descriptor}",
                   "Number of UNIX file descriptors that the process may have open.", "process_fds", _fd_limit),
            Figure(semconv.PROCESS_CONTEXT_SWITCHES, "counter", "{context_switch}",
                   "Number of times the process has been context switched.", "process_switches", _context_switches),
            Figure(semconv.PROCESS_PAGING_FAULTS, "counter", "{fault}",
                   "Number of page faults the process has made.", "process_faults", _page_faults),
        ]  # fmt: skip
    if hasattr(psutil.Process, "io_counters"):
        figures += [
            Figure(semconv.PROCESS_DISK_IO, "counter", "By", "Disk bytes transferred.", "process_disk",
                   lambda: _by_direction(_io().read_bytes, _io().write_bytes)),
        ]  # fmt: skip
    return figures


def _process() -> psutil.Process:
    """Return this process; a forked child must not read its parent's."""
    return _readings.of("process", psutil.Process, _LOOKUPS_MAX_AGE_S)


def _cpu_time() -> Iterator[Observation]:
    times = os.times()
    yield Observation(times.user, {semconv.CPU_MODE: "user"})
    yield Observation(times.system, {semconv.CPU_MODE: "system"})


def _cpu_of_all() -> tuple[float, float]:
    times = os.times()
    return times.user + times.system, time.monotonic() * _readings.of("cpus", _usable_cpus, _LOOKUPS_MAX_AGE_S)


def _usable_cpus() -> int:
    with contextlib.suppress(AttributeError, OSError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory() -> Any:
    return _readings.of("memory", lambda: _process().memory_info())


def _io() -> Any:
    return _readings.of("io", lambda: _process().io_counters())


def _by_direction(read: float, written: float) -> Iterator[Observation]:
    yield Observation(read, {semconv.DISK_IO_DIRECTION: "read"})
    yield Observation(written, {semconv.DISK_IO_DIRECTION: "write"})


def _fd_limit() -> Iterator[Observation]:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY:
        yield Observation(soft)


def _usage() -> Any:
    return _readings.of("usage", lambda: resource.getrusage(resource.RUSAGE_SELF))


def _context_switches() -> Iterator[Observation]:
    yield Observation(_usage().ru_nvcsw, {semconv.PROCESS_CONTEXT_SWITCH_TYPE: "voluntary"})
    yield Observation(_usage().ru_nivcsw, {semconv.PROCESS_CONTEXT_SWITCH_TYPE: "involuntary"})


def _page_faults() -> Iterator[Observation]:
    yield Observation(_usage().ru_majflt, {semconv.SYSTEM_PAGING_FAULT_TYPE: "major"})
    yield Observation(_usage().ru_minflt, {semconv.SYSTEM_PAGING_FAULT_TYPE: "minor"})


def _gc(field: str) -> Callable[[], Iterable[Observation]]:
    def read() -> Iterator[Observation]:
        for generation, stats in enumerate(gc.get_stats()):
            yield Observation(stats[field], {semconv.CPYTHON_GC_GENERATION: generation})

    return read
