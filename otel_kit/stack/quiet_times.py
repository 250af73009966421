"""When warnings wait: the quiet times and days of `.env` as Alertmanager writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from otel_kit.errors import Fault

_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK: Final = r"(?:[01]\d|2[0-3]):[0-5]\d|24:00"
_RANGE: Final = re.compile(rf"({_CLOCK})-({_CLOCK})")
_ZONE: Final = re.compile(r"[A-Za-z0-9_+/-]{1,64}")


def quiet_intervals(variables: Mapping[str, str], faults: list[Fault]) -> list[dict[str, Any]]:
    """Return ``time_intervals`` for STACK_ALERT_QUIET_TIMES and _DAYS; what cannot be read is added to ``faults``.

    A range may pass midnight (``22:00-06:00``), which Alertmanager's own cannot.
    """
    zone = variables.get("STACK_ALERT_TIME_ZONE") or "UTC"
    if not _ZONE.fullmatch(zone):
        faults.append(Fault("STACK_ALERT_TIME_ZONE", "is no time zone", "Europe/Zurich, for example"))
    intervals: list[dict[str, Any]] = []
    if times := [span for text in _parts(variables, "STACK_ALERT_QUIET_TIMES") for span in _spans(text, faults)]:
        intervals.append({"times": times, "location": zone})
    if days := _parts(variables, "STACK_ALERT_QUIET_DAYS"):
        known = f"days are {', '.join(_DAYS)}"
        faults += [Fault("STACK_ALERT_QUIET_DAYS", f"names {day!r}", known) for day in days if day not in _DAYS]
        intervals.append({"weekdays": days, "location": zone})
    return intervals


def _parts(variables: Mapping[str, str], name: str) -> list[str]:
    return [part.strip().lower() for part in variables.get(name, "").split(",") if part.strip()]


def _spans(text: str, faults: list[Fault]) -> list[dict[str, str]]:
    match = _RANGE.fullmatch(text)
    if match is None or match[1] == match[2] or match[1] == "24:00":
        faults.append(Fault("STACK_ALERT_QUIET_TIMES", f"has {text!r}", "22:00-06:00, for example"))
        return []
    start, end = match[1], match[2]
    if start < end:
        return [{"start_time": start, "end_time": end}]
    after = [] if end == "00:00" else [{"start_time": "00:00", "end_time": end}]
    return [{"start_time": start, "end_time": "24:00"}, *after]
