"""Names as Prometheus' OTLP receiver makes them, so that a scraped metric is called as one that was pushed.

*Source:* github.com/prometheus/otlptranslator 1.0.0, strategy ``UnderscoreEscapingWithSuffixes`` (the receiver's
default). OpenTelemetry's exporter for Python differs: it adds no ``_ratio``, treats units in braces and digits at the
beginning otherwise, joins underscores, and lets the last of two attributes win whose labels are alike.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final, Literal

Kind = Literal["counter", "gauge", "other"]

_UNITS: Final = {
    "d": "days", "h": "hours", "min": "minutes", "s": "seconds", "ms": "milliseconds", "us": "microseconds",
    "ns": "nanoseconds", "By": "bytes", "KiBy": "kibibytes", "MiBy": "mebibytes", "GiBy": "gibibytes",
    "TiBy": "tibibytes", "KBy": "kilobytes", "MBy": "megabytes", "GBy": "gigabytes", "TBy": "terabytes", "m": "meters",
    "V": "volts", "A": "amperes", "J": "joules", "W": "watts", "g": "grams", "Cel": "celsius", "Hz": "hertz", "1": "",
    "%": "percent",
}  # fmt: skip
_PER: Final = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week", "mo": "month", "y": "year"}
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9:]+")
_NOT_IN_LABELS: Final = re.compile(r"[^A-Za-z0-9_]")


def metric_name(name: str, unit: str, kind: Kind) -> str:
    """Return the name in Prometheus, ``_total`` included; ``gauge`` is OpenTelemetry's gauge, no up-down counter."""
    words = [word for word in _NOT_IN_NAMES.split(name) if word]
    main, per = _unit_words(unit)
    if main and main not in words:
        words.append(main)
    if per and per not in words:
        words.append(per)
    if kind == "counter":
        words = [*(word for word in words if word != "total"), "total"]
    if kind == "gauge" and unit == "1":
        words = [*(word for word in words if word != "ratio"), "ratio"]
    joined = "_".join(words)
    return f"_{joined}" if joined[:1].isdigit() else joined


def _unit_words(unit: str) -> tuple[str, str]:
    main, _, per = (part.strip() for part in unit.partition("/"))
    main = "" if "{" in main or "}" in main else _clean(_UNITS.get(main, main))
    per = "" if "{" in per or "}" in per else _clean(_PER.get(per, per)).removesuffix("_")
    return (main.removesuffix("_"), f"per_{per}") if per else (main, "")


def _clean(unit: str) -> str:
    return _NOT_IN_NAMES.sub("_", unit).removeprefix("_")


def label_name(name: str) -> str:
    """Return the label for an attribute's name."""
    label = _NOT_IN_LABELS.sub("_", name)
    if label[:1].isdigit():
        return f"key_{label}"
    # As the receiver does by default. Labels like __this__ it keeps; a scrape drops those, so they get the prefix, too.
    return f"key{label}" if label.startswith("_") and label.strip("_") else label


def labels(attributes: Mapping[str, Any]) -> dict[str, str]:
    """Return attributes as labels; the values of those whose labels are alike are joined by ``;``."""
    made: dict[str, str] = {}
    for name in sorted(attributes):
        label, text = label_name(name), _text(attributes[name])
        if label.strip("_"):
            made[label] = f"{made[label]};{text}" if label in made else text
    return made


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str, separators=(",", ":"))
