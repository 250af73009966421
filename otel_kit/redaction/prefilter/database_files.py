"""A folder of compiled databases, which processes of one user share.

Loading a database runs what is in it, so that only a whole file is read that nobody but this user can have written.
Nothing here raises: a folder that cannot be used is like one that is empty.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows, where the owner of a file cannot be told either: nothing is kept
    fcntl = None

KEPT: Final = 4  # databases of some megabytes each
LOCK: Final = "lock"
MAGIC: Final = b"otel-kit hyperscan database 1\n"
_FAULTS: Final = (OSError, ValueError)  # the latter for a path that cannot be one
_SUFFIX: Final = ".database"
_DRAFT: Final = ".draft"
_ABANDONED_S: Final = 600.0
_MOST: Final = 256 << 20  # bytes
_LOOK_EVERY_S: Final = 0.05

_held: set[int] = set()  # descriptors of the lock


class DatabaseFiles:
    """The databases in a folder. Thread-safe, also between processes; None is a folder that is always empty."""

    def __init__(self, folder: Path | None) -> None:
        """The folder is made when the first database is written, as are those above it."""
        self._folder = folder if fcntl is not None else None

    def read(self, name: str) -> bytes | None:
        """Return what was written as ``name``, None if there is no such file or it cannot be trusted.

        A file that is not whole is removed.
        """
        with contextlib.suppress(*_FAULTS), self._opened() as folder:
            descriptor = os.open(name + _SUFFIX, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
            with open(descriptor, "rb") as file:
                found = os.fstat(descriptor)
                if not stat.S_ISREG(found.st_mode) or not _is_ours(found) or found.st_size > _MOST:
                    return None
                content = file.read()
                payload = _payload(name, content)
                if payload is None:
                    os.unlink(name + _SUFFIX, dir_fd=folder)
                else:
                    os.utime(descriptor)  # what is used is kept
                return payload
        return None

    def write(self, name: str, payload: bytes) -> bool:
        """Keep ``payload`` as ``name``, and only the ``KEPT`` that were used last. Return whether that was possible."""
        with contextlib.suppress(*_FAULTS), self._opened(make=True) as folder:
            draft = f"{name}.{secrets.token_hex(4)}{_DRAFT}"
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
            try:
                with open(descriptor, "wb") as file:
                    file.write(MAGIC + _digest(name, payload) + payload)
                    file.flush()
                    os.fsync(descriptor)
                os.replace(draft, name + _SUFFIX, src_dir_fd=folder, dst_dir_fd=folder)
            except OSError:
                os.unlink(draft, dir_fd=folder)
                return False
            _prune(folder)
            return True
        return False

    def remove(self, name: str) -> None:
        """Forget ``name``."""
        with contextlib.suppress(*_FAULTS), self._opened() as folder:
            os.unlink(name + _SUFFIX, dir_fd=folder)

    @contextlib.contextmanager
    def turn(self, timeout_s: float) -> Iterator[bool]:
        """Let one after another into the block; False inside of it when the wait took too long, or nobody can wait."""
        lock = self._lock()
        if lock is None:
            yield False
            return
        _held.add(lock)
        try:
            yield _locked(lock, timeout_s)
        finally:
            if lock in _held:  # not in a child that was forked meanwhile
                _held.discard(lock)
                with contextlib.suppress(OSError):
                    fcntl.flock(lock, fcntl.LOCK_UN)  # closing is not enough while a child holds the descriptor
                    os.close(lock)

    def _lock(self) -> int | None:
        with contextlib.suppress(*_FAULTS), self._opened(make=True) as folder:
            return os.open(LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600, dir_fd=folder)
        return None

    @contextlib.contextmanager
    def _opened(self, *, make: bool = False) -> Iterator[int]:
        """Give the folder's descriptor, so that no other folder can take its place meanwhile. Raises OSError."""
        if self._folder is None:
            raise FileNotFoundError
        if make and not self._folder.exists():
            self._folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            if not _is_ours(os.fstat(descriptor)):
                raise PermissionError
            yield descriptor
        finally:
            os.close(descriptor)


def _is_ours(found: os.stat_result) -> bool:
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _digest(name: str, payload: bytes) -> bytes:
    """A database under another's name is not whole either."""
    return hashlib.sha256(name.encode() + b"\n" + payload).digest()


def _payload(name: str, content: bytes) -> bytes | None:
    start = len(MAGIC) + hashlib.sha256().digest_size
    payload = content[start:]
    return payload if content[:start] == MAGIC + _digest(name, payload) else None


def _prune(folder: int) -> None:
    used: list[tuple[float, str]] = []
    for name in os.listdir(folder):
        with contextlib.suppress(OSError):  # another process was faster
            changed = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime
            if name.endswith(_SUFFIX):
                used.append((changed, name))
            elif name.endswith(_DRAFT) and time.time() - changed > _ABANDONED_S:
                os.unlink(name, dir_fd=folder)
    for _, name in sorted(used)[:-KEPT]:
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=folder)


def _locked(lock: int, timeout_s: float) -> bool:
    end = time.monotonic() + timeout_s
    pause = threading.Event()
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
            pause.wait(_LOOK_EVERY_S)  # no lock tells when it becomes free and gives up in time
        except OSError:  # a file system without locks
            return False


def _after_fork() -> None:
    """A child closes what its parent's thread locked; it stays locked by the parent alone."""
    for lock in _held:
        with contextlib.suppress(OSError):
            os.close(lock)
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
