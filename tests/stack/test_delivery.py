"""What is sent arrives: counted by uid, over each protocol, and over an outage with a kill in the middle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
import yaml

from tests.conditions import eventually
from tests.stack import file_output
from tests.stack.backends import Backends
from tests.stack.collector_process import BASE, LGTM, Collector, NewCollector
from tests.stack.otlp_client import JSON, PROTOBUF, Request, send_grpc, send_http
from tests.stack.payloads import UID, counted, log_request, new_record, new_uids

pytestmark = pytest.mark.stack


@pytest.fixture
def backends() -> Iterator[Backends]:
    """Backends that are down, and are taken down after the test."""
    made = Backends()
    yield made
    made.stop()


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
def test_every_item_arrives_exactly_once(collector: Collector, send: Callable[[Collector, Request], None]) -> None:
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
def test_nothing_accepted_is_lost_over_an_outage_and_a_restart(
    new_collector: NewCollector, backends: Backends, end: Callable[[Collector], None]
) -> None:
    """All backends are down and the Collector ends, by kill -9 or orderly: what it accepted is delivered later."""
    collector = new_collector(*BASE, LGTM, **backends.variables)
    collector.start()
    uids = new_uids(3000)
    for start in range(0, len(uids), 150):
        for request in counted(uids[start : start + 150]):
            over_protobuf(collector, request)
    end(collector)

    sink = backends.start()
    collector.start()
    eventually(lambda: sink.uids >= set(uids), "every uid is delivered", timeout_s=30)

    assert set(uids) == sink.uids


def test_full_queue_refuses_and_keeps_what_it_accepted(
    new_collector: NewCollector, backends: Backends, tmp_path: Path
) -> None:
    """The sender is told 503 and keeps its data; what got a 200 before is delivered, nothing else is."""
    smaller = tmp_path / "smaller.yaml"
    limit = {"sending_queue": {"queue_size": 1_000_000}}
    smaller.write_text(yaml.safe_dump({"exporters": {"otlp_http/loki": limit}}))
    collector = new_collector(*BASE, LGTM, smaller, **backends.variables)
    collector.start()

    accepted: set[str] = set()
    answer = 200
    while answer == 200 and len(accepted) < 10_000:
        uids = new_uids(30)
        answer = send_http(
            collector.http_port, log_request(new_record(uid, "x" * 1000) for uid in uids), collector.token
        )
        accepted |= set(uids) if answer == 200 else set()
    sink = backends.start()
    eventually(lambda: sink.uids >= accepted, "every accepted uid is delivered", timeout_s=30)

    assert answer == 503
    assert accepted
    assert accepted == sink.uids


def _arrived(collector: Collector) -> list[str]:
    items = (
        *file_output.spans(collector.output),
        *file_output.logs(collector.output),
        *file_output.points(collector.output),
    )
    return [item["attributes"][UID] for item in items]
