"""From a rule in the real Prometheus through the real Alertmanager to people; only times are shorter than shipped."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from otel_kit.stack import assets, notifications, rendering
from tests.conditions import eventually
from tests.stack.backend_process import Backend
from tests.stack.notification_sinks import MailSink, WebSink
from tests.stack.test_prometheus_stack import send

pytestmark = pytest.mark.stack
# The pattern of escalation: the same rule again, with a longer `for` and a label more.
RULES = """
groups:
  - name: test
    rules:
      - {alert: Watchdog, expr: vector(1), labels: {severity: info}}
      - {alert: Errors, expr: fault >= 1, labels: {severity: warning},
         annotations: {summary: "Too many errors in {{ $labels.service_name }}", runbook_url: "https://runbooks.example/errors"}}
      - {alert: Errors, expr: fault >= 2, labels: {severity: critical}}
      - {alert: Errors, expr: fault >= 2, for: 2s, labels: {severity: critical, escalation: "2"}}
      - {alert: Silent, expr: fault >= 1, labels: {severity: warning, needs: pipeline}}
      - alert: CollectorLosingData
        expr: broken >= 1
        labels: {severity: critical, signal: metrics, exporter: otlp_http/prometheus}
"""
SHORT = {
    "STACK_EVALUATION_INTERVAL": "1s",
    "STACK_SCRAPE_INTERVAL": "1s",
    "STACK_SCRAPE_TIMEOUT": "1s",
    "STACK_LOKI_HOST": "127.0.0.1",
    "STACK_TEMPO_HOST": "127.0.0.1",
    "STACK_COLLECTOR_HOST": "127.0.0.1",
    "STACK_USAGE_HOST": "127.0.0.1",
    "STACK_ALERT_GROUP_WAIT": "1s",
    "STACK_ALERT_GROUP_INTERVAL": "1s",
    "STACK_ALERT_REPEAT": "1h",
    "STACK_ALERT_REPEAT_CRITICAL": "2s",
    "STACK_ALERT_WATCHDOG_INTERVAL": "1s",
}


@dataclass
class Alerting:
    """Both servers and where their notifications arrive."""

    prometheus: Backend
    alertmanager: Backend
    web: WebSink
    mail: MailSink
    secrets: Path

    def configure(self, **variables: str) -> None:
        """Write Alertmanager's configuration, also while it runs."""
        write(self.alertmanager, self.secrets, **variables)

    def fault(self, name: str, level: float, service: str) -> None:
        """Set the figure that the rules look at, and keep it until told otherwise."""
        assert send(self.prometheus, {name: [(time.time(), level)]}, service) == 200

    def alerts(self, **labels: str) -> list[dict[str, Any]]:
        """Return the alerts that Alertmanager holds with these labels."""
        return [one for one in self.alertmanager.get("/api/v2/alerts") if labels.items() <= one["labels"].items()]


def write(server: Backend, secrets: Path, **variables: str) -> None:
    """Render Alertmanager's files as `stack init` does."""
    server.configure()
    text = notifications.render(
        server.configuration.read_text(), server.variables | variables, secrets=secrets, mounted=str(secrets)
    )
    server.configuration.write_text(text)


@pytest.fixture(scope="module")
def alerting(prometheus: Path, alertmanager: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alerting]:
    """All of it, running."""
    folder = tmp_path_factory.mktemp("alerting")
    variables = dict(SHORT)
    web, mail = WebSink(), MailSink()
    secrets = folder / "secrets"
    secrets.mkdir()
    for name in ("team", "page", "escalation", "watchdog"):
        (secrets / f"{name}.webhook").write_text(f"{web.url}/{name}\n")
    (secrets / "shop.slack").write_text(f"{web.url}/slack\n")
    (secrets / "team.email").write_text("# on call\nops@example.com, boss@example.com\n")
    made = Alerting(
        Backend("prometheus", prometheus, folder / "prometheus", variables),
        Backend("alertmanager", alertmanager, folder / "alertmanager", variables),
        web, mail, secrets,
    )  # fmt: skip
    variables |= {
        "STACK_ALERT_SMTP_HOST": mail.address,
        "STACK_ALERT_SMTP_FROM": "alerts@example.com",
        "STACK_ALERT_SMTP_TLS": "false",
        "STACK_USAGE_HTTP_PORT": web.url.rpartition(":")[2],
    }
    made.configure()
    made.alertmanager.start()
    made.prometheus.configure()
    (made.prometheus.configuration.parent / "rules" / "test.yml").write_text(RULES)
    made.prometheus.start()
    yield made
    made.prometheus.stop()
    made.alertmanager.stop()
    web.stop()
    mail.stop()


def test_a_fault_reaches_everybody_who_is_to_know_and_its_end_as_well(alerting: Alerting) -> None:
    """Warning to the team by webhook and mail and to the service's own channel; then critical, escalated, resolved."""
    web, here = alerting.web, {"alertname": "Errors", "service_name": "shop"}
    alerting.fault("fault", 1, "shop")
    (told,) = eventually(lambda: web.of("/team", status="firing", **here), "the team knows", 20)
    assert [one["labels"]["severity"] for one in told["alerts"]] == ["warning"]
    recipients, mail = eventually(lambda: mails(alerting, "Errors of shop"), "the mail is there")[0]
    assert recipients == ["ops@example.com", "boss@example.com"]
    assert mail["Subject"] == "WARNING: Errors of shop"
    text = mail.get_body(("plain",)).get_content()
    assert "Too many errors in shop" in text
    assert "Runbook: https://runbooks.example/errors" in text
    eventually(lambda: slack(alerting, "WARNING: Errors of shop"), "it is in the channel")
    assert web.of("/page", **here) == []
    assert web.of("/escalation", **here) == []

    alerting.fault("fault", 2, "shop")
    paged = eventually(lambda: web.of("/page", status="firing", **here), "somebody is paged", 20)
    assert {one["labels"]["severity"] for one in paged[0]["alerts"]} == {"critical"}
    eventually(lambda: web.of("/escalation", status="firing", **here), "it is escalated", 20)
    (warning,) = alerting.alerts(severity="warning", **here)
    assert warning["status"]["state"] == "suppressed", "the critical one mutes the warning of the same name"
    assert warning["status"]["inhibitedBy"]

    alerting.fault("fault", 0, "shop")
    for path in ("/team", "/page", "/escalation"):
        eventually(lambda path=path: web.of(path, status="resolved", **here), f"{path} hears of the end", 30)  # type: ignore[misc]
    eventually(lambda: slack(alerting, "RESOLVED: Errors of shop"), "the channel hears of the end")


def test_cool_down_a_critical_one_is_told_again_a_warning_not(alerting: Alerting) -> None:
    """By the two repeat intervals, 2 s and 1 h here."""
    alerting.fault("fault", 1, "calm")
    eventually(lambda: alerting.web.of("/team", alertname="Errors", service_name="calm"), "the warning is told", 20)
    alerting.fault("fault", 2, "loud")
    eventually(
        lambda: len(alerting.web.of("/page", alertname="Errors", service_name="loud")) >= 3, "again and again", 30
    )
    assert len(alerting.web.of("/team", alertname="Errors", service_name="calm")) == 1
    for service in ("calm", "loud"):
        alerting.fault("fault", 0, service)


def test_what_depends_on_the_pipeline_is_mute_while_it_is_broken(alerting: Alerting) -> None:
    """Of every service, whatever its labels."""
    alerting.fault("broken", 1, "otelcol")
    eventually(lambda: alerting.alerts(alertname="CollectorLosingData"), "it fires", 20)
    alerting.fault("fault", 1, "away")
    (silent,) = eventually(lambda: alerting.alerts(alertname="Silent", service_name="away"), "it fires too", 20)
    assert silent["status"]["state"] == "suppressed"
    eventually(lambda: alerting.web.of("/team", alertname="Errors", service_name="away"), "others go on", 20)
    assert alerting.web.of("/team", alertname="Silent", service_name="away") == []
    alerting.fault("broken", 0, "otelcol")
    eventually(lambda: alerting.web.of("/team", alertname="Silent", service_name="away"), "now it is told", 30)
    alerting.fault("fault", 0, "away")


def test_quiet_hours_hold_warnings_back_and_nothing_else(alerting: Alerting) -> None:
    """They are told when it is over, if they still hold."""
    alerting.configure(STACK_ALERT_QUIET_TIMES="12:00-11:59,11:59-12:00")
    alerting.alertmanager.reload()
    eventually(lambda: "11:59" in alerting.alertmanager.get("/api/v2/status")["config"]["original"], "it is quiet")
    alerting.fault("fault", 1, "night")
    alerting.fault("fault", 2, "fire")
    eventually(lambda: alerting.web.of("/page", alertname="Errors", service_name="fire"), "critical ones come", 20)
    (warning,) = eventually(
        lambda: alerting.alerts(alertname="Errors", service_name="night"), "the warning is seen", 20
    )
    groups = eventually(lambda: muted(alerting, "night"), "its group is muted", 20)
    assert groups == ["quiet"]
    assert warning["labels"]["severity"] == "warning"
    assert alerting.web.of("/team", alertname="Errors", service_name="night") == []

    alerting.configure()
    alerting.alertmanager.reload()
    eventually(lambda: alerting.web.of("/team", alertname="Errors", service_name="night"), "the morning", 30)
    for service in ("night", "fire"):
        alerting.fault("fault", 0, service)


def test_the_watchdog_comes_again_and_again_and_to_nobody_else(alerting: Alerting) -> None:
    """What takes it notices when it stops."""
    eventually(lambda: len(alerting.web.of("/watchdog", alertname="Watchdog")) >= 3, "it comes", 30)
    assert {path for path, body in alerting.web.bodies if "Watchdog" in json.dumps(body)} == {"/watchdog"}


def muted(alerting: Alerting, service: str) -> list[str]:
    """Return what mutes the group of that service's errors."""
    groups = alerting.alertmanager.get("/api/v2/alerts/groups")
    found = [
        name
        for group in groups
        if group["labels"].get("service_name") == service and group["labels"]["alertname"] == "Errors"
        for one in group["alerts"]
        for name in one["status"]["mutedBy"]
    ]
    return sorted(set(found))


def mails(alerting: Alerting, subject: str) -> list[Any]:
    """Return the mails with that text in the subject."""
    return [(to, mail) for to, mail in alerting.mail.mails if subject in mail["Subject"]]


def slack(alerting: Alerting, title: str) -> list[Any]:
    """Return the messages of the channel with that title."""
    posts = [body for path, body in alerting.web.bodies if path == "/slack"]
    return [body for body in posts if body["attachments"][0]["title"] == title]


ROUTES: Mapping[str, tuple[Mapping[str, str], str]] = {
    "critical": ({"severity": "critical", "service_name": "pay"}, "page,team"),
    "critical of a service": ({"severity": "critical", "service_name": "shop"}, "shop,page,team"),
    "escalated": ({"severity": "critical", "escalation": "2"}, "escalation,page,team"),
    "warning": ({"severity": "warning"}, "team"),
    "warning of a service": ({"severity": "warning", "service_name": "shop"}, "shop,team"),
    "information": ({"severity": "info", "service_name": "shop"}, "record"),
    "without a severity": ({"alertname": "Odd"}, "team"),
    "without a severity, of a service": ({"service_name": "shop"}, "shop,team"),
    "a severity nobody knows": ({"severity": "fatal", "service_name": "shop"}, "shop,team"),
    "the watchdog": ({"alertname": "Watchdog", "severity": "none"}, "watchdog"),
    "escalation of a warning": ({"severity": "warning", "escalation": "2"}, "escalation,team"),
    "escalated, of a service": (
        {"severity": "critical", "escalation": "2", "service_name": "shop"},
        "shop,escalation,page,team",
    ),
    "the hourly cap": ({"alertname": "AlertsHourlyCapReached", "severity": "warning"}, "team"),
    "a backend that is down": ({"alertname": "BackendDown", "severity": "critical", "layer": "backend"}, "page,team"),
    "the application's own, critical": (
        {"alertname": "ApplicationAlertCritical", "severity": "critical", "service_name": "shop"},
        "shop,page,team",
    ),
    "the application's own, minor": (
        {"alertname": "ApplicationAlertMinor", "severity": "info", "service_name": "shop"},
        "record",
    ),
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Alertmanager's folder with the defaults and a receiver of one service."""
    folder = tmp_path_factory.mktemp("written")
    source = assets.root() / "backends" / "alertmanager"
    secrets = folder / "secrets"
    secrets.mkdir()
    (secrets / "shop.webhook").write_text("https://hooks.example.com/x\n")
    (folder / "notifications.tmpl").write_text((source / "notifications.tmpl").read_text())
    base = rendering.render((source / "alertmanager.yml").read_text(), {}, "alertmanager.yml")
    text = notifications.render(base, {}, secrets=secrets, mounted="/run/secrets/alerts")
    (folder / "alertmanager.yml").write_text(text)
    (folder / "base.yml").write_text(base)
    return folder


@pytest.mark.parametrize("case", ROUTES)
def test_who_is_told(amtool: Path, written: Path, case: str) -> None:
    """By Alertmanager's own reading of the routes."""
    labels, receivers = ROUTES[case]
    command = [
        str(amtool), "config", "routes", "test", f"--config.file={written / 'alertmanager.yml'}",
        f"--verify.receivers={receivers}", *(f"{name}={value}" for name, value in labels.items()),
    ]  # fmt: skip
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stdout + asked.stderr


@pytest.mark.parametrize("name", ["alertmanager.yml", "base.yml"])
def test_amtool_accepts_it_with_and_without_receivers(amtool: Path, written: Path, name: str) -> None:
    """The template included."""
    asked = subprocess.run([amtool, "check-config", written / name], capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stdout + asked.stderr
    assert "1 templates" in asked.stdout
