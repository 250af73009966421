"""Standard output as commands need it: nothing that is printed, and no reader that goes away, ends in a traceback."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import Final

# As shells say it: 128 and the signal's number.
INTERRUPTED: Final = 130
BROKEN_PIPE: Final = 141


def make_total() -> None:
    """Let what the terminal cannot show be printed as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def drop() -> None:
    """Let what is still to be written go nowhere: the interpreter's last flush would fail with a traceback."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
