"""The names of rotated files: the file's own, then the time of the rotation in UTC, so that they sort by time.

app.log    app.log.20261121T201530.123456Z    app.log.20261120T201530.004711Z.gz
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SUFFIXES = {"none": "", "gzip": ".gz", "zstd": ".zst"}
PART = ".part"
_FORM = "%Y%m%dT%H%M%S.%fZ"
_REST = re.compile(r"\.(?P<stamp>\d{8}T\d{6}\.\d{6}Z)(?P<suffix>\.gz|\.zst)?(?P<part>\.part)?")


@dataclass(frozen=True, slots=True)
class Rotated:
    """A rotated file; ``at_s`` is the time of its rotation in seconds since the epoch."""

    path: str
    at_s: float
    size: int
    suffix: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether it is not compressed."""
        return not self.suffix


def rotated_name(path: str, now_s: float) -> str:
    """Return a name that no file has yet, for the file at ``path`` rotated at ``now_s``."""
    at = datetime.fromtimestamp(now_s, UTC)
    while any(os.path.lexists(f"{path}.{at.strftime(_FORM)}{suffix}") for suffix in SUFFIXES.values()):
        at += timedelta(microseconds=1)
    return f"{path}.{at.strftime(_FORM)}"


def rotated_files(path: str) -> list[Rotated]:
    """Return the rotated files of ``path`` that are complete, the oldest first."""
    return [rotated for rotated, is_part in _beside(path) if not is_part]


def unfinished(path: str) -> list[str]:
    """Return the files of compressions that are under way, or whose process has died."""
    return [rotated.path for rotated, is_part in _beside(path) if is_part]


def _beside(path: str) -> list[tuple[Rotated, bool]]:
    folder, name = os.path.split(path)
    found = []
    try:
        with os.scandir(folder or ".") as entries:
            for entry in entries:
                match = _REST.fullmatch(entry.name[len(name) :]) if entry.name.startswith(name) else None
                if match is None or not entry.is_file(follow_symlinks=False):
                    continue
                try:
                    at = datetime.strptime(match["stamp"], _FORM).replace(tzinfo=UTC)
                    size = entry.stat(follow_symlinks=False).st_size
                except (ValueError, OSError):  # not a time; gone meanwhile
                    continue
                found.append((Rotated(entry.path, at.timestamp(), size, match["suffix"] or ""), bool(match["part"])))
    except OSError:
        return []
    return sorted(found, key=lambda one: (one[0].at_s, one[0].path))
