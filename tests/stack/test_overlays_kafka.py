"""The overlay for Kafka, into a broker with TLS and SASL: redacted, keyed by trace, complete over an outage."""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.conditions import eventually
from tests.stack.collector_process import BASE, REPOSITORY, NewCollector, free_ports
from tests.stack.otlp_client import send_http
from tests.stack.payloads import UID, counted, log_request, new_record, new_uids

pytestmark = pytest.mark.stack

OVERLAY = REPOSITORY / "collector" / "overlays" / "kafka.yaml"
_PASSWORD = "kafka-password-of-the-tests"
_PERSON = "jane.doe@example.com"


@dataclass
class Broker:
    """One broker; what it got is in ``rows`` (topic, key in hexadecimal, value). Down until ``start``."""

    binary: Path
    folder: Path
    port: int = field(default_factory=lambda: free_ports(1)[0])

    def __post_init__(self) -> None:
        """Make its certificate."""
        authority = trustme.CA()
        self.ca_file, self.cert, self.key = (self.folder / name for name in ("ca.pem", "cert.pem", "key.pem"))
        issued = authority.issue_cert("127.0.0.1")
        authority.cert_pem.write_to_path(str(self.ca_file))
        issued.private_key_pem.write_to_path(str(self.key))
        issued.cert_chain_pems[0].write_to_path(str(self.cert))
        self.output = self.folder / "kafka.jsonl"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Bring it up."""
        with self.output.open("ab") as output, (self.folder / "kafka.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.binary, f"-port={self.port}", f"-cert={self.cert}", f"-key={self.key}", "-user=gateway",
                 f"-password={_PASSWORD}"],
                stdout=output, stderr=log,
            )  # fmt: skip

    def stop(self) -> None:
        """Take it down; harmless when it is."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @property
    def rows(self) -> list[tuple[str, str, bytes]]:
        """What came, in the order in which it did."""
        lines = self.output.read_text().split("\n")[:-1] if self.output.exists() else []
        parsed = [json.loads(line) for line in lines]
        return [(row["topic"], row["key"], base64.b64decode(row["value"])) for row in parsed]


@pytest.fixture
def broker(kafka_broker: Path, tmp_path: Path) -> Iterator[Broker]:
    """A broker, down; ended after the test."""
    made = Broker(kafka_broker, tmp_path)
    with contextlib.ExitStack() as ends:
        ends.callback(made.stop)
        yield made


def test_all_signals_arrive_redacted_and_keyed(new_collector: NewCollector, broker: Broker) -> None:
    """What was accepted while the broker was down, and over a kill -9, is there once it is up."""
    collector = new_collector(
        *BASE,
        OVERLAY,
        OTELCOL_KAFKA_BROKERS=f"127.0.0.1:{broker.port}",
        OTELCOL_KAFKA_USERNAME="gateway",
        OTELCOL_KAFKA_PASSWORD=_PASSWORD,
        OTELCOL_KAFKA_CA_FILE=str(broker.ca_file),
    )
    collector.start()
    uids = new_uids(30)
    for request in (*counted(uids), log_request([new_record(uids[0], body=f"receipt to {_PERSON}")])):
        assert send_http(collector.http_port, request, collector.token) == 200
    collector.kill()
    broker.start()
    collector.start()

    eventually(lambda: set(uids) <= _uids(broker), "everything arrives", timeout_s=30)

    assert {topic for topic, _key, _value in broker.rows} == {"otlp_spans", "otlp_logs", "otlp_metrics"}
    for topic, key, value in broker.rows:
        assert _PERSON.encode() not in value
        if topic == "otlp_spans":
            spans = [
                span
                for resource in ExportTraceServiceRequest.FromString(value).resource_spans
                for scope in resource.scope_spans
                for span in scope.spans
            ]
            assert {bytes.fromhex(key).decode()} == {span.trace_id.hex() for span in spans}
    assert b"receipt to ****" in b"".join(value for _topic, _key, value in broker.rows)
    assert _PASSWORD not in collector.log.read_text()


def test_wrong_password_keeps_the_data(new_collector: NewCollector, broker: Broker) -> None:
    """A broker that refuses us loses nothing: what waits is delivered with the right password."""
    broker.start()
    variables = {
        "OTELCOL_KAFKA_BROKERS": f"127.0.0.1:{broker.port}",
        "OTELCOL_KAFKA_USERNAME": "gateway",
        "OTELCOL_KAFKA_CA_FILE": str(broker.ca_file),
    }
    collector = new_collector(*BASE, OVERLAY, OTELCOL_KAFKA_PASSWORD="wrong", **variables)
    collector.start()
    uids = new_uids(9)
    for request in counted(uids):
        assert send_http(collector.http_port, request, collector.token) == 200
    eventually(lambda: "kafka records export failed" in collector.log.read_text(), "the refusal is in the log", 20)
    # Its log says "Dropping data" of what an orderly stop interrupts: that stays in the queue.
    collector.stop()
    collector.extra_environment["OTELCOL_KAFKA_PASSWORD"] = _PASSWORD
    collector.start()

    eventually(lambda: set(uids) <= _uids(broker), "everything arrives", timeout_s=30)


def _uids(broker: Broker) -> set[str]:
    kinds = {
        "otlp_spans": ExportTraceServiceRequest,
        "otlp_logs": ExportLogsServiceRequest,
        "otlp_metrics": ExportMetricsServiceRequest,
    }
    texts = [str(kinds[topic].FromString(value)) for topic, _key, value in broker.rows]
    assert UID in "".join(texts) or not texts
    return {word.strip('"') for text in texts for word in text.split() if word.startswith('"u')}
