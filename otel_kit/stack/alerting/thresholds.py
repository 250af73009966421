"""The thresholds of alert rules and boards: alerts/thresholds.yaml, the one place of their values."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from otel_kit.errors import ConfigError, Fault, nearest
from otel_kit.settings.document import Document, read_document
from otel_kit.settings.kinds import parse_duration, parse_size
from otel_kit.stack import assets
from otel_kit.stack.alerting.durations import duration_text, seconds_of

VERSION: Final = 1
_KEYS: Final = ("value", "unit", "meaning", "per_service")
# From here on people count in minutes, hours and days.
_LONG_S: Final = 120
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Threshold:
    """One value. ``per_service``: a service may have its own, so only rules that are per service may use it."""

    name: str
    value: float | str
    unit: str
    meaning: str
    per_service: bool = False

    @property
    def in_query(self) -> str:
        """The value as PromQL and LogQL read it: a number in base units, or a duration."""
        return self.value if isinstance(self.value, str) else _plain(self.value)

    @property
    def in_words(self) -> str:
        """The value as people write it: ``5 %``, ``300 ms``, ``1.5 GiB``."""
        return UNITS[self.unit].words(self.value)

    def having(self, raw: Any) -> Threshold:
        """Return this threshold with another value, as somebody wrote it.

        Raises:
            ValueError: it does not fit the unit.
        """
        return replace(self, value=UNITS[self.unit].parse(raw))


@dataclass(frozen=True, slots=True)
class Unit:
    """What values of one unit look like. ``parse`` raises ValueError when one does not fit."""

    wanted: str
    parse: Callable[[Any], float | str]
    words: Callable[[Any], str]


def _plain(number: float) -> str:
    """Return a number without exponent, so that it reads the same in YAML, PromQL and LogQL."""
    return str(int(number)) if number == int(number) else f"{number:.12f}".rstrip("0")


def _number(raw: Any) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise ValueError
    number = float(raw)  # text as well: YAML 1.1 reads 1e9 as text
    if not math.isfinite(number) or number < 0:
        raise ValueError
    return number


def _ratio(raw: Any) -> float:
    number = _number(raw[:-1]) / 100 if isinstance(raw, str) and raw.endswith("%") else _number(raw)
    if number > 1:
        raise ValueError
    return number


def _bytes(raw: Any) -> float:
    return float(parse_size(raw)) if isinstance(raw, str) and not raw.strip().isdigit() else _number(raw)


def _window(raw: Any) -> str:
    if not isinstance(raw, str) or (seconds := seconds_of(raw)) <= 0:
        raise ValueError
    return duration_text(seconds)


def _seconds_in_words(value: float) -> str:
    if value >= _LONG_S and value == int(value):
        return duration_text(value)
    return f"{_plain(value * 1000)} ms" if 0 < value < 1 else f"{_plain(value)} s"


def _bytes_in_words(value: float) -> str:
    for factor, unit in ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if value >= factor:
            return f"{round(value / factor, 2):g} {unit}"
    return f"{_plain(value)} B"


UNITS: Final[Mapping[str, Unit]] = {
    "ratio": Unit("a number from 0 to 1, or 5%", _ratio, lambda value: f"{round(value * 100, 6):g} %"),
    "s": Unit("seconds, such as 0.3, 300ms or 5s", parse_duration, _seconds_in_words),
    "By": Unit("bytes, such as 1.5GiB or 1500000", _bytes, _bytes_in_words),
    "1": Unit("a number, 0 or more", _number, _plain),
    "USD": Unit("an amount, 0 or more", _number, lambda value: f"{_plain(value)} USD"),
    "per_second": Unit("a number a second, 0 or more", _number, lambda value: f"{_plain(value)} a second"),
    "d": Unit("a number of days, 0 or more", _number, lambda value: f"{_plain(value)} days"),
    "duration": Unit("a duration above zero, such as 5m or 1h30m", _window, str),
}


def file() -> Path:
    """Return where the shipped thresholds stand."""
    return assets.root() / "alerts" / "thresholds.yaml"


def load(path: Path | None = None) -> Mapping[str, Threshold]:
    """Return all thresholds by name; ``path``: another file than the shipped one.

    Raises:
        ConfigError: every fault of the file, with its line.
    """
    faults: list[Fault] = []
    document = read_document(path or file(), faults)
    rows = document.data.get("thresholds") if isinstance(document.data, dict) else None
    if not isinstance(rows, dict) or document.data.get("version") != VERSION:
        faults.append(Fault(document.where(), "is no file of thresholds", f"version: {VERSION} and thresholds: are"))
        rows = {}
    found = {name: _read(document, name, row, faults) for name, row in rows.items()}
    if faults:
        raise ConfigError(faults)
    return {name: threshold for name, threshold in found.items() if threshold is not None}


def _read(document: Document, name: str, row: Any, faults: list[Fault]) -> Threshold | None:
    where = f"{name} in {document.where('thresholds', name)}"
    if not _NAME.fullmatch(name):
        faults.append(Fault(where, "is no name of a threshold", "small letters, digits and _ are"))
    if not isinstance(row, dict):
        faults.append(Fault(where, "is no threshold", "a map with value, unit and meaning is"))
        return None
    for key in row.keys() - set(_KEYS):
        close = nearest(key, _KEYS)
        faults.append(Fault(where, f"has the unknown key {key}", f"did you mean {close}?" if close else ""))
    unit = UNITS.get(str(row.get("unit")))
    if unit is None:
        faults.append(Fault(where, f"has the unit {row.get('unit')!r}", f"units are {', '.join(UNITS)}"))
        return None
    if not isinstance(row.get("meaning"), str) or not isinstance(row.get("per_service", False), bool):
        faults.append(Fault(where, "has no meaning, or a per_service that is not true or false"))
        return None
    try:
        value = unit.parse(row.get("value"))
    except (ValueError, TypeError):
        faults.append(Fault(where, f"is {row.get('value')!r}", unit.wanted))
        return None
    return Threshold(name, value, str(row["unit"]), row["meaning"], row.get("per_service", False))
