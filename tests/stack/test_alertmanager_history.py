"""Who was told what, kept in Loki: the real Alertmanager sends it through the real gateway."""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from otel_kit.stack import notifications
from tests.conditions import eventually
from tests.stack.backend_process import Backend
from tests.stack.collector_process import BASE, LGTM, REPOSITORY, Collector, free_ports
from tests.stack.loki_process import Line, Loki
from tests.stack.notification_sinks import WebSink

pytestmark = pytest.mark.stack
OVERLAY = REPOSITORY / "collector" / "overlays" / "notifications.yaml"
ALERT = {"alertname": "Errors", "severity": "critical", "service_name": "shop"}
SHORT = {
    "STACK_ALERT_GROUP_WAIT": "0s",
    "STACK_ALERT_GROUP_INTERVAL": "1s",
    "STACK_ALERT_REPEAT": "1h",
    "STACK_ALERT_REPEAT_CRITICAL": "1h",
}


@dataclass
class History:
    """A running Alertmanager and Loki, and the gateway between them, which each test starts if it needs it."""

    alertmanager: Backend
    gateway: Collector
    loki: Loki
    web: WebSink
    url: str

    def raise_alert(self, labels: Mapping[str, str], summary: str = "", ends: str | None = None) -> None:
        """Send an alert as Prometheus does."""
        alert: dict[str, Any] = {"labels": labels, "annotations": {"summary": summary} if summary else {}}
        if ends is not None:
            alert |= {"startsAt": "2019-01-01T00:00:00Z", "endsAt": ends}
        body = json.dumps([alert]).encode()
        status, text = self.alertmanager.request("POST", "/api/v2/alerts", body, Content_Type="application/json")
        assert status == 200, text

    def written(self, service: str, at_least: int, **metadata: str) -> list[Line]:
        """Return what is written down of a service, as somebody asks for it; nothing if it is less than that."""
        filters = "".join(
            f' | {name}="{value}"' for name, value in ({"otel_kit_alert_service": service} | metadata).items()
        )
        found = self.loki.lines(f'{{event_category="alert", service_name="alertmanager"}}{filters}')
        return found if len(found) >= at_least else []

    def failed(self) -> float:
        """Return how often a webhook could not be delivered."""
        _, text = self.alertmanager.request("GET", "/metrics")
        name = 'alertmanager_notification_requests_failed_total{integration="webhook"'
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))


@pytest.fixture(scope="module")
def history(
    alertmanager: Path, loki: Path, otelcol: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[History]:
    """All three; the gateway is not started yet."""
    folder = tmp_path_factory.mktemp("history")
    web, stored = WebSink(), Loki(loki, folder / "loki")
    endpoint = f"127.0.0.1:{free_ports(1)[0]}"
    (folder / "gateway").mkdir()
    gateway = Collector(
        otelcol, folder / "gateway", (*BASE, LGTM, OVERLAY),
        {
            "OTELCOL_NOTIFICATIONS_ENDPOINT": endpoint,
            "OTELCOL_LOKI_ENDPOINT": stored.otlp,
            "OTELCOL_PROMETHEUS_ENDPOINT": "http://127.0.0.1:9",
            "OTELCOL_TEMPO_ENDPOINT": "127.0.0.1:9",
            "OTELCOL_TEMPO_INSECURE": "true",
        },
    )  # fmt: skip
    secrets = folder / "secrets"
    secrets.mkdir()
    (secrets / "team.webhook").write_text(f"{web.url}/team")
    (secrets / "history.key").write_text(gateway.token)
    alerts = Backend("alertmanager", alertmanager, folder / "alertmanager", dict(SHORT))
    url = f"http://{endpoint}/notifications"
    alerts.configure()
    text = notifications.render(
        alerts.configuration.read_text(), {"STACK_ALERT_HISTORY_URL": url}, secrets=secrets, mounted=str(secrets)
    )
    alerts.configuration.write_text(text)
    with contextlib.ExitStack() as ends:
        for one in (web, alerts, gateway, stored):
            ends.callback(one.stop)
        stored.start()
        alerts.start()
        yield History(alerts, gateway, stored, web, url)


@pytest.fixture
def gateway(history: History) -> Collector:
    """The gateway, running from here on."""
    if not history.gateway.is_running:
        history.gateway.start()
    return history.gateway


def test_what_is_sent_while_the_gateway_is_down_is_written_down_later(history: History) -> None:
    """People are told at once, the history follows when the gateway is back."""
    history.gateway.stop()
    failed = history.failed()
    history.raise_alert({**ALERT, "service_name": "away"})
    eventually(lambda: history.failed() >= failed + 2, "both were tried and tried again", 30)
    assert history.written("away", 0) == []
    history.gateway.start()
    eventually(lambda: history.written("away", 2), "it is written down", 40)
    assert len(history.written("away", 2)) == 2, "once for each receiver"
    assert len(history.web.of("/team", service_name="away")) == 1, "and people are not told twice because of it"


def test_every_notification_is_found_in_loki(history: History, gateway: Collector) -> None:
    """Who, what, when, firing and resolved, under the labels of an event; also what nobody else is sent."""
    history.raise_alert(ALERT, summary="Call joe@example.com")
    history.raise_alert({**ALERT, "alertname": "Known", "severity": "info"})
    told = eventually(lambda: history.written("shop", 3), "it is written down", 30)
    receivers = {(line.metadata["otel_kit_alert_receiver"], line.metadata["otel_kit_alert_name"]) for line in told}
    assert receivers == {("team", "Errors"), ("page", "Errors"), ("record", "Known")}
    assert {line.labels["event_category"] for line in told} == {"alert"}
    assert {line.labels["service_name"] for line in told} == {"alertmanager"}
    assert {line.labels["retention_tier"] for line in told} == {"security"}
    assert {line.metadata["otel_kit_ingest_key_id"] for line in told} == {gateway.key.id}
    assert gateway.token not in repr(told)
    assert "joe@example.com" not in repr(told), "behind redaction, like all that comes in"
    (one,) = [line for line in told if line.metadata["otel_kit_alert_receiver"] == "team"]
    assert json.loads(one.body)["alerts"][0]["labels"]["alertname"] == "Errors"

    history.raise_alert(ALERT, ends="2020-01-01T00:00:00Z")
    ended = eventually(lambda: history.written("shop", 2, otel_kit_alert_status="resolved"), "its end as well", 30)
    assert {line.metadata["otel_kit_alert_receiver"] for line in ended} == {"team", "page"}


def test_nobody_writes_history_without_a_key(history: History, gateway: Collector) -> None:
    """The guard stands before this door, too; what is no notification is refused."""
    assert post(history.url, b"{}", None) == 401
    assert post(history.url, b"{}", "otk_nobody_" + "A" * 43) == 401
    assert post(history.url, b"no json", gateway.token) == 500
    assert post(history.url, b'{"status": "firing"}', gateway.token) == 500
    assert post(history.url, b"", gateway.token) == 400
    assert post(history.url, b'{"status": "firing", "alerts": []}', gateway.token) == 200


def post(url: str, body: bytes, key: str | None) -> int:
    """Return the status of one request."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        connection.request("POST", parts.path, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()
