"""Durations as Prometheus writes them: ``90s``, ``1h30m``, ``7d``."""

from __future__ import annotations

import re
from typing import Final

# *Source:* Prometheus, "Time durations": units in this order, each at most once.
_DURATION: Final = re.compile(
    r"(?:(?P<w>\d+)w)?(?:(?P<d>\d+)d)?(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m)?(?:(?P<s>\d+)s)?(?:(?P<ms>\d+)ms)?"
)
_SECONDS: Final = {"w": 604800.0, "d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def seconds_of(text: str) -> float:
    """Return the seconds of a duration.

    Raises:
        ValueError: it is none.
    """
    match = _DURATION.fullmatch(text)
    if match is None or not text:
        raise ValueError
    return sum(int(count) * _SECONDS[unit] for unit, count in match.groupdict().items() if count)


def duration_text(seconds: float) -> str:
    """Return a duration as short as it can be written: 5400 is ``90m``, 3600 ``1h``, 0 ``0s``."""
    whole = round(seconds * 1000)
    for unit in ("d", "h", "m", "s"):
        size = round(_SECONDS[unit] * 1000)
        if whole % size == 0 and whole >= size:
            return f"{whole // size}{unit}"
    return f"{whole}ms" if whole else "0s"
