"""The name of a compiled database: all that decides what is in it, hashed."""

from __future__ import annotations

import functools
import hashlib
import platform
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from otel_kit.policy import re2
from otel_kit.redaction.prefilter import byte_classes, byte_patterns, hyperscan_database, word_starts

_CPU_FILE: Final = Path("/proc/cpuinfo")
# What tells one processor from another, on x86 and on ARM; the other lines are of the moment.
_CPU_LINES: Final = (
    "vendor_id", "cpu family", "model", "stepping", "flags",
    "CPU implementer", "CPU architecture", "CPU variant", "CPU part", "CPU revision", "Features",
)  # fmt: skip
_WRITERS: Final[tuple[ModuleType, ...]] = (re2, word_starts, byte_classes, byte_patterns, hyperscan_database)


def database_name(hyperscan: Any, signs: Iterable[str]) -> str:
    """Return the name (64 hex digits) of the database of ``signs``, numbered as they come, on this processor.

    It differs when the patterns, the code that writes them for hyperscan, Python, hyperscan or the processor differ.

    Raises:
        OSError: the code cannot be read, or nothing tells the processor.
    """
    digest = hashlib.sha256()
    parts = (writers(), sys.version, hyperscan.__version__, hyperscan_database.built_for(hyperscan), _machine(), *signs)
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(encoded) + encoded)
    return digest.hexdigest()


@functools.cache
def writers() -> str:
    """Return what the code was that writes byte patterns, as this process loaded it: to be called early.

    Raises:
        OSError: its files cannot be read.
    """
    digest = hashlib.sha256()
    for module in _WRITERS:
        digest.update(hashlib.sha256(Path(module.__file__ or "").read_bytes()).digest())
    return digest.hexdigest()


def _machine() -> str:
    system = f"{sys.platform} {platform.machine()}"
    if not sys.platform.startswith("linux"):
        return (
            f"{system} {platform.node()}"  # what the processor is called may take a program to ask: one's own machine
        )
    lines = _CPU_FILE.read_text("utf-8", "replace").splitlines()
    told = {" ".join(line.split()) for line in lines if line.partition(":")[0].strip() in _CPU_LINES}
    if not told:
        raise FileNotFoundError(str(_CPU_FILE))
    return "\n".join((system, *sorted(told)))
