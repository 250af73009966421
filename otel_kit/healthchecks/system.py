"""Figures of the process and its machine for the health report, by psutil. Shares are between 0 and 1."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any

import psutil


class System:
    """Takes the figures. Thread-safe; a figure that cannot be had is None."""

    def __init__(self) -> None:
        self.after_fork()

    def after_fork(self) -> None:
        """Look at the child, from now on."""
        self._lock = threading.RLock()
        self._process = psutil.Process()
        self._times = _figure(psutil.cpu_times)

    def figures(self) -> dict[str, Any]:
        """Return the figures; CPU since the last call, or the start. Reads files, and may wait for a slow disk."""
        process = self._process
        with self._lock:
            busy = _figure(self._busy_share)
        return {
            "cpu": {"utilisation": busy, "count": psutil.cpu_count(), "load": _figure(os.getloadavg)},
            "memory": _figure(_memory),
            "disk": _figure(_disk),
            "process": {
                "pid": process.pid,
                "memory_bytes": _figure(lambda: process.memory_info().rss),
                "threads": _figure(process.num_threads),
                "open_files": _figure(getattr(process, "num_fds", lambda: None)),
                "uptime_s": _figure(lambda: round(max(0.0, time.time() - process.create_time()), 3)),
            },
        }

    def _busy_share(self) -> float | None:
        before, self._times = self._times, psutil.cpu_times()
        if before is None:
            return None
        idle = [getattr(times, "idle", 0.0) + getattr(times, "iowait", 0.0) for times in (before, self._times)]
        # On Linux guest time is part of user time already.
        total = [sum(times) - sum(getattr(times, name, 0.0) for name in ("guest", "guest_nice"))
                 for times in (before, self._times)]  # fmt: skip
        elapsed = total[1] - total[0]
        return round(min(1.0, max(0.0, 1 - (idle[1] - idle[0]) / elapsed)), 4) if elapsed > 0 else None


def _memory() -> dict[str, Any]:
    memory = psutil.virtual_memory()
    share = (memory.total - memory.available) / memory.total
    return {"total_bytes": memory.total, "available_bytes": memory.available, "utilisation": round(share, 4)}


def _disk() -> dict[str, Any]:
    usage = psutil.disk_usage(os.sep)
    return {"total_bytes": usage.total, "free_bytes": usage.free, "utilisation": round(usage.used / usage.total, 4)}


def _figure(sensor: Callable[[], Any]) -> Any:
    try:
        return sensor()
    except Exception:  # a sensor that this machine does not have, or may not be read
        return None
