"""Who was told what, kept in Loki: the real Alertmanager sends it through the real gateway."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from otel_kit.stack import notifications
from tests.conditions import eventually
from tests.stack.backend_process import Backend
from tests.stack.collector_process import BASE, LGTM, REPOSITORY, Collector, NewCollector, free_ports
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


@pytest.fixture
def stored(loki: Path, tmp_path: Path) -> Iterator[Loki]:
    """A running Loki."""
    made = Loki(loki, tmp_path / "loki")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def gateway(new_collector: NewCollector, stored: Loki) -> tuple[Collector, str]:
    """The gateway with the overlay, not yet started, and where it takes notifications."""
    endpoint = f"127.0.0.1:{free_ports(1)[0]}"
    made = new_collector(
        *BASE, LGTM, OVERLAY,
        OTELCOL_NOTIFICATIONS_ENDPOINT=endpoint,
        OTELCOL_LOKI_ENDPOINT=stored.otlp,
        OTELCOL_PROMETHEUS_ENDPOINT="http://127.0.0.1:9",
        OTELCOL_TEMPO_ENDPOINT="127.0.0.1:9",
        OTELCOL_TEMPO_INSECURE="true",
    )  # fmt: skip
    return made, f"http://{endpoint}/notifications"


@pytest.fixture
def alerts(alertmanager: Path, gateway: tuple[Collector, str], tmp_path: Path) -> Iterator[Backend]:
    """A running Alertmanager that sends to the team and writes down what it sends."""
    collector, url = gateway
    web = WebSink()
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "team.webhook").write_text(f"{web.url}/team")
    (secrets / "history.key").write_text(collector.token)
    made = Backend("alertmanager", alertmanager, tmp_path / "alertmanager", dict(SHORT))
    made.configure()
    text = notifications.render(
        made.configuration.read_text(), {"STACK_ALERT_HISTORY_URL": url}, secrets=secrets, mounted=str(secrets)
    )
    made.configuration.write_text(text)
    made.start()
    yield made
    made.stop()
    web.stop()


def test_every_notification_is_found_in_loki(gateway: tuple[Collector, str], alerts: Backend, stored: Loki) -> None:
    """Who, what, when, firing and resolved, under the labels of an event; also what nobody else is sent."""
    collector, _ = gateway
    collector.start()
    raise_alert(alerts, ALERT, summary="Call joe@example.com")
    raise_alert(alerts, {**ALERT, "alertname": "Known", "severity": "info"})
    told = eventually(lambda: history(stored, 3), "it is written down", 30)
    receivers = {(line.metadata["otel_kit_alert_receiver"], line.metadata["otel_kit_alert_name"]) for line in told}
    assert receivers == {("team", "Errors"), ("page", "Errors"), ("record", "Known")}
    assert {line.labels["event_category"] for line in told} == {"alert"}
    assert {line.labels["service_name"] for line in told} == {"alertmanager"}
    assert {line.labels["retention_tier"] for line in told} == {"security"}
    assert {line.metadata["otel_kit_alert_service"] for line in told} == {"shop"}
    assert {line.metadata["otel_kit_ingest_key_id"] for line in told} == {collector.key.id}
    assert collector.token not in repr(told)
    assert "joe@example.com" not in repr(told), "behind redaction, like all that comes in"
    (one,) = [line for line in told if line.metadata["otel_kit_alert_receiver"] == "team"]
    assert json.loads(one.body)["alerts"][0]["labels"]["alertname"] == "Errors"

    raise_alert(alerts, ALERT, ends="2020-01-01T00:00:00Z")
    ended = eventually(lambda: history(stored, 2, otel_kit_alert_status="resolved"), "its end is written down", 30)
    assert {line.metadata["otel_kit_alert_receiver"] for line in ended} == {"team", "page"}


def test_what_is_sent_while_the_gateway_is_down_is_written_down_later(
    gateway: tuple[Collector, str], alerts: Backend, stored: Loki
) -> None:
    """People are told at once, the history follows when the gateway is back."""
    collector, _ = gateway
    raise_alert(alerts, ALERT)
    eventually(lambda: failed_webhooks(alerts) >= 4, "both were tried and tried again", 30)
    assert history(stored, 0) == []
    collector.start()
    eventually(lambda: history(stored, 2), "it is written down", 40)
    assert len(history(stored, 2)) == 2, "once for each receiver"


def test_nobody_writes_history_without_a_key(gateway: tuple[Collector, str]) -> None:
    """The guard stands before this door, too; what is no notification is refused."""
    collector, url = gateway
    collector.start()
    assert post(url, b"{}", None) == 401
    assert post(url, b"{}", "otk_nobody_" + "A" * 43) == 401
    assert post(url, b"no json", collector.token) == 500
    assert post(url, b'{"status": "firing"}', collector.token) == 500
    assert post(url, b"", collector.token) == 400
    assert post(url, b'{"status": "firing", "alerts": []}', collector.token) == 200


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


def raise_alert(server: Backend, labels: Mapping[str, str], summary: str = "", ends: str | None = None) -> None:
    """Send an alert as Prometheus does."""
    alert: dict[str, Any] = {"labels": labels, "annotations": {"summary": summary} if summary else {}}
    if ends is not None:
        alert |= {"startsAt": "2019-01-01T00:00:00Z", "endsAt": ends}
    status, text = server.request(
        "POST", "/api/v2/alerts", json.dumps([alert]).encode(), Content_Type="application/json"
    )
    assert status == 200, text


def history(stored: Loki, at_least: int, **metadata: str) -> list[Line]:
    """Return what is written down, as somebody asks for it; nothing if it is less than that."""
    filters = "".join(f' | {name}="{value}"' for name, value in metadata.items())
    found = stored.lines(f'{{event_category="alert", service_name="alertmanager"}}{filters}')
    return found if len(found) >= at_least else []


def failed_webhooks(server: Backend) -> float:
    """Return how often a webhook could not be delivered."""
    _, text = server.request("GET", "/metrics")
    name = 'alertmanager_notification_requests_failed_total{integration="webhook"'
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))
