"""Which rotated files go: by age, then the oldest until the rest is small enough."""

from __future__ import annotations

from collections.abc import Sequence

from otel_kit.logs.sinks.files.names import Rotated


def expired(files: Sequence[Rotated], now_s: float, max_age_s: float, max_total_bytes: int) -> list[Rotated]:
    """Return the files to delete; ``files`` are sorted, the oldest first. An age of 0 stands for no limit."""
    going = [file for file in files if max_age_s and now_s - file.at_s > max_age_s]
    staying = files[len(going) :]
    total = sum(file.size for file in staying)
    for file in staying:
        if total <= max_total_bytes:
            break
        going.append(file)
        total -= file.size
    return going
