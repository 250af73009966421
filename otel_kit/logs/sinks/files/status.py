"""What is to be known of a log file and its rotation, for health checks and metrics."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime

from otel_kit.logs.sinks.files.disk import free_bytes
from otel_kit.logs.sinks.files.names import rotated_files


@dataclass(frozen=True, slots=True)
class RotationStatus:
    """A snapshot: sizes in bytes, ``last_rotation`` as RFC 3339 text or None.

    ``rotations`` counts those of this process. ``paused``: nothing is written, because the disk is full or less than
    ``logs.file.min_free`` is free.
    """

    path: str
    size: int
    last_rotation: str | None
    rotated_files: int
    rotated_bytes: int
    free_bytes: int | None
    paused: bool
    rotations: int
    last_error: str


def rotation_status(path: str, *, paused: bool, rotations: int, last_error: str) -> RotationStatus:
    """Look at the file and those beside it; blocks on the disk. Does not raise."""
    rotated = rotated_files(path)
    try:
        size = os.stat(path, follow_symlinks=False).st_size
    except OSError:
        size = 0
    last = datetime.fromtimestamp(rotated[-1].at_s, UTC).isoformat(timespec="seconds") if rotated else None
    return RotationStatus(
        path=path,
        size=size,
        last_rotation=None if last is None else last.replace("+00:00", "Z"),
        rotated_files=len(rotated),
        rotated_bytes=sum(file.size for file in rotated),
        free_bytes=free_bytes(os.path.dirname(path) or "."),
        paused=paused,
        rotations=rotations,
        last_error=last_error,
    )
