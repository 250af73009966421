"""What keeps silent while something worse holds, by the real Alertmanager: alerts are sent as Prometheus sends them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from otel_kit.stack import notifications
from tests.conditions import eventually
from tests.stack.backend_process import Backend
from tests.stack.notification_sinks import WebSink

pytestmark = pytest.mark.stack
SHORT = {"STACK_ALERT_GROUP_WAIT": "0s", "STACK_ALERT_GROUP_INTERVAL": "1s"}
Labels = Mapping[str, str]
SHOP = {"service_name": "shop", "deployment_environment_name": "prod", "otel_kit_ingest_tenant": "main"}
ABSENT = {"alertname": "ServiceTelemetryAbsent", "severity": "critical", "needs": "pipeline", "family": "absence"}
STUCK = {"alertname": "ServiceRequestsStuck", "severity": "warning", "family": "service"}
CAP = {"alertname": "AlertsHourlyCapReached", "severity": "warning"}
LOSING = {
    "alertname": "CollectorLosingData",
    "severity": "critical",
    "layer": "pipeline",
    "signal": "metrics",
    "exporter": "otlp_http/prometheus",
}
FILLING = {
    "alertname": "CollectorQueueFilling",
    "severity": "warning",
    "layer": "pipeline",
    "needs": "backend",
    "exporter": "otlp_http/loki",
    "data_type": "logs",
}
REFUSING = {
    "alertname": "CollectorRefusingData", "severity": "warning", "layer": "pipeline", "needs": "backend",
    "signal": "traces",
}  # fmt: skip
AUDIT = {"alertname": "AuditLaneStopped", "severity": "critical", "family": "security", "job": "collector"}
DELIVERY = {"alertname": "AlertDeliveryFailing", "severity": "critical", "job": "alertmanager", "integration": "email"}
DISCARDING = {
    "alertname": "LokiDiscardingLines",
    "severity": "warning",
    "layer": "backend",
    "needs": "backend",
    "job": "loki",
}
LATE = {
    "alertname": "UsageWriteFailing",
    "severity": "warning",
    "layer": "backend",
    "needs": "backend",
    "job": "prometheus",
}
ERRORS = {"alertname": "ServiceErrorRatioHigh", "severity": "critical", **SHOP}
BURNS = {"alertname": "ObjectiveBurnsFast", "severity": "critical", **SHOP}
DISK = {"host_name": "a", "mountpoint": "/"}


def down(job: str) -> Labels:
    """Return the labels of a part of the stack that is down."""
    return {"alertname": "BackendDown", "severity": "critical", "layer": "backend", "job": job}


# What is known to Alertmanager: (what fires, what is to be told or not, whether it is mute because of the first).
CASES: Mapping[str, tuple[Labels, Labels, bool]] = {
    "no telemetry, and nobody's gets through": (LOSING, {**ABSENT, **SHOP}, True),
    "no telemetry, and Loki is down": (down("loki"), {**ABSENT, **SHOP}, False),
    "no telemetry, and the Collector is down": (down("collector"), {**ABSENT, **SHOP}, True),
    "no telemetry, and events are not archived": (AUDIT, {**ABSENT, **SHOP}, False),
    "no telemetry, and an own page about the pipeline": (
        {"alertname": "Own", "severity": "critical", "layer": "pipeline"}, {**ABSENT, **SHOP}, False,
    ),
    "no telemetry, and another destination is full": ({**LOSING, "exporter": "datadog"}, {**ABSENT, **SHOP}, False),
    "no telemetry, and there is no room for traces": (
        {**LOSING, "signal": "traces", "exporter": "otlp_grpc/tempo"}, {**ABSENT, **SHOP}, False,
    ),
    "events are not archived, and mail fails": (DELIVERY, AUDIT, False),
    "events are not archived, and Tempo is down": (down("tempo"), AUDIT, False),
    "mail fails, and Tempo is down": (down("tempo"), DELIVERY, False),
    "mail fails, and the long-term store is down": (down("usage"), DELIVERY, False),
    "Loki discards, and mail fails": (DELIVERY, DISCARDING, False),
    "Loki discards, and Tempo is down": (down("tempo"), DISCARDING, False),
    "Loki discards, and Loki is down": (down("loki"), DISCARDING, True),
    "series come late, and the long-term store is down": (down("usage"), LATE, True),
    "a queue fills, and mail fails": (DELIVERY, FILLING, False),
    "a queue fills, and Loki is down": (down("loki"), FILLING, True),
    "a queue fills, and Tempo is down": (down("tempo"), FILLING, False),
    "Tempo's queue fills, and Tempo is down": (down("tempo"), {**FILLING, "exporter": "otlp_grpc/tempo"}, True),
    "Prometheus' queue fills, and Prometheus is down": (
        down("prometheus"), {**FILLING, "exporter": "otlp_http/prometheus"}, True,
    ),
    "spans are refused, and Tempo is down": (down("tempo"), REFUSING, True),
    "spans are refused, and Loki is down": (down("loki"), REFUSING, False),
    "logs are refused, and Loki is down": (down("loki"), {**REFUSING, "signal": "logs"}, True),
    "metrics are refused, and Prometheus is down": (down("prometheus"), {**REFUSING, "signal": "metrics"}, True),
    "data is lost, and Loki is down": (down("loki"), LOSING, False),
    "Loki is down, and data is lost": (LOSING, down("loki"), False),
    "a second backend is down": (down("loki"), down("tempo"), False),
    "requests are stuck, and Loki is down": (down("loki"), {**STUCK, **SHOP}, False),
    "old figures of a silent service": ({**ABSENT, **SHOP}, {**STUCK, **SHOP}, True),
    "figures of another service": ({**ABSENT, **SHOP}, {**STUCK, **SHOP, "service_name": "pay"}, False),
    "figures of another environment": (
        {**ABSENT, **SHOP}, {**STUCK, **SHOP, "deployment_environment_name": "dev"}, False,
    ),
    "figures of another tenant": ({**ABSENT, **SHOP}, {**STUCK, **SHOP, "otel_kit_ingest_tenant": "b"}, False),
    "its telemetry itself, escalated": ({**ABSENT, **SHOP}, {**ABSENT, **SHOP, "escalation": "2"}, False),
    "personal data of a silent service": (
        {**ABSENT, **SHOP}, {"alertname": "PersonalDataFound", "severity": "warning", "family": "redaction", **SHOP},
        False,
    ),
    "slow, and very slow": (
        {"alertname": "ServiceLatencyP99High", "severity": "critical", **SHOP},
        {"alertname": "ServiceLatencyP95High", "severity": "warning", **SHOP}, True,
    ),
    "errors, and less available": (ERRORS, {**ERRORS, "alertname": "ServiceAvailabilityLow"}, True),
    "errors, and an objective burns by them": (ERRORS, {**BURNS, "slo_kind": "availability"}, True),
    "errors, and an objective of another environment burns": (
        ERRORS, {**BURNS, "slo_kind": "availability", "deployment_environment_name": "dev"}, False,
    ),
    "errors, and an objective burns by slowness": (ERRORS, {**BURNS, "slo_kind": "latency"}, False),
    "very slow, and an objective burns by it": (
        {"alertname": "ServiceLatencyP99High", "severity": "critical", **SHOP}, {**BURNS, "slo_kind": "latency"}, True,
    ),
    "a disk will fill that is full": (
        {"alertname": "HostDiskAlmostFull", "severity": "critical", **DISK},
        {"alertname": "HostDiskWillFill", "severity": "warning", **DISK}, True,
    ),
    "a disk will fill, another is full": (
        {"alertname": "HostDiskAlmostFull", "severity": "critical", **DISK},
        {"alertname": "HostDiskWillFill", "severity": "warning", **DISK, "host_name": "b"}, False,
    ),
    "a warning after the hourly cap": (CAP, {**STUCK, **SHOP}, True),
    "a critical one after the hourly cap": (CAP, {**ABSENT, **SHOP}, False),
    "an own rule in two severities": (
        {"alertname": "Own", "severity": "critical", **SHOP}, {"alertname": "Own", "severity": "warning", **SHOP}, True,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def web() -> Iterator[WebSink]:
    """Where the team and those who are paged hear of it."""
    sink = WebSink()
    yield sink
    sink.stop()


@pytest.fixture(scope="module")
def server(alertmanager: Path, web: WebSink, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """Alertmanager with the shipped configuration; only times are shorter."""
    folder = tmp_path_factory.mktemp("inhibition")
    secrets = folder / "secrets"
    secrets.mkdir()
    for name in ("team", "page", "escalation"):
        (secrets / f"{name}.webhook").write_text(f"{web.url}/{name}\n")
    made = Backend("alertmanager", alertmanager, folder / "alertmanager", dict(SHORT))
    made.configure()
    text = made.configuration.read_text()
    made.configuration.write_text(notifications.render(text, {}, secrets=secrets, mounted=str(secrets)))
    made.start()
    yield made
    made.stop()


def announce(server: Backend, *alerts: Labels, over: bool = False) -> None:
    """Send alerts, or the end of them."""
    ends = {"startsAt": "2019-01-01T00:00:00Z", "endsAt": "2020-01-01T00:00:00Z"} if over else {}
    body = json.dumps([{"labels": labels, **ends} for labels in alerts]).encode()
    status, text = server.request("POST", "/api/v2/alerts", body, Content_Type="application/json")
    assert status == 200, text


def known(server: Backend, labels: Labels) -> Any:
    """Return the alert with exactly these labels, None until Alertmanager has decided about it."""
    found = [one for one in server.get("/api/v2/alerts") if one["labels"] == labels]
    return found[0] if found and found[0]["status"]["state"] != "unprocessed" else None


@pytest.mark.parametrize("case", CASES)
def test_what_is_mute_because_of_what(server: Backend, case: str) -> None:
    """Each case has a mark of its own, which neither of the two is compared by."""
    fires, asked, is_mute = CASES[case]
    marked = [{**fires, "case": case}, {**asked, "case": case}]
    announce(server, *marked)
    try:
        first = eventually(lambda: known(server, marked[0]), "the first is known")

        def decided() -> bool:
            status = known(server, marked[1])["status"]
            return [first["fingerprint"] in status["inhibitedBy"], status["state"] == "suppressed"] == [is_mute] * 2

        eventually(decided, f"the second one is {'mute' if is_mute else 'told'}")
    finally:
        announce(server, *marked, over=True)


def test_an_acknowledgement_stops_the_escalation(server: Backend, web: WebSink) -> None:
    """A silence by name and service takes both: who is on call has said so, nobody else is called."""
    here = {"alertname": "DependencyDown", "severity": "critical", "service_name": "acknowledged"}
    announce(server, here)
    eventually(lambda: web.of("/page", service_name="acknowledged"), "somebody is paged")
    silence = {
        "matchers": [
            {"name": name, "value": here[name], "isRegex": False, "isEqual": True}
            for name in ("alertname", "service_name")
        ],
        "startsAt": "2020-01-01T00:00:00Z",
        "endsAt": "2099-01-01T00:00:00Z",
        "createdBy": "ann",
        "comment": "on it",
    }
    status, text = server.request(
        "POST", "/api/v2/silences", json.dumps(silence).encode(), Content_Type="application/json"
    )
    assert status == 200, text
    unheard = {**here, "service_name": "unheard"}
    announce(server, {**here, "escalation": "2"}, {**unheard, "escalation": "2"})
    eventually(lambda: web.of("/escalation", service_name="unheard"), "the one that nobody took goes on")
    copy = eventually(lambda: known(server, {**here, "escalation": "2"}), "it is known")
    assert copy["status"]["silencedBy"] == [json.loads(text)["silenceID"]]
    assert web.of("/escalation", service_name="acknowledged") == []
    announce(server, here, {**here, "escalation": "2"}, {**unheard, "escalation": "2"}, over=True)
