"""What is done to rotated files: unfinished work of others, compression, deletion. One small step at a time."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator

from otel_kit.logs.sinks.files.compression import compressing
from otel_kit.logs.sinks.files.names import PART, SUFFIXES, rotated_files, unfinished
from otel_kit.logs.sinks.files.retention import expired
from otel_kit.settings.log_options import LogFile as Options

_EVERY_S = 600.0
_AFTER_FAILURE_S = 60.0


class Housekeeping:
    """Tidies up beside one log file. Not thread-safe."""

    def __init__(self, path: str, options: Options) -> None:
        self._path = path
        self._options = options
        self._work: Iterator[None] | None = None
        self._due_at = float("-inf")

    def soon(self) -> None:
        """There is something to do: a file was rotated."""
        self._due_at = float("-inf")

    def step(self) -> float:
        """Do a piece; returns the seconds until the next, 0 while there is more. Raises OSError."""
        if self._work is None:
            wait_s = self._due_at - time.monotonic()
            if wait_s > 0:
                return wait_s
            self._due_at = time.monotonic() + _EVERY_S
            self._work = self._all()
        try:
            next(self._work)
        except StopIteration:
            self._work = None
            return max(0.0, self._due_at - time.monotonic())
        except OSError:
            self._work = None
            self._due_at = time.monotonic() + _AFTER_FAILURE_S
            raise
        return 0.0

    def stop(self) -> None:
        """Leave what is under way to the next process."""
        work, self._work = self._work, None
        if work is not None:
            work.close()  # type: ignore[attr-defined]  # a generator

    def forget(self) -> None:
        """In a forked child: what is under way is the parent's, down to the file that it writes."""
        self._work = None

    def _all(self) -> Iterator[None]:
        self._delete_expired()  # before compressing: why compress what goes
        if SUFFIXES[self._options.compression]:
            for file in rotated_files(self._path):
                if file.is_plain:
                    yield from compressing(file.path, self._options.compression)
            self._delete_expired()
        for part in unfinished(self._path):
            plain = part.removesuffix(PART).removesuffix(".gz").removesuffix(".zst")
            if not os.path.lexists(plain):  # nobody can be at it
                _delete(part)

    def _delete_expired(self) -> None:
        options = self._options
        files = rotated_files(self._path)
        for file in expired(files, time.time(), options.max_age_s, options.max_total_bytes):
            _delete(file.path)


def _delete(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):  # another process was first
        os.unlink(path)
