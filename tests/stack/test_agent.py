"""An agent on each host: it takes in, redacts, and ships to the gateway over TLS with a key of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from otel_kit.redaction.redactor import default_redactor
from otel_kit.semconv import REDACTION_POLICY
from tests.conditions import eventually
from tests.stack import file_output
from tests.stack.collector_process import BASE, REPOSITORY, TO_FILES, Collector
from tests.stack.otlp_client import send_http
from tests.stack.payloads import UID, counted, key_values, log_request, new_record, new_uids

pytestmark = pytest.mark.stack

OVERLAYS = REPOSITORY / "collector" / "overlays"
AGENT = REPOSITORY / "collector" / "agent.yaml"
HOST = "agent-test-host"


@dataclass(frozen=True)
class Pair:
    """The two, neither of them started, and the file of a container that the agent reads."""

    agent: Collector
    gateway: Collector
    container_log: Path


@pytest.fixture
def pair(otelcol: Path, tmp_path: Path) -> Iterator[Pair]:
    """A gateway into files, with mTLS, and an agent with the overlays for what sends no OTLP."""
    folders = {name: tmp_path / name for name in ("agent", "gateway", "pki", "container")}
    for folder in folders.values():
        folder.mkdir()
    ours, pki = trustme.CA(), folders["pki"]
    ours.cert_pem.write_to_path(pki / "ca.pem")
    for name in ("gateway", "agent"):
        leaf = ours.issue_cert("127.0.0.1")
        leaf.private_key_pem.write_to_path(pki / f"{name}-key.pem")
        leaf.cert_chain_pems[0].write_to_path(pki / f"{name}.pem")
    gateway = Collector(otelcol, folders["gateway"], (*BASE, OVERLAYS / "mtls.yaml", TO_FILES), {
        "OTELCOL_TLS_CERT_FILE": str(pki / "gateway.pem"),
        "OTELCOL_TLS_KEY_FILE": str(pki / "gateway-key.pem"),
        "OTELCOL_TLS_CLIENT_CA_FILE": str(pki / "ca.pem"),
    })  # fmt: skip
    # As `echo` writes it: with a line break behind it.
    (folders["agent"] / "gateway-key").write_text(f"Authorization: Bearer {gateway.trusted_token}\n")
    overlays = (OVERLAYS / "container_logs.yaml", OVERLAYS / "host_metrics.yaml")
    agent = Collector(otelcol, folders["agent"], (*BASE, AGENT, *overlays), {
        "OTELCOL_GATEWAY_ENDPOINT": f"https://127.0.0.1:{gateway.http_port}",
        "OTELCOL_GATEWAY_KEY_FILE": str(folders["agent"] / "gateway-key"),
        "OTELCOL_GATEWAY_CA_FILE": str(pki / "ca.pem"),
        "OTELCOL_GATEWAY_CERT_FILE": str(pki / "agent.pem"),
        "OTELCOL_GATEWAY_CERT_KEY_FILE": str(pki / "agent-key.pem"),
        "OTELCOL_CONTAINER_LOGS": f"[{folders['container']}/*-json.log]",
        "OTELCOL_HOST_NAME": HOST,
        "OTELCOL_HOST_METRICS_INTERVAL": "1s",
    })  # fmt: skip
    yield Pair(agent, gateway, folders["container"] / "c1-json.log")
    agent.stop()
    gateway.stop()


def test_agent_ships_everything_and_keeps_it_while_the_gateway_is_away(pair: Pair) -> None:
    """All signals, a container's file and the host's metrics; redacted, under the agent's key, over its kill -9."""
    uids = new_uids(6)
    planted, marked, trusted = new_uids(3)
    agent, gateway = pair.agent, pair.gateway
    pair.container_log.write_text(
        '{"log":"order placed by jane.roe@example.com\\n","stream":"stdout","time":"2026-11-21T10:00:00.5Z"}\n'
    )
    agent.start()
    for request in (
        *counted(uids),
        log_request([new_record(planted, "card 4111 1111 1111 1111")]),
        _marked(log_request([new_record(marked, "by john.doe@example.com")])),
    ):
        assert send_http(agent.http_port, request, agent.token) == 200
    believed = _marked(log_request([new_record(trusted, "by left.by.the.sdk@example.com")]))
    assert send_http(agent.http_port, believed, agent.trusted_token) == 200
    # Counted once it is in the queue, written through.
    accepted = re.compile(r'otelcol_receiver_accepted_log_records_total{receiver="file_log/containers"[^}]*} 1\b')
    eventually(lambda: accepted.search(agent.metrics()), "the container's line is taken in")
    agent.kill()
    assert b"order placed by ****" in _queue(agent)
    assert b"4111 1111" not in _queue(agent)

    gateway.start()
    agent.start()

    eventually(lambda: {*uids, planted, marked, trusted} <= _uids(gateway), "every uid arrives", timeout_s=30)
    eventually(lambda: "order placed by ****" in _bodies(gateway), "the container's line arrives", timeout_s=30)
    eventually(lambda: HOST in _hosts(gateway), "the host's metrics arrive", timeout_s=30)
    text = file_output.raw_text(gateway.output)
    assert "jane.roe" not in text
    assert "john.doe" not in text
    # Trusted here and there: a mark goes through both.
    assert "by left.by.the.sdk@example.com" in _bodies(gateway)
    for item in (*file_output.spans(gateway.output), *file_output.logs(gateway.output)):
        assert item["resource"]["otel_kit.ingest.key_id"] == gateway.trusted_key.id
        assert item["resource"]["otel_kit.ingest.authenticated"] is True


def _marked(request: ExportLogsServiceRequest) -> ExportLogsServiceRequest:
    mark = key_values({REDACTION_POLICY: default_redactor().policy_id})
    request.resource_logs[0].resource.attributes.extend(mark)
    return request


def _queue(collector: Collector) -> bytes:
    return b"".join(path.read_bytes() for path in (collector.state / "queue").iterdir())


def _uids(collector: Collector) -> set[str]:
    output = collector.output
    items = (*file_output.spans(output), *file_output.logs(output), *file_output.points(output))
    return {item["attributes"].get(UID) for item in items}


def _bodies(collector: Collector) -> list[str]:
    return [record["body"] for record in file_output.logs(collector.output)]


def _hosts(collector: Collector) -> set[str]:
    return {point["resource"].get("host.name") for point in file_output.points(collector.output)}
