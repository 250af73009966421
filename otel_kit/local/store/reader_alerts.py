"""Alerts that applications raised and did not resolve: from their events, and from the gauge of those still active."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from otel_kit.local.store import show
from otel_kit.local.store.latest import SILENT_NS, Latest, instance_of, latest_points
from otel_kit.local.store.reader_events import newest_of
from otel_kit.semconv import (
    ALERT_ACTIVE,
    ALERT_NAME,
    ALERT_REASON,
    ALERT_SEVERITY,
    EVENT_ALERT_RAISED,
    EVENT_ALERT_RESOLVED,
)

SEVERITIES = ("critical", "high", "medium", "low", "info")
_MOST_EVENTS = 2000

_Key = tuple[str, str, str]  # service, instance, name


@dataclass(slots=True)
class _Alert:
    """One alert of one process: what is known of it, newest first."""

    is_active: bool
    heard: int
    severity: str
    since: float | None = None
    raised: dict[str, Any] | None = None
    is_closed: bool = False


def active_alerts(connection: sqlite3.Connection, now: int) -> list[dict[str, Any]]:
    """Return every alert that is raised, the most severe and then the newest first.

    An event tells at once, the gauge with every export; the newer of the two holds. ``silent`` means that the process
    was not heard of for five minutes. Several processes of a service with the same alert are one entry.
    """
    by_key = _from_events(connection)
    for key, (time, severity) in _from_gauges(connection).items():
        known = by_key.setdefault(key, _Alert(severity is not None, time, severity or ""))
        if time > known.heard:
            known.is_active, known.heard = severity is not None, time
            known.severity = severity or known.severity
    merged: dict[tuple[str, str], dict[str, Any]] = {}
    for (service, _, name), alert in by_key.items():
        if alert.is_active:
            shown = _shown(service, name, alert, now)
            earlier = merged.get((service, name))
            merged[(service, name)] = shown if earlier is None else _both(earlier, shown)
    return sorted(merged.values(), key=lambda each: (_rank(each["severity"]), -(each["since_ms"] or 0), each["name"]))


def _from_events(connection: sqlite3.Connection) -> dict[_Key, _Alert]:
    by_key: dict[_Key, _Alert] = {}
    for event in newest_of(connection, (EVENT_ALERT_RAISED, EVENT_ALERT_RESOLVED), _MOST_EVENTS):
        said = event["attributes"]
        is_raised = event["event_name"] == EVENT_ALERT_RAISED
        key = (event["service"], instance_of(event["resource"]), str(said.get(ALERT_NAME, "")))
        alert = by_key.get(key)
        if alert is None:
            alert = _Alert(is_raised, int(event["time_ms"] * 1e6), str(said.get(ALERT_SEVERITY, "")))
            by_key[key] = alert
        if is_raised and not alert.is_closed:
            alert.since = event["time_ms"]
            alert.raised = alert.raised or event
        alert.is_closed = alert.is_closed or not is_raised
    return by_key


def _from_gauges(connection: sqlite3.Connection) -> dict[_Key, tuple[int, str | None]]:
    """Return when each alert was exported last, and its severity then; None if it was not active.

    One whose severity has changed has a series for each, of which only one is active.
    """
    exports: dict[_Key, list[Latest]] = {}
    for point in latest_points(connection, ALERT_ACTIVE):
        key = (point.service, point.instance, str(point.attributes.get(ALERT_NAME, "")))
        exports.setdefault(key, []).append(point)
    found = {}
    for key, points in exports.items():
        last = max(point.time for point in points)
        active = [point for point in points if point.time == last and point.value]
        found[key] = (last, str(active[0].attributes.get(ALERT_SEVERITY, "")) if active else None)
    return found


def _shown(service: str, name: str, alert: _Alert, now: int) -> dict[str, Any]:
    event = alert.raised or {}
    return {
        "name": name,
        "severity": alert.severity,
        "service": service,
        "since_ms": alert.since,
        "heard_ms": show.ms(alert.heard),
        "silent": now - alert.heard > SILENT_NS,
        "reason": event.get("attributes", {}).get(ALERT_REASON),
        "event_id": event.get("id"),
        "trace_id": event.get("trace_id"),
        "span_id": event.get("span_id"),
    }


def _both(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return one entry for the same alert of two processes: the newer event, heard of if either was."""
    newer, older = (one, other) if (one["since_ms"] or 0) >= (other["since_ms"] or 0) else (other, one)
    return newer | {
        "since_ms": older["since_ms"] or newer["since_ms"],
        "heard_ms": max(one["heard_ms"], other["heard_ms"]),
        "silent": one["silent"] and other["silent"],
    }


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)
