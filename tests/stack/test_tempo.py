"""Tempo with the stack's own file: what it keeps whole, what it refuses so that it comes again, how it is asked."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from dashboards.queries import SPANS
from tests.conditions import eventually
from tests.stack.backend_process import Backend
from tests.stack.collector_process import free_ports
from tests.stack.otlp_client import GRPC_METHODS
from tests.stack.payloads import key_values, new_span, trace_request

pytestmark = pytest.mark.stack
_LIMIT = 131072
_SPANS_A_REQUEST = 5000


def start(tempo: Path, folder: Path, **variables: str) -> tuple[Backend, grpc.Channel]:
    """Return a running Tempo and a connection to its OTLP receiver."""
    otlp, internal = free_ports(2)
    made = Backend(
        "tempo",
        tempo,
        folder,
        {
            "STACK_TEMPO_OTLP_ENDPOINT": f"127.0.0.1:{otlp}",
            "STACK_TEMPO_GRPC_PORT": str(internal),
            "STACK_PROMETHEUS_HOST": "127.0.0.1",
            "STACK_PROMETHEUS_HTTP_PORT": "9",
            **variables,
        },
    )
    made.start()
    return made, grpc.insecure_channel(f"127.0.0.1:{otlp}")


@pytest.fixture(scope="module")
def running(tempo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Backend, grpc.Channel]]:
    """One with the shipped limits, and another retention."""
    server, channel = start(tempo, tmp_path_factory.mktemp("tempo"), STACK_RETENTION_TRACES="100h")
    yield server, channel
    channel.close()
    server.stop()


def push(channel: grpc.Channel, spans: list[Span], **resource: str) -> None:
    """Send the spans as the Collector does; ``resource``: more attributes of theirs."""
    method = channel.unary_unary(
        GRPC_METHODS[ExportTraceServiceRequest],
        request_serializer=ExportTraceServiceRequest.SerializeToString,
        response_deserializer=ExportTraceServiceResponse.FromString,
    )
    request = trace_request(spans)
    request.resource_spans[0].resource.attributes.extend(key_values(resource))
    answer = method(request, timeout=30)
    assert answer.partial_success.rejected_spans == 0


def read(server: Backend, trace_id: str) -> list[dict[str, Any]]:
    """Return the spans of a trace; none while it is unknown."""
    status, _ = server.request("GET", f"/api/v2/traces/{trace_id}", Accept="application/json")
    if status == 404:
        return []
    found = server.get(f"/api/v2/traces/{trace_id}")
    assert found.get("status", "COMPLETE") == "COMPLETE", found.get("message")
    return [
        span for group in found["trace"]["resourceSpans"] for scope in group["scopeSpans"] for span in scope["spans"]
    ]


def discarded(server: Backend) -> dict[str, float]:
    """Return how many spans were thrown away, by reason."""
    _, text = server.request("GET", "/metrics")
    lines = [line for line in text.splitlines() if line.startswith("tempo_discarded_spans_total")]
    return {line.partition('reason="')[2].partition('"')[0]: float(line.rsplit(" ", 1)[1]) for line in lines}


def test_a_long_prompt_stays_whole(running: tuple[Backend, grpc.Channel]) -> None:
    """Up to the limit that .env has; beyond it the end is cut."""
    server, channel = running
    span = new_span("u1", **{"gen_ai.input.messages": "x" * (_LIMIT - 1), "beyond": "y" * (_LIMIT + 10)})
    push(channel, [span])
    (found,) = eventually(lambda: read(server, span.trace_id.hex()), "it is there", 20)
    lengths = {one["key"]: len(one["value"].get("stringValue", "")) for one in found["attributes"]}
    assert lengths["gen_ai.input.messages"] == _LIMIT - 1
    assert lengths["beyond"] == _LIMIT


@pytest.mark.parametrize(
    ("chosen", "found"),
    [(".*", {"prod", "staging", ""}), ("prod", {"prod"}), ("prod|staging", {"prod", "staging"}), ("test", set())],
)
def test_boards_narrow_traces_to_environments(
    running: tuple[Backend, grpc.Channel], chosen: str, found: set[str]
) -> None:
    """All means also those that set none, which no condition on the attribute matches."""
    server, channel = running
    mark = uuid.uuid4().hex
    traces = {}
    for environment in ("prod", "staging", ""):
        span = new_span("e1", mark=mark)
        traces[environment] = span.trace_id.hex()
        push(channel, [span], **({"deployment.environment.name": environment} if environment else {}))
    condition = SPANS.replace("$service", ".*").replace("$environment", chosen)

    def search(traceql: str) -> set[str]:
        asked = f'{{ {traceql} && span.mark = "{mark}" }}'
        answer = server.get(f"/api/search?q={quote(asked)}")
        ids = {one["traceID"].rjust(32, "0") for one in answer.get("traces", ())}
        return {environment for environment, trace_id in traces.items() if trace_id in ids}

    eventually(lambda: len(search("true")) == len(traces), "all can be searched", 20)
    assert search(condition) == found


def test_a_big_trace_is_read_back_whole(running: tuple[Backend, grpc.Channel]) -> None:
    """20,000 spans and 16 MB, beyond Tempo's default of 5 MB for a trace."""
    server, channel = running
    trace_id = uuid.uuid4().bytes
    size = 0
    for start_at in range(0, 4 * _SPANS_A_REQUEST, _SPANS_A_REQUEST):
        spans = [new_span(f"b{number}", text="z" * 700) for number in range(start_at, start_at + _SPANS_A_REQUEST)]
        for span in spans:
            span.trace_id = trace_id
        size += sum(span.ByteSize() for span in spans)
        push(channel, spans)
    assert size > 15_000_000
    eventually(lambda: len(read(server, trace_id.hex())) == 4 * _SPANS_A_REQUEST, "all of it", 40)
    assert sum(discarded(server).values()) == 0


def test_an_id_with_zeros_at_its_start_is_found_with_and_without_them(running: tuple[Backend, grpc.Channel]) -> None:
    """Search and exemplars leave them out; 2.8 has no option for it."""
    server, channel = running
    span = new_span("zero", mark="zeros")
    span.trace_id = bytes(2) + uuid.uuid4().bytes[2:]
    push(channel, [span])
    (found,) = eventually(
        lambda: server.get("/api/search", q='{ span.mark = "zeros" }').get("traces"), "it is searched by attribute", 20
    )
    assert found["traceID"] == span.trace_id.hex().lstrip("0")
    for form in (found["traceID"], span.trace_id.hex()):
        assert len(read(server, form)) == 1


def test_questions_are_answered_from_spans(running: tuple[Backend, grpc.Channel]) -> None:
    """TraceQL metrics, by the local blocks, for all kinds of spans."""
    server, channel = running

    def rates() -> Counter[str]:
        span = new_span("q", mark="asked")
        span.kind = Span.SPAN_KIND_INTERNAL
        push(channel, [span])
        now = int(time.time())
        found = server.get(
            "/api/metrics/query_range",
            q='{ span.mark = "asked" } | count_over_time() by (kind)',
            start=str(now - 300), end=str(now + 5), step="10s",
        )  # fmt: skip
        return Counter(
            {
                label["value"]["stringValue"]: sum(
                    float(sample.get("value", 0)) for sample in series.get("samples", [])
                )
                for series in found.get("series", [])
                for label in series["labels"]
                if label["key"] == "kind"
            }
        )

    eventually(lambda: rates()["internal"] > 1, "they are counted", 50)


def test_retention_and_limits_come_from_variables(running: tuple[Backend, grpc.Channel]) -> None:
    """As Tempo itself says."""
    server, _ = running
    status, text = server.request("GET", "/status/config")
    assert status == 200
    assert "block_retention: 100h0m0s" in text
    assert "reporting_enabled: false" in text
    assert "max_bytes_per_trace: 50000000" in text
    assert "trace_id_label_name: trace_id" in text


def test_too_much_at_once_is_refused_so_that_it_comes_again(tempo: Path, tmp_path: Path) -> None:
    """With the time to wait: without it the Collector's exporter would take it for lost."""
    server, channel = start(tempo, tmp_path, STACK_TEMPO_BYTES_PER_SECOND="20000", STACK_TEMPO_BURST_BYTES="20000")
    try:
        push(channel, [new_span("small")])
        with pytest.raises(grpc.RpcError) as refused:
            push(channel, [new_span("big", text="x" * 50_000)])
        assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        details = dict(refused.value.trailing_metadata())
        status = status_pb2.Status.FromString(details["grpc-status-details-bin"])
        wait = error_details_pb2.RetryInfo()
        assert any(detail.Unpack(wait) for detail in status.details)
        assert wait.retry_delay.seconds == 5
    finally:
        channel.close()
        server.stop()
