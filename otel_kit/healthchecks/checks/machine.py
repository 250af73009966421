"""Disk, CPU and memory of the machine, by psutil: of the host, whatever limits a container has."""

from __future__ import annotations

import os

import psutil

from otel_kit.healthchecks.results import HEALTHY, Outcome, degraded, unhealthy
from otel_kit.healthchecks.running import TimedCheck
from otel_kit.settings.kinds import parse_size

_SAMPLE_S = 0.1


def disk_space(path: str | os.PathLike[str] = "/", *, min_free: int | str | float = 0.1) -> TimedCheck:
    """Return a check that the disk of ``path`` has ``min_free``: bytes, a size such as ``"1GiB"``, or a share below 1.

    Raises ValueError for a ``min_free`` that is none of these.
    """
    share = min_free if isinstance(min_free, float) and 0 < min_free < 1 else None
    wanted_bytes = 0 if share is not None else parse_size(int(min_free) if isinstance(min_free, float) else min_free)

    def probe(_timeout_s: float) -> Outcome:
        usage = psutil.disk_usage(os.fspath(path))
        wanted = int(usage.total * share) if share is not None else wanted_bytes
        if usage.free < wanted:
            return unhealthy(f"{usage.free >> 20} MiB are free, {wanted >> 20} MiB are wanted")
        return HEALTHY

    return TimedCheck("disk_space", probe)


def cpu(max_utilisation: float = 0.95) -> TimedCheck:
    """Return a check that is degraded while more than ``max_utilisation`` (a share) of the CPUs is busy.

    It looks at a tenth of a second.
    """

    def probe(timeout_s: float) -> Outcome:
        return _share("CPU", psutil.cpu_percent(min(_SAMPLE_S, timeout_s / 2)) / 100, max_utilisation)

    return TimedCheck("cpu", probe)


def memory(max_utilisation: float = 0.95) -> TimedCheck:
    """Return a check that is degraded while more than ``max_utilisation`` (a share) of the memory is in use."""

    def probe(_timeout_s: float) -> Outcome:
        usage = psutil.virtual_memory()
        return _share("memory", (usage.total - usage.available) / usage.total, max_utilisation)

    return TimedCheck("memory", probe)


def _share(what: str, share: float, most: float) -> Outcome:
    return degraded(f"{share:.0%} of the {what} is in use, {most:.0%} may be") if share > most else HEALTHY
