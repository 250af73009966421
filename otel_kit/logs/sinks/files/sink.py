"""The sink for a log file: lines in whole batches, rotation when it is due, what is lost counted."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any

from otel_kit.logs.sinks.files.disk import DiskGuard, is_full
from otel_kit.logs.sinks.files.housekeeping import Housekeeping
from otel_kit.logs.sinks.files.log_file import LogFile
from otel_kit.logs.sinks.files.status import RotationStatus, rotation_status
from otel_kit.logs.sinks.json_lines import json_line
from otel_kit.logs.sinks.outcome import Outcome
from otel_kit.settings.log_options import LogFile as Options

NAME = "file"
LOW_DISK = "low_disk"
DISK_FULL = "disk_full"
FAILED = "failed"
_LOCK_TIMEOUT_S = 5.0
_log = logging.getLogger(__name__)


class FileSink:
    """Appends JSON lines to one file that other processes may write, too. Nothing is raised."""

    name = NAME

    def __init__(self, path: str, options: Options, last_error: str = "") -> None:
        self._path = path
        self._options = options
        self._file = LogFile(path)
        self._disk = DiskGuard(path, options.min_free_bytes)
        self._housekeeping = Housekeeping(path, options)
        self._rotations = 0
        self._paused = False
        self._last_error = last_error

    def write(self, records: Sequence[Any]) -> Outcome:
        """Append a batch, rotating where it is due. While the disk is full records are dropped, not kept."""
        if self._disk.is_low():
            return self._out_of_room(0, len(records), LOW_DISK, "less than logs.file.min_free is free")
        lines = [json_line(record) for record in records]
        done = 0
        try:
            while done < len(lines):
                if not self._file.lock(_LOCK_TIMEOUT_S):
                    return Outcome(written=done, kept=records[done:], error="another process holds the file")
                try:
                    count, error = self._append(lines[done:])
                finally:
                    self._file.unlock()
                done += count
                if error is not None:
                    raise error
        except OSError as error:
            left = len(lines) - done
            if is_full(error):
                return self._out_of_room(done, left, DISK_FULL, error.strerror or "disk full")
            self._file.close()
            self._last_error = f"{type(error).__name__}: {error.strerror}"
            return Outcome(written=done, dropped={FAILED: left}, error=self._last_error)
        self._resume()
        return Outcome(written=done)

    def idle(self) -> float | None:
        """Do a piece of housekeeping; returns the seconds until the next."""
        try:
            return self._housekeeping.step()
        except OSError as error:
            self._last_error = f"{type(error).__name__}: {error.strerror}"
            return 0.0

    def status(self) -> RotationStatus:
        """Return how the file is. Thread-safe; blocks on the disk."""
        return rotation_status(self._path, paused=self._paused, rotations=self._rotations, last_error=self._last_error)

    @property
    def rotations(self) -> int:
        """How many times this process has rotated the file."""
        return self._rotations

    def close(self) -> None:
        """Close the file and leave compression to the next process."""
        self._housekeeping.stop()
        self._file.close()

    def after_fork(self) -> None:
        """Open a file of its own: a lock on the parent's would be the parent's, too."""
        self._housekeeping.forget()
        self._file.close()
        self._rotations = 0

    def _append(self, lines: Sequence[bytes]) -> tuple[int, OSError | None]:
        """Append as many lines as go into the locked file; none, when it was due and is rotated now."""
        options, now_s = self._options, time.time()
        size = self._file.size()
        if size and self._is_due(size + len(lines[0]), now_s):
            self._file.rotate(now_s)
            self._rotations += 1
            self._housekeeping.soon()
            return 0, None
        count, room = 1, options.max_bytes - size - len(lines[0])
        while count < len(lines) and len(lines[count]) <= room:
            room -= len(lines[count])
            count += 1
        return self._file.append(lines[:count])

    def _is_due(self, size: int, now_s: float) -> bool:
        options = self._options
        if size > options.max_bytes:
            return True
        return options.rotate_every_s > 0 and now_s - self._file.began_s() >= options.rotate_every_s

    def _out_of_room(self, written: int, lost: int, reason: str, error: str) -> Outcome:
        if not self._paused:
            self._paused = True
            self._last_error = error
            _log.warning("the log file is not written for want of room (%s); what is left out is counted", reason)
        return Outcome(written=written, dropped={reason: lost}, error=error)

    def _resume(self) -> None:
        if self._paused:
            self._paused = False
            _log.warning("the log file is written again")
        self._last_error = ""
