"""What is sent arrives: counted by uid, over each protocol, and over an outage with a kill in the middle."""

from __future__ import annotations

from collections import Counter

import grpc
import pytest

from tests.conditions import eventually
from tests.stack import file_output
from tests.stack.collector_process import GATEWAY, LGTM, Collector, free_ports
from tests.stack.conftest import NewCollector
from tests.stack.otlp_client import JSON, PROTOBUF, Request, send_grpc, send_http
from tests.stack.otlp_sink import Sink
from tests.stack.payloads import UID, counted, new_uids

pytestmark = pytest.mark.stack


def over_protobuf(collector: Collector, request: Request) -> None:
    """OTLP/HTTP with protobuf, compressed as the SDK sends it to a remote host."""
    assert send_http(collector.http_port, request, collector.token, content_type=PROTOBUF, compressed=True) == 200


def over_json(collector: Collector, request: Request) -> None:
    """OTLP/HTTP with JSON."""
    assert send_http(collector.http_port, request, collector.token, content_type=JSON) == 200


def over_grpc(collector: Collector, request: Request) -> None:
    """OTLP/gRPC."""
    assert send_grpc(collector.grpc_endpoint, request, collector.token) == grpc.StatusCode.OK


@pytest.mark.parametrize("send", [over_protobuf, over_json, over_grpc])
def test_every_item_arrives_exactly_once(collector: Collector, send) -> None:
    """Spans, log records and points are in the files, each once, whatever protocol they came by."""
    uids = new_uids(300)

    for request in counted(uids):
        send(collector, request)
    collector.stop()

    assert Counter(uids) == Counter(_arrived(collector))


def test_ids_arrive_as_they_were_sent(collector: Collector) -> None:
    """JSON and protobuf name the same trace: hexadecimal ids are not taken for base64."""
    (uid,) = new_uids(1)
    traces, _, _ = counted([uid])
    sent = traces.resource_spans[0].scope_spans[0].spans[0]

    over_json(collector, traces)
    collector.stop()

    (span,) = file_output.spans(collector.output)
    assert (sent.trace_id.hex(), sent.span_id.hex()) == (span["trace_id"], span["span_id"])


@pytest.mark.parametrize("end", [Collector.kill, Collector.stop])
def test_nothing_accepted_is_lost_over_an_outage_and_a_restart(new_collector: NewCollector, end) -> None:
    """All backends are down and the Collector ends, by kill -9 or orderly: what it accepted is delivered later."""
    http_port, grpc_port = free_ports(2)
    collector = new_collector(
        GATEWAY,
        LGTM,
        OTELCOL_LOKI_ENDPOINT=f"http://127.0.0.1:{http_port}/otlp",
        OTELCOL_PROMETHEUS_ENDPOINT=f"http://127.0.0.1:{http_port}/api/v1/otlp",
        OTELCOL_TEMPO_ENDPOINT=f"127.0.0.1:{grpc_port}",
        OTELCOL_TEMPO_INSECURE="true",
    )
    collector.start()
    uids = new_uids(3000)
    for start in range(0, len(uids), 150):
        for request in counted(uids[start : start + 150]):
            over_protobuf(collector, request)
    end(collector)

    sink = Sink(http_port, grpc_port)
    try:
        collector.start()
        eventually(lambda: sink.uids >= set(uids), "every uid is delivered", timeout_s=30)
    finally:
        sink.stop()

    assert set(uids) == sink.uids


def _arrived(collector: Collector) -> list[str]:
    items = (
        *file_output.spans(collector.output),
        *file_output.logs(collector.output),
        *file_output.points(collector.output),
    )
    return [item["attributes"][UID] for item in items]
