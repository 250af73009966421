"""The shop's real telemetry through the real Collector: all of it arrives, and nothing that was planted."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import quote

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otel_kit.cli.demo.example import SERVICES, load_planted, new_traffic
from otel_kit.cli.demo.leaks import forms_of
from otel_kit.cli.demo.processes import start
from otel_kit.cli.demo.services import Services
from otel_kit.cli.demo.surroundings import demo_environment
from otel_kit.cli.demo.tap import Tap
from tests.conditions import eventually
from tests.stack import file_output
from tests.stack.collector_process import Collector
from tests.stack.otlp_client import otlp_json

pytestmark = [pytest.mark.stack, pytest.mark.timeout(180)]

VISITS = 40
_START_S = 30.0


@dataclass(frozen=True)
class Sent:
    """What the services put on the wire, counted by what makes a record itself."""

    spans: Counter[tuple[str, str]]
    logs: Counter[tuple[str, str, int]]
    points: Counter[tuple[str, str, int]]


@pytest.fixture
def tap(collector: Collector) -> Iterator[tuple[Tap, str]]:
    """A tap before the Collector, and its address."""
    made = Tap()
    yield made, made.open(collector.endpoint)
    made.close()


def run_shop(folder: Path, endpoint: str, token: str) -> None:
    """Run the three services under real traffic, export to ``endpoint``, and stop them as a server is stopped."""
    services = Services(folder, Event())
    try:
        headers = f"authorization=Bearer%20{quote(token)}"
        services.start(endpoint, time.monotonic() + _START_S, OTEL_EXPORTER_OTLP_HEADERS=headers)
        traffic = new_traffic(services.shop_url)
        traffic.start()
        eventually(lambda: len(traffic.seen) >= VISITS, f"{VISITS} visits", timeout_s=60)
        traffic.stop()
    finally:
        services.stop()


def what_was_sent(tap: Tap) -> Sent:
    """Decode every request that the tap heard."""
    sent = Sent(Counter(), Counter(), Counter())
    for request in tap.requests():
        if request.path == "/v1/traces":
            for span in _items(ExportTraceServiceRequest.FromString(request.body).resource_spans, "spans"):
                sent.spans[(span.trace_id.hex(), span.span_id.hex())] += 1
        elif request.path == "/v1/logs":
            for record in _items(ExportLogsServiceRequest.FromString(request.body).resource_logs, "log_records"):
                sent.logs[(record.trace_id.hex(), record.span_id.hex(), record.time_unix_nano)] += 1
        else:
            message = ExportMetricsServiceRequest.FromString(request.body)
            for resource in message.resource_metrics:
                instance = next(
                    i.value.string_value for i in resource.resource.attributes if i.key == "service.instance.id"
                )
                for metric in _items([resource], "metrics"):
                    for point in getattr(metric, str(metric.WhichOneof("data"))).data_points:
                        sent.points[(instance, metric.name, point.time_unix_nano)] += 1
    return sent


def what_arrived(folder: Path) -> Sent:
    """Read the same from the files that the Collector wrote."""
    spans = Counter((span["trace_id"], span["span_id"]) for span in file_output.spans(folder))
    points = Counter(
        (point["resource"]["service.instance.id"], point["metric"], int(point["point"]["timeUnixNano"]))
        for point in file_output.points(folder)
    )
    return Sent(spans, Counter(_log_key(record) for record in file_output.logs(folder)), points)


def test_all_that_the_shop_sent_arrives_and_nothing_that_was_planted(
    collector: Collector, tap: tuple[Tap, str], tmp_path: Path
) -> None:
    """Every span, log record and metric point is in the files once; no planted value is, in any of its forms."""
    heard, endpoint = tap

    run_shop(tmp_path, endpoint, collector.token)
    collector.stop()

    sent, arrived = what_was_sent(heard), what_arrived(collector.output)
    assert len(sent.spans) > VISITS
    assert len(sent.logs) > VISITS
    assert len(sent.points) > VISITS
    assert (arrived.spans, arrived.logs, arrived.points) == (sent.spans, sent.logs, sent.points)
    written = file_output.raw_text(collector.output).lower()
    leaked = [one.id for one in load_planted() if any(form.decode().lower() in written for form in forms_of(one.value))]
    assert leaked == []


def test_what_the_shop_sent_comes_out_as_it_went_in(collector: Collector, tap: tuple[Tap, str], tmp_path: Path) -> None:
    """Redacted by the SDK, it is clean: no name, value or body is altered, no attribute added or lost.

    Beside what the gateway says of the sender. Its key is not trusted: everything was searched, and the mark is gone.
    """
    heard, endpoint = tap
    sent = tmp_path / "sent"
    sent.mkdir()

    run_shop(tmp_path, endpoint, collector.token)
    collector.stop()
    _write_what_was_sent(heard, sent)

    before, after = _by_identity(sent), _by_identity(collector.output)
    assert len(before) > 3 * VISITS
    ingest = {"tenant": collector.key.tenant, "key_id": collector.key.id, "authenticated": True}
    for item in before.values():
        resource = item["resource"] | {f"otel_kit.ingest.{name}": value for name, value in ingest.items()}
        item["resource"] = {name: value for name, value in resource.items() if name != "otel_kit.redaction.policy"}
    assert {key: (item, after.get(key)) for key, item in before.items() if after.get(key) != item} == {}


def _write_what_was_sent(tap: Tap, folder: Path) -> None:
    """Write the requests that the tap heard as the Collector's file exporter would."""
    messages: dict[str, Any] = {
        "traces": ExportTraceServiceRequest,
        "logs": ExportLogsServiceRequest,
        "metrics": ExportMetricsServiceRequest,
    }
    for request in tap.requests():
        signal = request.path.rpartition("/")[2]
        line = json.dumps(otlp_json(messages[signal].FromString(request.body)))
        with (folder / f"{signal}.jsonl").open("a") as file:
            file.write(line + "\n")


def _by_identity(folder: Path) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return every span, record and point by what makes it itself; without exemplars, which lose their attributes."""
    items: dict[tuple[Any, ...], dict[str, Any]] = {}
    for span in file_output.spans(folder):
        items["span", span["trace_id"], span["span_id"]] = span
    for record in file_output.logs(folder):
        items["log", *_log_key(record), str(record["body"])] = record
    for point in file_output.points(folder):
        del point["exemplars"]
        point["point"] = {name: value for name, value in point["point"].items() if name != "exemplars"}
        name = (point["resource"]["service.instance.id"], point["metric"], str(sorted(point["attributes"].items())))
        items["point", *name, point["point"]["timeUnixNano"]] = point
    return items


def test_traces_of_the_three_services_are_joined_behind_the_collector(
    collector: Collector, tap: tuple[Tap, str], tmp_path: Path
) -> None:
    """What the SDK linked is still linked: one trace over shop, orders and payments, with log records of each."""
    run_shop(tmp_path, tap[1], collector.token)
    collector.stop()

    services: dict[str, set[str]] = {}
    for span in file_output.spans(collector.output):
        services.setdefault(span["trace_id"], set()).add(span["resource"]["service.name"])
    joined = {trace_id for trace_id, names in services.items() if names == set(SERVICES)}
    speaking = {
        (record["trace_id"], record["resource"]["service.name"]) for record in file_output.logs(collector.output)
    }
    assert [trace_id for trace_id in joined if {(trace_id, name) for name in SERVICES} <= speaking]


def test_a_wrong_token_gets_401_and_the_kit_counts_what_was_refused(collector: Collector, tmp_path: Path) -> None:
    """Refused for good is counted and said with its reason, not retried for ever."""
    program = (
        "import logging, otel_kit\n"
        "kit = otel_kit.init('stranger')\n"
        "logging.getLogger('app').warning('hello')\n"
        "kit.flush()\n"
        "account = kit.status().signals['logs']\n"
        "print(account.rejected, account.last_error)\n"
    )
    environment = demo_environment(
        tmp_path / "state",
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint,
        OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20wrong",
    )
    child = start("stranger", [sys.executable, "-c", program], environment, tmp_path)
    child.process.wait(30)

    # The line and the event of the start.
    assert "2 HTTP 401 (is the ingest key right?)" in child.output.read_text()


def _items(resources: Any, name: str) -> Iterator[Any]:
    scopes = {"spans": "scope_spans", "log_records": "scope_logs", "metrics": "scope_metrics"}[name]
    for resource in resources:
        for scope in getattr(resource, scopes):
            yield from getattr(scope, name)


def _log_key(record: dict[str, Any]) -> tuple[str, str, int]:
    return record["trace_id"], record["span_id"], record["time_unix_nano"]
