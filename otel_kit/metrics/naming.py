"""Names and units of instruments, checked when one is made; what cannot be used is said and repaired.

*Source:* OpenTelemetry metrics API, "Instrument name syntax" and "Instrument unit"; units are UCUM's. One unit for each
kind of figure keeps dashboards comparable, and it is Prometheus' base unit: what is given in milliseconds or kilobytes
is recorded in seconds or bytes.
"""

from __future__ import annotations

import re
from typing import Final

from otel_kit.errors import Fault
from otel_kit.metrics import misuse

_NAME: Final = re.compile(r"[A-Za-z][-_./A-Za-z0-9]{0,254}", re.ASCII)
_NAME_RULE: Final = "a name begins with a letter and has letters, digits and _ . - / only, at most 255"
_MAX_NAME: Final = 255
_MAX_UNIT: Final = 63

SCALES: Final = {
    "ns": ("s", 1e-9), "us": ("s", 1e-6), "ms": ("s", 1e-3), "min": ("s", 60), "h": ("s", 3600), "d": ("s", 86_400),
    "kBy": ("By", 10**3), "KBy": ("By", 10**3), "MBy": ("By", 10**6), "GBy": ("By", 10**9), "TBy": ("By", 10**12),
    "KiBy": ("By", 2**10), "MiBy": ("By", 2**20), "GiBy": ("By", 2**30), "TiBy": ("By", 2**40),
}  # fmt: skip
_WORDS: Final = {
    "second": "s", "seconds": "s", "sec": "s", "secs": "s", "millisecond": "ms", "milliseconds": "ms", "msec": "ms",
    "microseconds": "us", "nanoseconds": "ns", "minute": "min", "minutes": "min", "hour": "h", "hours": "h", "day": "d",
    "days": "d", "b": "By", "byte": "By", "bytes": "By", "kb": "kBy", "mb": "MBy", "gb": "GBy", "percent": "%",
    "ratio": "1", "count": "1", "$": "USD", "dollar": "USD", "dollars": "USD", "euro": "EUR", "euros": "EUR",
}  # fmt: skip


def checked_name(name: object, kind: str) -> str:
    """Return ``name`` if an instrument may have it, else one that comes near; says what is wrong.

    Raises:
        MetricError: only when strict.
    """
    text = name if type(name) is str else str(name)
    if type(name) is str and _NAME.fullmatch(text):
        return text
    repaired = re.sub(r"[^-_./A-Za-z0-9]", "_", text)
    repaired = (repaired if repaired[:1].isalpha() else f"x{repaired}")[:_MAX_NAME] if repaired else "unnamed"
    shown = text if len(text) <= _MAX_NAME else f"{text[:40]}... ({len(text)} characters)"
    where, what = f"meter.{kind}({shown!r})", f"is no name for an instrument: {_wrong(name, text)}"
    misuse.report(Fault(where, what, _NAME_RULE, f"Until then it is recorded as {repaired!r}."))
    return repaired


def _wrong(name: object, text: str) -> str:
    if type(name) is not str:
        return f"it is a {type(name).__name__}"
    if not text:
        return "it is empty"
    if len(text) > _MAX_NAME:
        return f"it has {len(text)} characters"
    bad = next((character for character in text if not re.match(r"[-_./A-Za-z0-9]", character)), None)
    return f"it begins with {text[0]!r}" if bad is None else f"it has {bad!r}"


def checked_unit(unit: object, name: str) -> tuple[str, float]:
    """Return the unit to record in, and what a given amount is multiplied with; says what is wrong.

    Raises:
        MetricError: only when strict.
    """
    text = unit if isinstance(unit, str) else str(unit)
    said = f"has the unit {text[:_MAX_UNIT]!r}"
    if not isinstance(unit, str) or not text.isascii() or not text.isprintable() or len(text) > _MAX_UNIT:
        misuse.report(Fault(f"metric {name!r}", said, "a unit is ASCII text of at most 63 characters",
                            "Until then it has no unit."))  # fmt: skip
        return "", 1
    if text.lower() in _WORDS:
        meant = _WORDS[text.lower()]
        misuse.report(Fault(f"metric {name!r}", said, "units are written as UCUM does", f"Write {meant!r}."))
        text = meant
    return SCALES.get(text, (text, 1))
