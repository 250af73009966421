"""The hourly cap: the shipped rule in the real Prometheus, which reads the real Alertmanager; only the cap is lower."""

from __future__ import annotations

from pathlib import Path

import pytest

from otel_kit.stack import notifications, rendering
from otel_kit.stack.alerting import declaration, writing
from tests.conditions import eventually
from tests.stack.backend_process import Backend
from tests.stack.notification_sinks import WebSink
from tests.stack.test_alertmanager import SHORT
from tests.stack.test_alertmanager_inhibition import announce, known

pytestmark = pytest.mark.stack
# More than twice what is sent before: `increase` makes up to that of a series of two samples.
SECTION = "interval: 1s\nthresholds: {notifications_per_hour: 8}\n"


@pytest.fixture
def web() -> WebSink:
    """Where team and pages arrive."""
    return WebSink()


def evaluated(prometheus: Backend) -> str:
    """Return when the rule was last evaluated."""
    groups = prometheus.get("/api/v1/rules")["data"]["groups"]
    return next(str(one["lastEvaluation"]) for one in groups if one["name"] == "notifications")


def test_warnings_are_held_back_when_the_hour_has_had_enough(
    alertmanager: Path, prometheus: Path, web: WebSink, tmp_path: Path
) -> None:
    """It is told once, critical alerts go on."""
    (tmp_path / "own.yaml").write_text(SECTION)
    rules = writing.render(declaration.load(tmp_path / "own.yaml", own=True))["prometheus/notifications.yml"]
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    for name in ("team", "page"):
        (secrets / f"{name}.webhook").write_text(f"{web.url}/{name}\n")
    (secrets / "history.key").write_text("k")
    variables = {**SHORT, "STACK_USAGE_HTTP_PORT": web.url.rpartition(":")[2]}
    told = Backend("alertmanager", alertmanager, tmp_path / "alertmanager", variables)
    rule = Backend("prometheus", prometheus, tmp_path / "prometheus", variables)
    told.configure()
    text = notifications.render(
        told.configuration.read_text(), {"STACK_ALERT_HISTORY_URL": f"{web.url}/history"},
        secrets=secrets, mounted=str(secrets),
    )  # fmt: skip
    told.configuration.write_text(text)
    rule.configure()
    (rule.configuration.parent / "rules" / "notifications.yml").write_text(rendering.render(rules, {}, "rules"))
    try:
        told.start()
        rule.start()
        eventually(lambda: rule.query('alertmanager_notifications_total{receiver_name="team"}'), "it is read", 20)
        fewer = [
            {"alertname": "Noise", "severity": "warning", "service_name": f"noisy-{number}"} for number in range(3)
        ]
        announce(told, *fewer)
        eventually(lambda: len(web.of("/team", alertname="Noise")) == 3, "fewer than are allowed", 20)
        sent = 'sum(alertmanager_notifications_total{receiver_name="team"}) == 6'
        eventually(lambda: rule.query(sent), "three to the team and three to its history are read")
        before = evaluated(rule)
        eventually(lambda: evaluated(rule) != before, "the rule has seen them")
        assert rule.query('ALERTS{alertname="AlertsHourlyCapReached"}') == [], "the history does not count"

        announce(told, *({**fewer[0], "service_name": f"noisy-{number}"} for number in range(3, 15)))
        eventually(lambda: web.of("/team", alertname="AlertsHourlyCapReached"), "the cap is told", 30)
        late, bad = {**fewer[0], "service_name": "late"}, {**fewer[0], "service_name": "bad", "severity": "critical"}
        announce(told, late, bad)
        eventually(lambda: web.of("/page", alertname="Noise", service_name="bad"), "critical ones go on", 20)
        (cap,) = [one for one in told.get("/api/v2/alerts") if one["labels"]["alertname"] == "AlertsHourlyCapReached"]
        status = eventually(lambda: known(told, late), "the late one is known")["status"]
        assert status["inhibitedBy"] == [cap["fingerprint"]]
        assert web.of("/team", service_name="late") == []
        eventually(lambda: web.of("/team", alertname="Noise", service_name="bad"), "and reach the team as well", 20)
        assert len(web.of("/team", alertname="AlertsHourlyCapReached")) == 1, "it is told once"
        assert cap["status"]["state"] == "active"
    finally:
        rule.stop()
        told.stop()
        web.stop()
