"""Sampling, span metrics and foreign destinations: what leaves, that it is redacted, and that overlays go together."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from otel_kit.cli import main
from otel_kit.stack.check.combinations import Checker, Combination, Folder, checker
from tests.conditions import eventually
from tests.stack import file_output
from tests.stack.collector_process import BASE, REPOSITORY, TO_FILES, Collector, NewCollector
from tests.stack.http_sink import HttpSink
from tests.stack.otlp_client import Request, send_http
from tests.stack.payloads import counted, gauge_request, key_values, log_request, new_record, new_uids, trace_request

pytestmark = pytest.mark.stack

OVERLAYS = REPOSITORY / "collector" / "overlays"
_MS = 1_000_000
_PERSON = "jane.doe@example.com"


@pytest.fixture
def vendor() -> Iterator[HttpSink]:
    """A destination of somebody else."""
    sink = HttpSink()
    yield sink
    sink.stop()


@pytest.fixture(scope="module")
def combinations(otelcol: Path) -> Mapping[str, tuple[Checker, Combination]]:
    """The shipped combinations by name, each with what checks it."""
    made = checker(Folder(REPOSITORY), {"OTELCOL_KEYS_FILE": "/dev/null"}, otelcol, in_container=False)
    return {one.name.partition(",")[0]: (made, one) for one in made.combinations([])}


@pytest.mark.parametrize("name", [*(path.stem for path in sorted(OVERLAYS.glob("*.yaml"))), "agent", "all but datadog"])
def test_shipped_combination_is_valid(combinations: Mapping[str, tuple[Checker, Combination]], name: str) -> None:
    """Each overlay alone, all together: by the rules and by the real binary, which has all but Datadog."""
    made, combination = combinations[name]

    found = made.one(combination)

    assert [str(fault) for fault in found.findings.faults] == []
    assert ("datadog" in found.left_out) == (name == "datadog")


def test_all_together_are_all(combinations: Mapping[str, tuple[Checker, Combination]]) -> None:
    """No overlay is forgotten where all are loaded."""
    _, together = combinations["all but datadog"]

    assert {path.stem for path in together.files} == {path.stem for path in OVERLAYS.glob("*.yaml")} - {"datadog"}


def test_sampler_keeps_errors_and_slow_traces_and_metrics_count_all(new_collector: NewCollector) -> None:
    """With a share of 0 % only traces with an error or a slow span are left, whole; span metrics have seen all."""
    collector = new_collector(
        *BASE,
        TO_FILES,
        OVERLAYS / "tail_sampling.yaml",
        OVERLAYS / "span_metrics.yaml",
        OTELCOL_SAMPLING_PERCENT="0",
        OTELCOL_SAMPLING_WAIT="1s",
        OTELCOL_SPAN_METRICS_INTERVAL="1s",
    )
    collector.start()
    failed, slow = _trace(error=True), _trace(milliseconds=1500)
    usual = [span for _ in range(20) for span in _trace()]

    _send(collector, trace_request([*failed, *slow, *usual]))
    eventually(
        lambda: (
            {span["trace_id"] for span in file_output.spans(collector.output)}
            >= {failed[0].trace_id.hex(), slow[0].trace_id.hex()}
        ),
        "the sampled traces",
    )
    # Two spans of each of 22 traces.
    eventually(lambda: _calls(collector) == 44, "all calls are counted")
    eventually(lambda: _total(collector, "traces_service_graph_request_total") == 22, "all pairs are counted")
    collector.stop()

    kept = [span["span_id"] for span in file_output.spans(collector.output)]
    assert sorted(kept) == sorted(span.span_id.hex() for span in (*failed, *slow))
    points = list(file_output.points(collector.output))
    assert _PERSON not in file_output.raw_text(collector.output)
    durations = [point for point in points if point["metric"] == "traces.span.metrics.duration"]
    assert {point["unit"] for point in durations} == {"s"}
    assert any(point["exemplars"] for point in durations)
    (graph,) = {
        (point["attributes"]["client"], point["attributes"]["server"])
        for point in points
        if point["metric"] == "traces_service_graph_request_total"
    }
    assert graph == ("stack-test", "stack-test")


def test_share_of_the_usual_traces(new_collector: NewCollector) -> None:
    """All of them at 100 %: the share is what the variable says, and unsampled is not the same as lost."""
    collector = new_collector(
        *BASE,
        TO_FILES,
        OVERLAYS / "tail_sampling.yaml",
        OTELCOL_SAMPLING_PERCENT="100",
        OTELCOL_SAMPLING_WAIT="60s",
    )
    collector.start()
    usual = [span for _ in range(20) for span in _trace()]

    _send(collector, trace_request(usual))
    # Long before the wait is over: an orderly stop decides what is waiting.
    collector.stop()

    assert len(list(file_output.spans(collector.output))) == len(usual)


def test_vendor_gets_what_is_switched_on_redacted(new_collector: NewCollector, vendor: HttpSink) -> None:
    """Headers and compression as configured, metrics left out, the person gone; after an outage and a kill -9."""
    collector = new_collector(
        *BASE,
        OVERLAYS / "otlp.yaml",
        OTELCOL_OTLP_ENDPOINT=vendor.url,
        OTELCOL_OTLP_HEADERS='{api-key: "k-1", x-team: shop}',
        OTELCOL_OTLP_METRICS="false",
    )
    vendor.status = 503
    collector.start()
    (uid,) = new_uids(1)
    uids = new_uids(9)
    for request in (
        *counted(uids),
        log_request([new_record(uid, body=f"receipt to {_PERSON}")]),
        gauge_request(uid, {}),
    ):
        _send(collector, request)
    collector.kill()
    vendor.status = 200
    collector.start()

    eventually(lambda: "receipt" in _text(vendor) and _waiting(collector) == 0, "all that waits is sent")
    collector.stop()

    assert {one.path for one in vendor.received} == {"/v1/traces", "/v1/logs"}
    assert {one.headers["api-key"] for one in vendor.received} == {"k-1"}
    assert {one.headers["x-team"] for one in vendor.received} == {"shop"}
    assert {one.headers["content-encoding"] for one in vendor.received} == {"gzip"}
    bodies = [
        record.body.string_value
        for one in vendor.received
        if one.path == "/v1/logs"
        for resource in ExportLogsServiceRequest.FromString(one.body).resource_logs
        for scope in resource.scope_logs
        for record in scope.log_records
    ]
    assert sorted(bodies) == sorted(["receipt to ****", *["order placed"] * 3])
    assert _PERSON not in _text(vendor)


def test_azure_gets_redacted_telemetry(new_collector: NewCollector, vendor: HttpSink) -> None:
    """Through Microsoft's own client to the ingestion endpoint of the connection string."""
    vendor.answer = b'{"itemsReceived":1,"itemsAccepted":1,"errors":[]}'
    collector = new_collector(
        *BASE,
        OVERLAYS / "azure_monitor.yaml",
        OTELCOL_AZURE_CONNECTION_STRING=f"InstrumentationKey={uuid.uuid4()};IngestionEndpoint={vendor.url}/",
    )
    collector.start()
    (uid,) = new_uids(1)

    _send(collector, log_request([new_record(uid, body=f"receipt to {_PERSON}")]))
    _send(collector, trace_request(_trace(error=True)))
    _send(collector, gauge_request(uid, {"customer.email": _PERSON}))

    wanted = ("MessageData", "RequestData", "RemoteDependencyData", "MetricData", "receipt to ****")
    eventually(lambda: all(word in _text(vendor) for word in wanted), "logs, both spans and metrics")
    assert {one.path for one in vendor.received} == {"/v2.1/track"}
    assert _PERSON not in _text(vendor)


@pytest.mark.parametrize(
    ("overlay", "variable"),
    [
        ("host_metrics", "OTELCOL_HOST_NAME"),
        ("http_check", "OTELCOL_HTTP_CHECK_URLS"),
        ("otlp", "OTELCOL_OTLP_ENDPOINT"),
        ("otlp", "OTELCOL_OTLP_HEADERS"),
        ("kafka", "OTELCOL_KAFKA_BROKERS"),
        ("kafka", "OTELCOL_KAFKA_PASSWORD"),
        ("azure_monitor", "OTELCOL_AZURE_CONNECTION_STRING"),
        ("datadog", "OTELCOL_DATADOG_API_KEY"),
    ],
)
def test_missing_credential_is_named(
    overlay: str, variable: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By variable, file and line; nothing of it is left to the start of the Collector."""
    env = tmp_path / "env"
    env.write_text("OTELCOL_KEYS_FILE=/dev/null\n")

    assert main(["stack", "check", "--rules-only", "--env", str(env), "--overlay", "lgtm", "--overlay", overlay]) == 1

    said = [line for line in capsys.readouterr().out.splitlines() if f"needs the variable {variable}," in line]
    assert len(said) == 1
    assert f"overlays/{overlay}.yaml:" in said[0]


def _trace(*, milliseconds: int = 5, error: bool = False) -> list[Span]:
    """Return a client span and the server span that answers it."""
    now, trace_id, parent = time.time_ns(), uuid.uuid4().bytes, uuid.uuid4().bytes[:8]
    server = Span(
        trace_id=trace_id,
        span_id=uuid.uuid4().bytes[:8],
        parent_span_id=parent,
        name="GET /orders/{id}",
        kind=Span.SPAN_KIND_SERVER,
        start_time_unix_nano=now - milliseconds * _MS,
        end_time_unix_nano=now,
        status=Status(code=Status.STATUS_CODE_ERROR if error else Status.STATUS_CODE_UNSET),
        attributes=key_values({"http.route": "/orders/{id}", "customer.email": _PERSON}),
    )
    client = Span(
        trace_id=trace_id,
        span_id=parent,
        name=f"GET for {_PERSON}",
        kind=Span.SPAN_KIND_CLIENT,
        start_time_unix_nano=now - milliseconds * _MS,
        end_time_unix_nano=now,
    )
    return [client, server]


def _send(collector: Collector, request: Request) -> None:
    assert send_http(collector.http_port, request, collector.token) == 200


def _calls(collector: Collector) -> int:
    return _total(collector, "traces.span.metrics.calls")


def _total(collector: Collector, metric: str) -> int:
    """Return the sum over the series of a counter, each by its last point."""
    last: dict[str, int] = {}
    for point in file_output.points(collector.output):
        if point["metric"] == metric:
            last[json.dumps((point["resource"], point["attributes"]), sort_keys=True)] = int(point["point"]["asInt"])
    return sum(last.values())


def _waiting(collector: Collector) -> float:
    """Return how many bytes are in the queues, those on their way included."""
    sizes = re.findall(r"^otelcol_exporter_queue_size\{.*\} (\S+)$", collector.metrics(), re.MULTILINE)
    assert sizes
    return sum(map(float, sizes))


def _text(sink: HttpSink) -> str:
    return "\n".join(one.body.decode(errors="replace") for one in sink.received)
