"""Windows and waits with which rules would never fire, or not while anybody cares: remarks, for all of it is allowed.

Who exports faster than is usual may also look at shorter windows, so nothing of it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from otel_kit.stack.alerting.declaration import Declaration
from otel_kit.stack.alerting.durations import duration_text, seconds_of
from otel_kit.stack.alerting.expansion import alerts_of
from otel_kit.stack.alerting.families import FAMILIES
from otel_kit.stack.alerting.thresholds import Threshold

EXPORT_S: Final = 60.0
"""How often services send metrics, unless they are told otherwise (OTEL_METRIC_EXPORT_INTERVAL)."""
KEPT: Final = "30d"
# *Source:* Prometheus, "Staleness": a series without a sample for so long is gone, that of an alert as well.
_STALE_S: Final = 300.0
_LONGEST_WAIT_S: Final = 86_400.0
# A range, or a subquery with its step, over a threshold.
_RANGE: Final = re.compile(r"\[\$\{(\w+)\}(?::(\$\{)?(\w+)\}?)?\]")


def remarks(declared: Declaration, kept: str = KEPT) -> Iterator[str]:
    """Yield what hardly was meant, each with the thresholds and rules by name; ``kept``: how long Prometheus keeps."""
    rules = [rule for members in FAMILIES.values() for rule in members if rule.name not in declared.disabled]
    short: dict[tuple[str, float], list[str]] = {}
    long: dict[str, list[str]] = {}
    for rule in rules:
        needed = {} if rule.engine == "loki" else _needed(rule.expr, declared.thresholds)
        for name, least in needed.items():
            seconds = _seconds(declared.thresholds[name])
            if seconds < least:
                short.setdefault((name, least), []).append(rule.name)
            if seconds > _kept_s(kept):
                long.setdefault(name, []).append(rule.name)
    for (name, least), names in short.items():
        two = "two exports of 60 s" if least == 2 * EXPORT_S else f"two steps of {duration_text(least / 2)}"
        yield f"{name} is {_value(declared, name)}, shorter than {two}: {', '.join(names)} may never fire"
    for name, names in long.items():
        yield f"{name} is {_value(declared, name)}, longer than metrics are kept ({kept}): {', '.join(names)}"
    waiting = [alert.name for alert in alerts_of(declared)
               if max(map(seconds_of, (alert.for_, alert.keep_firing_for))) > _LONGEST_WAIT_S]  # fmt: skip
    if waiting:
        yield f"more than a day passes before these fire, escalate or end: {', '.join(dict.fromkeys(waiting))}"
    if declared.interval and seconds_of(declared.interval) > _STALE_S:
        yield f"interval is {declared.interval}, longer than 5m: alerts end and begin between two evaluations"


def _needed(expr: str, thresholds: Mapping[str, Threshold]) -> dict[str, float]:
    """Return the least seconds that each window of a query needs to hold two samples."""
    found: dict[str, float] = {}
    for name, is_named, step in _RANGE.findall(expr):
        if name in thresholds:
            of_step = EXPORT_S if not step else _seconds(thresholds[step]) if is_named else seconds_of(step)
            found[name] = max(found.get(name, 0.0), 2 * of_step)
    return found


def _seconds(threshold: Threshold) -> float:
    return seconds_of(threshold.in_query)


def _value(declared: Declaration, name: str) -> str:
    return declared.thresholds[name].in_query


def _kept_s(kept: str) -> float:
    try:
        return seconds_of(kept)
    except ValueError:  # in years
        return float("inf")
