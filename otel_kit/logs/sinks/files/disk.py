"""Is there room on the disk? Looked up about once a second, since every answer costs a system call."""

from __future__ import annotations

import errno
import os
import shutil
import time

_LOOK_EVERY_S = 1.0
_FULL = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})


class DiskGuard:
    """Says when less than ``min_free_bytes`` are free beside a file."""

    def __init__(self, path: str, min_free_bytes: int) -> None:
        self._folder = os.path.dirname(path) or "."
        self._min_free_bytes = min_free_bytes
        self._looked_at = float("-inf")
        self._is_low = False

    def is_low(self) -> bool:
        """Whether nothing may be written now."""
        now = time.monotonic()
        if now - self._looked_at >= _LOOK_EVERY_S:
            self._looked_at = now
            free = free_bytes(self._folder)
            self._is_low = free is not None and free < self._min_free_bytes
        return self._is_low


def free_bytes(folder: str) -> int | None:
    """Return the bytes that are free for this user; None when that cannot be told."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def is_full(error: OSError) -> bool:
    """Whether a write has failed for want of room: the disk's, a quota, a limit on the size of files."""
    return error.errno in _FULL
