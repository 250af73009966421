"""The state of every health check of every service, from its gauge and from the events of its changes."""

from __future__ import annotations

import sqlite3
from typing import Any, NamedTuple

from otel_kit.local.store import show
from otel_kit.local.store.latest import SILENT_NS, Latest, instance_of, latest_points
from otel_kit.local.store.reader_events import newest_of
from otel_kit.semconv import (
    EVENT_HEALTH_CHANGE,
    HEALTH_CHECK,
    HEALTH_CRITICAL,
    HEALTH_DURATION,
    HEALTH_STATUS,
    HEALTH_STATUS_AFTER,
    HEALTH_STATUS_BEFORE,
)

STATUSES = ("unhealthy", "degraded", "healthy")
"""From worst to best."""
_MOST_CHANGES = 2000

_Check = tuple[str, str]  # service, check


class _State(NamedTuple):
    """A check of one process; ``heard`` is nanoseconds since the epoch."""

    status: str
    heard: float
    is_critical: bool


def checks(connection: sqlite3.Connection, now: int) -> list[dict[str, Any]]:
    """Return each check of each service, the worst first.

    A change tells at once, the gauge with every export; the newer of the two holds. Of several processes the worst one
    counts, of those that were heard of in the last five minutes if any was; ``silent`` means that none was.
    """
    changes = _changes(connection)
    durations = {_key(point): point.value for point in latest_points(connection, HEALTH_DURATION)}
    states: dict[_Check, list[_State]] = {}
    for point in latest_points(connection, HEALTH_STATUS):
        states.setdefault(_key(point), []).append(_told(point, changes.get(_key(point))))
    for key, change in changes.items():
        states.setdefault(key, [_State(_known(change["after"]), change["time_ms"] * 1e6, change["critical"])])
    found = [_shown(key, several, changes.get(key), durations.get(key), now) for key, several in states.items()]
    return sorted(found, key=lambda each: (STATUSES.index(each["status"]), each["service"], each["check"]))


def _shown(
    key: _Check, states: list[_State], change: dict[str, Any] | None, took: float | None, now: int
) -> dict[str, Any]:
    fresh = [state for state in states if now - state.heard <= SILENT_NS]
    counted = fresh or states
    return {
        "service": key[0],
        "check": key[1],
        "status": min((state.status for state in counted), key=STATUSES.index),
        "critical": any(state.is_critical for state in counted),
        "heard_ms": max(state.heard for state in states) / 1e6,
        "silent": not fresh,
        "duration_ms": None if took is None else took * 1000,
        "processes": len(counted),
        "change": change,
    }


def _changes(connection: sqlite3.Connection) -> dict[_Check, dict[str, Any]]:
    """Return the newest change of each check."""
    newest: dict[_Check, dict[str, Any]] = {}
    for event in newest_of(connection, (EVENT_HEALTH_CHANGE,), _MOST_CHANGES):
        said = event["attributes"]
        newest.setdefault(
            (event["service"], str(said.get(HEALTH_CHECK, ""))),
            {
                "time_ms": event["time_ms"],
                "before": said.get(HEALTH_STATUS_BEFORE),
                "after": said.get(HEALTH_STATUS_AFTER),
                "critical": _flag(said.get(HEALTH_CRITICAL)),
                "text": event["body"] if isinstance(event["body"], str) else None,
                "instance": instance_of(event["resource"]),
                "event_id": event["id"],
                "trace_id": event["trace_id"],
                "span_id": event["span_id"],
            },
        )
    return newest


def _told(point: Latest, change: dict[str, Any] | None) -> _State:
    """Return what a process said last: its gauge, or the change that came after it."""
    is_critical = _flag(point.attributes.get(HEALTH_CRITICAL))
    if change is not None and change["instance"] == point.instance and change["time_ms"] > show.ms(point.time):
        return _State(_known(change["after"]), change["time_ms"] * 1e6, is_critical)
    value = point.value or 0.0
    return _State("healthy" if value >= 1 else "degraded" if value > 0 else "unhealthy", point.time, is_critical)


def _known(status: Any) -> str:
    return status if status in STATUSES else STATUSES[0]


def _key(point: Latest) -> _Check:
    return point.service, str(point.attributes.get(HEALTH_CHECK, ""))


def _flag(value: Any) -> bool:
    return value is True or value == "true"
