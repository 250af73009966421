"""OTLP/gRPC with a real channel: what is stored, and what a sender is told."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator

import grpc
import pytest
from google.protobuf.message import Message
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from otel_kit.local.receiver.inflate import MAX_BODY_BYTES
from tests.unit.local import messages
from tests.unit.local.client import RunningViewer
from tests.unit.local.conftest import StartViewer

_SERVICE = {
    "TracesData": "trace.v1.TraceService",
    "LogsData": "logs.v1.LogsService",
    "MetricsData": "metrics.v1.MetricsService",
}
Call = Callable[..., bytes]


def export(viewer: RunningViewer, kind: str, body: bytes, compression: grpc.Compression | None = None) -> bytes:
    """Call Export with raw bytes."""
    assert viewer.grpc is not None
    with grpc.insecure_channel(viewer.grpc.removeprefix("http://"), compression=compression) as channel:
        call = channel.unary_unary(f"/opentelemetry.proto.collector.{_SERVICE[kind]}/Export")
        answer: bytes = call(body, timeout=20)
        return answer


def send(viewer: RunningViewer, message: Message, compression: grpc.Compression | None = None) -> bytes:
    """Export an OTLP message."""
    return export(viewer, message.DESCRIPTOR.name, message.SerializeToString(), compression)


@pytest.fixture
def viewer(start_viewer: StartViewer) -> Iterator[RunningViewer]:
    """A viewer with gRPC."""
    return start_viewer(grpc_port=0)


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_all_three_signals_are_stored(viewer: RunningViewer, compression: grpc.Compression) -> None:
    """Plain and compressed alike."""
    at = messages.now()

    answers = [
        send(viewer, messages.traces(messages.span(attributes={"text": "x" * 2000})), compression),
        send(viewer, messages.logs(messages.log("y" * 2000)), compression),
        send(viewer, messages.metrics(messages.counter("orders", (at, 1.0))), compression),
    ]

    assert answers == [b"", b"", b""]
    store = viewer.get("status")["store"]
    assert (store["spans"], store["logs"], store["points"]) == (1, 1, 1)


def test_rejected_spans_are_reported(viewer: RunningViewer) -> None:
    """As partial success."""
    answer = send(viewer, messages.traces(messages.span(trace_id=b"")))

    assert ExportTraceServiceResponse.FromString(answer).partial_success.rejected_spans == 1


@pytest.mark.parametrize(
    "body",
    [b"\xff\xff", b"\x1f\x8bno gzip", gzip.compress(bytes(MAX_BODY_BYTES + 1), 9)],
    ids=["garbage", "gzip", "bomb"],
)
def test_what_cannot_be_used_is_an_invalid_argument(viewer: RunningViewer, body: bytes) -> None:
    """Garbage, broken gzip and a decompression bomb."""
    with pytest.raises(grpc.RpcError) as caught:
        export(viewer, "TracesData", body)

    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert viewer.get("status")["ingest"]["queue_bytes"] == 0


def test_a_bomb_made_by_grpc_itself_is_refused(viewer: RunningViewer) -> None:
    """A message that the channel compressed passes gRPC's own limit and must not pass the receiver's."""
    with pytest.raises(grpc.RpcError) as caught:
        export(viewer, "LogsData", bytes(MAX_BODY_BYTES * 2), grpc.Compression.Gzip)

    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_a_full_queue_comes_with_retry_info(start_viewer: StartViewer) -> None:
    """OTLP lets senders repeat RESOURCE_EXHAUSTED only if RetryInfo says when."""
    viewer = start_viewer(grpc_port=0, queue_bytes=100)

    with pytest.raises(grpc.RpcError) as caught:
        send(viewer, messages.logs(messages.log("x" * 200)))

    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    (details,) = [value for key, value in caught.value.trailing_metadata() if key == "grpc-status-details-bin"]
    assert b"type.googleapis.com/google.rpc.RetryInfo" in details
    assert details.endswith(b"\x12\x04\x0a\x02\x08\x01")  # RetryInfo{retry_delay: Duration{seconds: 1}}


def test_another_method_is_unimplemented(viewer: RunningViewer) -> None:
    """Nothing else is answered."""
    assert viewer.grpc is not None
    channel = grpc.insecure_channel(viewer.grpc.removeprefix("http://"))
    with channel, pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=20)

    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
