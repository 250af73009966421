"""A log file that cannot be used is found when the kit starts, and said with what is wrong."""

from __future__ import annotations

import os
import stat

from otel_kit.errors import Fault, MissingExtra
from otel_kit.logs.sinks.files.compression import compressor
from otel_kit.logs.sinks.files.log_file import NotAFile, open_log
from otel_kit.settings.log_options import LogFile as Options

_KEY = "logs.file.path"


def absolute(path: str) -> str:
    """Return the path as it is now: the working directory may change."""
    return os.path.abspath(os.path.expanduser(path))


def fault_of(path: str, options: Options) -> Fault | None:
    """Open the file once, which makes it and its folder; returns what is wrong."""
    if options.compression != "none":
        try:
            compressor(options.compression)
        except MissingExtra as error:
            return Fault("logs.file.compression", "is zstd, which is not there", str(error).rstrip("."))
    what = _what_stands_at(path)
    if what:
        return Fault(
            f"{_KEY}={path}", f"is {what}", "a path for a plain file is needed", "Name a file in a folder of its own."
        )
    try:
        os.close(open_log(path))
    except NotAFile:
        return Fault(f"{_KEY}={path}", "is not a plain file")
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
