"""The limits of the container that this process runs in, and what it uses of them: control groups, version 2.

*Source:* Linux, "Control Group v2"; names: semantic conventions 1.44, "container"; limits have no name there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from opentelemetry.metrics import Observation

from otel_kit import semconv
from otel_kit.metrics.figures import Figure

_GROUP: Final = Path("/sys/fs/cgroup")
_UNLIMITED: Final = "max"


def container_figures(group: Path = _GROUP) -> list[Figure]:
    """Return the figures of the limits that are set; none outside a container, or where there are none."""
    figures = []
    if _word(group / "memory.max") not in (None, _UNLIMITED):
        figures += [
            Figure(semconv.CONTAINER_MEMORY_USAGE, "up_down", "By", "Memory usage of the container.",
                   "container_memory", lambda: _number(group / "memory.current")),
            Figure(semconv.CONTAINER_MEMORY_LIMIT, "up_down", "By", "Memory that the container may use.",
                   "container_memory", lambda: _number(group / "memory.max")),
        ]  # fmt: skip
    if _word(group / "cpu.max") not in (None, _UNLIMITED):
        figures += [
            Figure(semconv.CONTAINER_CPU_TIME, "counter", "s", "Total CPU time consumed.",
                   "container_cpu", lambda: _cpu_stat(group / "cpu.stat", "usage_usec")),
            Figure(semconv.CONTAINER_CPU_THROTTLED, "counter", "s", "Time the container waited for its share of CPUs.",
                   "container_cpu", lambda: _cpu_stat(group / "cpu.stat", "throttled_usec")),
            Figure(semconv.CONTAINER_CPU_LIMIT, "gauge", "{cpu}", "CPUs that the container may use.",
                   "container_cpu", lambda: _cpu_limit(group / "cpu.max")),
        ]  # fmt: skip
    return figures


def _word(path: Path) -> str | None:
    """Return the first word of a file, None if it cannot be read."""
    try:
        return path.read_text().split()[0]
    except (OSError, IndexError, ValueError):
        return None


def _number(path: Path) -> Iterator[Observation]:
    word = path.read_text().split()[0]
    if word != _UNLIMITED:  # it was lifted meanwhile
        yield Observation(int(word))


def _cpu_stat(path: Path, name: str) -> Iterator[Observation]:
    for line in path.read_text().splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            yield Observation(int(value) / 1e6)


def _cpu_limit(path: Path) -> Iterator[Observation]:
    quota, period = path.read_text().split()
    if quota != _UNLIMITED:
        yield Observation(int(quota) / int(period))
