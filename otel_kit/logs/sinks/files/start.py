"""A log file that cannot be used is found when the kit starts, and said with what is wrong."""

from __future__ import annotations

import os
import stat
from dataclasses import replace

from otel_kit.errors import Fault, MissingExtra
from otel_kit.logs.sinks.files.compression import compressor
from otel_kit.logs.sinks.files.log_file import open_log
from otel_kit.logs.sinks.files.sink import FileSink
from otel_kit.settings.log_options import LogFile as Options

_KEY = "logs.file.path"


def build_file(options: Options) -> tuple[FileSink, Fault | None]:
    """Build the sink for the path in ``options``, and say what is wrong: the file is opened once, which makes it.

    The path is taken as it is now, as the working directory may change. Without the package for zstd rotated files stay
    as they are.
    """
    path = os.path.abspath(os.path.expanduser(options.path or ""))
    fault = _path_fault(path)
    missing = _compression_fault(options)
    if missing is not None:
        options = replace(options, compression="none")
    return FileSink(path, options, last_error=fault.what if fault else ""), fault or missing


def _compression_fault(options: Options) -> Fault | None:
    if options.compression != "none":
        try:
            compressor(options.compression)
        except MissingExtra as error:
            return Fault("logs.file.compression", "is zstd, which is not there", str(error).rstrip("."))
    return None


def _path_fault(path: str) -> Fault | None:
    what = _what_stands_at(path)
    if what:
        return Fault(
            f"{_KEY}={path}", f"is {what}", "a path for a plain file is needed", "Name a file in a folder of its own."
        )
    try:
        os.close(open_log(path))
    except OSError as error:
        return Fault(
            f"{_KEY}={path}",
            f"cannot be written ({error.strerror})",
            "a folder that this process may write to is needed",
        )
    return None


def _what_stands_at(path: str) -> str:
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return ""
    if stat.S_ISLNK(mode):
        return "a symbolic link"
    if stat.S_ISDIR(mode):
        return "a folder"
    return "" if stat.S_ISREG(mode) else "a device or a pipe"
