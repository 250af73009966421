"""Why a component did not start: a sentence made of its own last words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

# The first that matches the newest line wins; `{}` stands for what the pattern caught.
_CAUSES: Final = (
    (re.compile(r"(?i)listen \w+ \S*?:(\d+): bind: address already in use"), "port {} is taken by another process"),
    (re.compile(r"(?i)address already in use"), "a port is taken by another process"),
    (re.compile(r"(?i)no space left on device"), "the disk is full"),
    (re.compile(r"(?i)too many open files"), "the limit of open files is too low (`ulimit -n`)"),
    (re.compile(r"(?i)permission denied|operation not permitted"), "a file or folder must not be used by this user"),
    (re.compile(r"(?i)cannot allocate memory|out of memory"), "there is not enough memory"),
    (re.compile(r"(?i)(?:lock|bolt|storage).*(?:timeout|resource temporarily unavailable)"),
     "another process holds its data"),
    (re.compile(r"(?i)loading configuration file failed|invalid (?:keys?|configuration)"
                r"|failed (?:parsing|to (?:get|load|parse|unmarshal)) .*config"
                r"|(?:error|failed) (?:loading|parsing|decoding) .*config|yaml: |cannot unmarshal"),
     "its configuration is refused"),
)  # fmt: skip
_KILLED: Final = -9


def likely_cause(lines: Sequence[str], status: int | None) -> str:
    """Return a sentence about why a process with these last lines and this exit status ended; empty if nothing tells.

    ``status`` is negative for a signal, None while the process runs.
    """
    for pattern, sentence in _CAUSES:
        for line in reversed(lines):
            if match := pattern.search(line):
                return sentence.format(*match.groups())
    return "it was killed; by the system, if memory ran out" if status == _KILLED else ""
