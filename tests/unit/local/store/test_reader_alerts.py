"""Active alerts over HTTP: from events at once, from the gauge with every export, the newer of the two."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from otel_kit.semconv import (
    ALERT_ACTIVE,
    ALERT_NAME,
    ALERT_REASON,
    ALERT_SEVERITY,
    EVENT_ALERT_RAISED,
    EVENT_ALERT_RESOLVED,
    SERVICE_INSTANCE_ID,
)
from tests.unit.local import messages
from tests.unit.local.client import RunningViewer
from tests.unit.local.messages import SECOND


def alert_event(at: int, *, raised: bool = True, name: str = "bank", severity: str = "high") -> LogRecord:
    """Return the event of a change."""
    said = {ALERT_NAME: name, ALERT_SEVERITY: severity, ALERT_REASON: "three charges failed"}
    event_name = EVENT_ALERT_RAISED if raised else EVENT_ALERT_RESOLVED
    return messages.log("", at=at, attributes=said, event_name=event_name, trace_id=messages.TRACE)


def alert_gauge(at: int, value: int, name: str = "bank", severity: str = "high") -> Metric:
    """Return the gauge with one point."""
    metric = Metric(name=ALERT_ACTIVE)
    said = messages.pairs({ALERT_NAME: name, ALERT_SEVERITY: severity})
    metric.gauge.data_points.add(time_unix_nano=at, as_int=value, attributes=said)
    return metric


def send_events(viewer: RunningViewer, *records: LogRecord, instance: str = "") -> None:
    """Send events of one process."""
    data = messages.logs(*records)
    if instance:
        data.resource_logs[0].resource.attributes.extend(messages.pairs({SERVICE_INSTANCE_ID: instance}))
    viewer.send(data)


def active(viewer: RunningViewer) -> list[dict[str, Any]]:
    """Return the active alerts."""
    found: list[dict[str, Any]] = viewer.get("alerts")["active"]
    return found


def test_an_alert_is_active_from_its_event_on(viewer: RunningViewer) -> None:
    """With what it is, why, since when and in which trace."""
    at = messages.now() - 10 * SECOND
    send_events(viewer, alert_event(at - SECOND), alert_event(at))

    (alert,) = active(viewer)

    assert (alert["name"], alert["severity"], alert["service"]) == ("bank", "high", "shop")
    assert (alert["since_ms"], alert["reason"]) == ((at - SECOND) / 1e6, "three charges failed")
    assert (alert["trace_id"], alert["silent"]) == (messages.TRACE.hex(), False)


@pytest.mark.parametrize(
    ("event_raised", "gauge", "gauge_is_newer", "is_active"),
    [
        (True, 0, True, False),
        (True, 0, False, True),
        (False, 1, True, True),
        (False, 1, False, False),
        (True, None, False, True),
        (False, None, False, False),
        (None, 1, True, True),
        (None, 0, True, False),
    ],
)
def test_the_newer_of_event_and_gauge_holds(
    viewer: RunningViewer, event_raised: bool | None, gauge: int | None, gauge_is_newer: bool, is_active: bool
) -> None:
    """Each alone as well."""
    at = messages.now() - 10 * SECOND
    if event_raised is not None:
        send_events(viewer, alert_event(at, raised=event_raised))
    if gauge is not None:
        viewer.send(messages.metrics(alert_gauge(at + (SECOND if gauge_is_newer else -SECOND), gauge)))

    assert bool(active(viewer)) == is_active


def test_a_change_of_severity_is_one_alert(viewer: RunningViewer) -> None:
    """Each severity has a series of its own; the one of before says 0, or is exported no more."""
    at = messages.now() - 10 * SECOND
    viewer.send(messages.metrics(alert_gauge(at - SECOND, 1, severity="info")))
    viewer.send(messages.metrics(alert_gauge(at, 1, severity="critical"), alert_gauge(at, 0, severity="low")))

    assert [(alert["name"], alert["severity"]) for alert in active(viewer)] == [("bank", "critical")]


def test_several_processes_are_one_alert(viewer: RunningViewer) -> None:
    """Resolved in one of two is not resolved."""
    at = messages.now() - 10 * SECOND
    send_events(viewer, alert_event(at), alert_event(at + SECOND, raised=False), instance="a")
    send_events(viewer, alert_event(at + 1), instance="b")
    send_events(viewer, alert_event(at + 2), instance="c")

    (alert,) = active(viewer)
    assert alert["since_ms"] == (at + 1) / 1e6


def test_the_most_severe_come_first_and_the_silent_are_marked(viewer: RunningViewer) -> None:
    """What nobody told for five minutes may be over."""
    now = messages.now()
    send_events(viewer, alert_event(now - 9 * SECOND, name="a", severity="low"))
    send_events(viewer, alert_event(now - 400 * SECOND, name="b", severity="critical"))
    send_events(viewer, alert_event(now - 8 * SECOND, name="c", severity="strange"))

    assert [(each["name"], each["silent"]) for each in active(viewer)] == [("b", True), ("a", False), ("c", False)]
