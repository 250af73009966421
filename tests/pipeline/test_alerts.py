"""Alerts that the application raises, through a whole kit: events on change, one gauge, and bounds at the source."""

from __future__ import annotations

from typing import Any

import pytest

import otel_kit
from otel_kit import alert
from otel_kit.events.alerts import active_alerts
from tests.conftest import StartKit
from tests.otlp_sink import Log, OtlpSink

_RAISED, _RESOLVED = "otel_kit.alert.raised", "otel_kit.alert.resolved"


def _told(otlp: OtlpSink) -> list[Log]:
    return [log for log in otlp.logs() if log.attributes.get("event.category") == "alert"]


def _gauge(otlp: OtlpSink) -> dict[tuple[str, str], float]:
    return {
        (point.attributes["otel_kit.alert.name"], point.attributes["otel_kit.alert.severity"]): point.value
        for point in otlp.latest("otel_kit.alert.active")
    }


def _suppressed(otlp: OtlpSink, reason: str, name: str | None = None) -> float:
    return sum(
        point.value
        for point in otlp.latest("otel_kit.alerts.suppressed")
        if point.attributes["otel_kit.alert.suppressed.reason"] == reason
        and point.attributes.get("otel_kit.alert.name") == name
    )


def test_raised_and_resolved(otlp: OtlpSink, kit: StartKit) -> None:
    """An event each, redacted; the gauge is 1, and 0 afterwards."""
    running = kit()
    raised = alert("payment-provider", severity="high", reason="times out for bob@example.com", provider="x")
    running.flush()

    (log,) = _told(otlp)
    assert (log.event_name, log.severity) == (_RAISED, "ERROR")
    assert log.body == "alert payment-provider (high) - times out for b***@example.com"
    assert log.attributes == {
        "event.category": "alert",
        "retention.tier": "default",
        "otel_kit.alert.name": "payment-provider",
        "otel_kit.alert.severity": "high",
        "otel_kit.alert.reason": "times out for b***@example.com",
        "provider": "x",
    }
    assert _gauge(otlp)["payment-provider", "high"] == 1
    assert [(one.name, one.severity) for one in active_alerts()] == [("payment-provider", "high")]

    assert raised.resolve("answers again")
    assert not raised.resolve()
    running.flush()

    _, over = _told(otlp)
    assert (over.event_name, over.severity) == (_RESOLVED, "INFO")
    assert over.attributes["otel_kit.alert.reason"] == "answers again"
    assert over.attributes["otel_kit.alert.duration"] >= 0
    assert _gauge(otlp)["payment-provider", "high"] == 0
    assert active_alerts() == ()
    assert b"bob@" not in otlp.bodies()


def test_another_function_resolves_it_by_its_name(otlp: OtlpSink, kit: StartKit) -> None:
    """And a name that is not active is nothing to resolve."""
    running = kit()
    alert("resolved-elsewhere")
    assert alert.resolve("resolved-elsewhere")
    assert not alert.resolve("resolved-elsewhere")
    assert not alert.resolve("never-raised")
    running.flush()

    assert [log.event_name for log in _told(otlp)] == [_RAISED, _RESOLVED]


def test_a_block_resolves_it_and_an_exception_keeps_it_active(otlp: OtlpSink, kit: StartKit) -> None:
    """With the type of the error, which is passed on; another severity is a change."""
    running = kit()
    with alert("block-works") as inside:
        assert inside.is_active
    assert not inside.is_active
    with pytest.raises(TimeoutError), alert("block-fails", severity="low"):
        raise TimeoutError("bob@example.com")
    alert("block-fails", severity="critical")
    running.flush()

    assert [(log.event_name, log.attributes.get("error.type"), log.severity) for log in _told(otlp)] == [
        (_RAISED, None, "ERROR"),
        (_RESOLVED, None, "INFO"),
        (_RAISED, None, "INFO"),
        (_RAISED, "TimeoutError", "INFO"),
        (_RAISED, None, "FATAL"),
    ]
    gauge = _gauge(otlp)
    assert (gauge["block-works", "high"], gauge["block-fails", "low"], gauge["block-fails", "critical"]) == (0, 0, 1)
    assert b"bob@" not in otlp.bodies()


def test_flapping_is_told_once_and_counted(otlp: OtlpSink, kit: StartKit) -> None:
    """Cool-down by name; the gauge follows all the same."""
    running = kit(settings={"alerts.cooldown": "1h"})
    for _ in range(10):
        with alert("flapping"):
            pass
    alert("flapping")
    running.flush()

    assert [log.event_name for log in _told(otlp)] == [_RAISED, _RESOLVED]
    assert _suppressed(otlp, "cooldown", "flapping") == 19
    assert _gauge(otlp)["flapping", "high"] == 1
    counts = {point.attributes["otel_kit.alert.name"]: point.value for point in otlp.latest("otel_kit.alerts.raised")}
    assert counts["flapping"] == 11


def test_hourly_cap(otlp: OtlpSink, kit: StartKit) -> None:
    """Where there is no cool-down; both may change at run time."""
    running = kit()
    running.reload({"alerts.cooldown": "0s", "alerts.hourly_cap": 4})
    for _ in range(10):
        with alert("often"):
            pass
    running.flush()

    assert len(_told(otlp)) == 4
    assert _suppressed(otlp, "hourly_cap", "often") == 16


@pytest.mark.parametrize(
    "name",
    ["", "Payment", "1st", "with blank", "x" * 65, "order 17 of bob@example.com", "naïve", "a\n", "a/b", None, 7, b"x"],
    ids=repr,
)
def test_a_name_outside_the_rule_is_refused(otlp: OtlpSink, kit: StartKit, name: Any) -> None:
    """Counted, never raised; what was refused can be used and does nothing."""
    running = kit()
    before = _suppressed(otlp, "refused")
    with alert(name) as refused:
        assert not refused.is_active
    assert not refused.resolve()
    running.flush()

    assert _told(otlp) == []
    assert active_alerts() == ()
    assert _suppressed(otlp, "refused") >= before + 1
    assert running.status().faults["alert_refused"] == 1
    assert b"bob@" not in otlp.bodies()


def test_names_out_of_messages_add_no_series(otlp: OtlpSink, kit: StartKit, caplog: pytest.LogCaptureFixture) -> None:
    """A limit on names; those that are there go on; the fault names the one too many, and how to mend it."""
    running = kit(settings={"alerts.names": 100, "alerts.cooldown": "0s"})
    for number in range(5000):
        alert(f"order-{number}-failed")
    assert alert("order-3-failed").is_active
    running.flush()

    assert len([key for key in _gauge(otlp) if key[0].startswith("order-")]) <= 100
    assert running.status().faults["alert_refused"] >= 4900
    assert "is one name too many, there are 100" in caplog.text
    assert "reason=" in caplog.text


def test_strict_raises_for_a_refused_name_and_an_unknown_severity(otlp: OtlpSink, kit: StartKit) -> None:
    """Otherwise the nearest severity is taken."""
    kit(strict=True)
    with pytest.raises(otel_kit.EventError, match=r"'Order 17'.*lower case"):
        alert("Order 17")
    with pytest.raises(otel_kit.EventError, match="Did you mean 'critical'"):
        alert("strict-severity", severity="critcal")  # type: ignore[arg-type]


def test_an_unknown_severity_becomes_the_nearest_or_high(otlp: OtlpSink, kit: StartKit) -> None:
    """Never one series per text."""
    running = kit()
    alert("mild", severity="critcal")  # type: ignore[arg-type]
    alert("vague", severity=["x"])  # type: ignore[arg-type]
    running.flush()

    gauge = _gauge(otlp)
    assert (gauge["mild", "critical"], gauge["vague", "high"]) == (1, 1)


def test_the_end_of_the_kit_leaves_no_alert_active(otlp: OtlpSink, kit: StartKit) -> None:
    """Nobody is there to resolve it: the last collection says 0."""
    running = kit()
    alert("left-open")
    running.flush()
    assert _gauge(otlp)["left-open", "high"] == 1

    running.shutdown()

    assert _gauge(otlp)["left-open", "high"] == 0
    assert active_alerts() == ()


def test_before_init_nothing_is_sent_and_what_is_active_shows_later(otlp: OtlpSink, kit: StartKit) -> None:
    """Raised at import, while the kit starts in ``main``."""
    early = alert("early-bird", severity="low")
    running = kit()
    running.flush()

    assert early.is_active
    assert _gauge(otlp)["early-bird", "low"] == 1
    early.resolve()
