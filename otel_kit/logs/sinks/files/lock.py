"""A lock between processes, on an open file: it ends with the process that holds it, however that ends.

Where there is no ``fcntl`` (Windows) every lock is granted: there one process at a time may write a file.
"""

from __future__ import annotations

import contextlib
from typing import Any

fcntl: Any
try:
    import fcntl
except ImportError:  # the file is this process' alone
    fcntl = None


def try_lock(descriptor: int) -> bool:
    """Take the lock if nobody has it; does not block. A file system without locks grants every one."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # ENOLCK, EOPNOTSUPP
        return True
    return True


def unlock(descriptor: int) -> None:
    """Give the lock back."""
    if fcntl is not None:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)
