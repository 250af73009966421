"""Health checks over HTTP: the latest status of each, from its gauge and from its changes."""

from __future__ import annotations

from typing import Any

from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from otel_kit.semconv import (
    EVENT_HEALTH_CHANGE,
    HEALTH_CHECK,
    HEALTH_CRITICAL,
    HEALTH_DURATION,
    HEALTH_STATUS,
    HEALTH_STATUS_AFTER,
    HEALTH_STATUS_BEFORE,
    SERVICE_INSTANCE_ID,
)
from tests.unit.local import messages
from tests.unit.local.client import RunningViewer
from tests.unit.local.messages import SECOND


def health_gauge(at: int, value: float, check: str = "db", name: str = HEALTH_STATUS) -> Metric:
    """Return a gauge with one point of a check."""
    metric = Metric(name=name)
    said = messages.pairs({HEALTH_CHECK: check, HEALTH_CRITICAL: True})
    metric.gauge.data_points.add(time_unix_nano=at, as_double=value, attributes=said)
    return metric


def health_change(at: int, after: str, check: str = "db") -> LogRecord:
    """Return the event of a change."""
    said = {HEALTH_CHECK: check, HEALTH_CRITICAL: True, HEALTH_STATUS_BEFORE: "healthy", HEALTH_STATUS_AFTER: after}
    return messages.log("no answer", at=at, attributes=said, event_name=EVENT_HEALTH_CHANGE)


def checks(viewer: RunningViewer) -> list[dict[str, Any]]:
    """Return the checks."""
    found: list[dict[str, Any]] = viewer.get("health")["checks"]
    return found


def test_a_check_tells_its_state_and_how_long_it_took(viewer: RunningViewer) -> None:
    """The newest point counts, whatever came in between."""
    at = messages.now() - 20 * SECOND
    for value, ago in ((0.0, 9), (1.0, 5), (0.5, 1)):
        viewer.send(messages.metrics(health_gauge(at - ago * SECOND, value)))
    viewer.send(messages.metrics(health_gauge(at, 0.012, name=HEALTH_DURATION)))

    (check,) = checks(viewer)

    assert (check["service"], check["check"], check["status"], check["critical"]) == ("shop", "db", "degraded", True)
    assert (check["duration_ms"], check["processes"], check["silent"]) == (12.0, 1, False)
    assert (check["heard_ms"], check["change"]) == ((at - SECOND) / 1e6, None)


def test_a_change_tells_before_the_next_export(viewer: RunningViewer) -> None:
    """And is overruled by it."""
    at = messages.now() - 20 * SECOND
    viewer.send(messages.metrics(health_gauge(at, 1.0)))
    viewer.send(messages.logs(health_change(at + SECOND, "unhealthy")))

    (check,) = checks(viewer)
    assert (check["status"], check["change"]["before"], check["change"]["text"]) == (
        "unhealthy", "healthy", "no answer",
    )  # fmt: skip

    viewer.send(messages.metrics(health_gauge(at + 2 * SECOND, 1.0)))
    assert checks(viewer)[0]["status"] == "healthy"


def test_a_check_that_only_told_its_change_is_there(viewer: RunningViewer) -> None:
    """A status that nobody knows counts as the worst."""
    viewer.send(messages.logs(health_change(messages.now(), "degraded"), health_change(messages.now(), "purple", "x")))

    assert [(each["check"], each["status"]) for each in checks(viewer)] == [("x", "unhealthy"), ("db", "degraded")]


def test_the_worst_process_that_is_alive_counts(viewer: RunningViewer) -> None:
    """What one of them said long ago does not; if none is alive, the check is marked as silent."""
    now = messages.now()
    for instance, ago, value in (("a", 400, 0.0), ("b", 10, 1.0), ("c", 10, 0.5)):
        metric = health_gauge(now - ago * SECOND, value)
        viewer.send(messages.metrics(metric, **{SERVICE_INSTANCE_ID: instance}))
    viewer.send(messages.metrics(health_gauge(now - 400 * SECOND, 0.0, "disk")))

    disk, db = checks(viewer)

    assert (db["status"], db["processes"], db["silent"]) == ("degraded", 2, False)
    assert (disk["status"], disk["silent"]) == ("unhealthy", True)
