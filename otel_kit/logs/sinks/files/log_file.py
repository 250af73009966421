"""One file that several processes append whole lines to. Raises OSError; whoever uses it counts.

Each batch is written under a lock on the file itself. So a line is never mixed with another's, a short write is taken
back, and nobody writes to a file after it was rotated: the lock is only good for the file that stands at the path.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import threading
import time
from collections.abc import Sequence
from datetime import datetime

from otel_kit.logs.sinks.files.lock import try_lock, unlock
from otel_kit.logs.sinks.files.names import rotated_name

_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT
for _name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):  # no system has all of them
    _FLAGS |= getattr(os, _name, 0)
_HEAD_BYTES = 1 << 16
_TIMESTAMP = re.compile(rb'"timestamp":\s*"([0-9T:.+Z-]{19,40})"')
_SHORTEST_WAIT_S, _LONGEST_WAIT_S = 0.0005, 0.02


class NotAFile(OSError):
    """What stands at the path is a link, a folder, a device: nothing that lines are appended to and rotated."""


class LogFile:
    """The file at a path, opened when it is needed and again when another stands there. Not thread-safe."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._descriptor: int | None = None
        self._began_s: float | None = None
        self._clock = threading.Event()

    def lock(self, timeout_s: float) -> bool:
        """Lock the file that stands at the path; False when another process has it all the time."""
        deadline, wait_s = time.monotonic() + timeout_s, _SHORTEST_WAIT_S
        while True:
            descriptor = self._open_current()
            if try_lock(descriptor):
                if self._is_current(descriptor):
                    return True
                unlock(descriptor)  # rotated while this process waited
            if time.monotonic() >= deadline:
                return False
            self._clock.wait(wait_s)
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)

    def unlock(self) -> None:
        """Give the lock back."""
        if self._descriptor is not None:
            unlock(self._descriptor)

    def size(self) -> int:
        """Return the bytes in the locked file."""
        return os.fstat(self._locked()).st_size

    def began_s(self) -> float:
        """Return when the locked file's first record was written, seconds since the epoch; now for an empty file."""
        if self._began_s is None:
            about = os.fstat(self._locked())
            if not about.st_size:
                return time.time()
            # Where no line says when, its last change must do: it is the same after a restart.
            self._began_s = _first_time(_read_at(self._locked(), _HEAD_BYTES, 0)) or about.st_mtime
        return self._began_s

    def append(self, lines: Sequence[bytes]) -> tuple[int, OSError | None]:
        """Append to the locked file; returns how many lines are in it now, and why not all."""
        descriptor = self._locked()
        size = os.fstat(descriptor).st_size
        # A process was killed in the middle of a line: the next one must not become a part of it.
        ends = not size or _read_at(descriptor, 1, size - 1) == b"\n"
        block = (b"" if ends else b"\n") + b"".join(lines)
        written, error = _write(descriptor, block)
        if error is None:
            return len(lines), None
        whole, end = 0, 0 if ends else 1
        for line in lines:
            if end + len(line) > written:
                break
            whole, end = whole + 1, end + len(line)
        if end != written:
            with contextlib.suppress(OSError):  # then the next append ends the line
                os.ftruncate(descriptor, size + (end if whole else 0))
        return whole, error

    def rotate(self, now_s: float) -> str:
        """Give the locked file its rotated name and let it go; returns the name."""
        name = rotated_name(self.path, now_s)
        if os.name == "nt":  # an open file cannot be renamed there
            self.close()
        os.rename(self.path, name)
        self.close()
        return name

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        descriptor, self._descriptor, self._began_s = self._descriptor, None, None
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def _locked(self) -> int:
        assert self._descriptor is not None, "lock() comes first"
        return self._descriptor

    def _open_current(self) -> int:
        if self._descriptor is not None and self._is_current(self._descriptor):
            return self._descriptor
        self.close()
        self._descriptor = open_log(self.path)
        return self._descriptor

    def _is_current(self, descriptor: int) -> bool:
        try:
            here, there = os.fstat(descriptor), os.stat(self.path, follow_symlinks=False)
        except OSError:
            return False
        return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)


def open_log(path: str) -> int:
    """Open a file for appending; it is made for its owner only, its folder too. Raises OSError, NotAFile."""
    try:
        descriptor = os.open(path, _FLAGS, 0o600)
    except FileNotFoundError:
        _make_folder(os.path.dirname(path))
        descriptor = os.open(path, _FLAGS, 0o600)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise NotAFile(errno.EINVAL, "not a plain file")


def _make_folder(folder: str) -> None:
    if folder and not os.path.isdir(folder):
        _make_folder(os.path.dirname(folder))
        with contextlib.suppress(FileExistsError):  # another process was first
            os.mkdir(folder, 0o700)


def _read_at(descriptor: int, count: int, offset: int) -> bytes:
    os.lseek(descriptor, offset, os.SEEK_SET)  # and not os.pread, which Windows has not
    return os.read(descriptor, count)


def _write(descriptor: int, block: bytes) -> tuple[int, OSError | None]:
    view, written = memoryview(block), 0
    while written < len(block):
        try:
            count = os.write(descriptor, view[written:])
        except OSError as error:
            return written, error
        written += count
    return written, None


def _first_time(head: bytes) -> float | None:
    for line in head.split(b"\n"):
        match = _TIMESTAMP.search(line)
        if match is not None:
            try:
                return datetime.fromisoformat(match[1].decode("ascii")).timestamp()
            except (ValueError, OverflowError):
                continue
    return None
