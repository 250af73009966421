"""Asking the gateway as far as its guard: what it answers before it has seen a body, and when to come again.

``over_http`` and ``over_grpc`` announce a request and send nothing of it; they take the same arguments and return the
same, so one table of senders goes through both.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import grpc
from google.protobuf.json_format import Parse
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from tests.stack.collector_process import Collector
from tests.stack.otlp_client import GRPC_METHODS, JSON, PROTOBUF

UNAUTHENTICATED, RESOURCE_EXHAUSTED = 16, 8

Headers: TypeAlias = list[tuple[str, str]]

_TIMEOUT_S = 20.0
_ANNOUNCED_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer to a request whose body was not sent."""

    status: int
    """Of HTTP; 0 over gRPC."""
    code: int
    """Of google.rpc.Status."""
    message: str
    retry_after_s: float | None
    """What RetryInfo says."""
    header_s: int | None
    """What the header Retry-After says; always None over gRPC."""
    content_type: str


Ask: TypeAlias = Callable[[Collector, Headers], Refusal]


def bearer(text: str) -> Headers:
    """Return the header that shows a key."""
    return [("authorization", f"Bearer {text}")]


def over_http(collector: Collector, headers: Headers, content_type: str = PROTOBUF) -> Refusal:
    """Announce 500 MB and wait for the answer; a server that waited for the body would let this time out."""
    connection = http.client.HTTPConnection("127.0.0.1", collector.http_port, timeout=_TIMEOUT_S)
    try:
        connection.putrequest("POST", "/v1/logs")
        for name, value in (*headers, ("content-type", content_type), ("content-length", str(_ANNOUNCED_BYTES))):
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        body, said = response.read(), response.headers["Content-Type"]
        wait = response.headers["Retry-After"]
    finally:
        connection.close()
    status = Parse(body, Status()) if said == JSON else Status.FromString(body)
    return Refusal(
        response.status, status.code, status.message, _retry_after(status), int(wait) if wait else None, said
    )


def over_grpc(collector: Collector, headers: Headers) -> Refusal:
    """Open a call and send no message; a server that waited for it would let this time out."""
    ended = threading.Event()

    def nothing() -> Iterator[bytes]:
        ended.wait()
        yield from ()

    with grpc.insecure_channel(collector.grpc_endpoint) as channel:
        call: Any = channel.stream_unary(GRPC_METHODS[ExportLogsServiceRequest])
        try:
            call(nothing(), metadata=headers, timeout=_TIMEOUT_S)
        except grpc.RpcError as error:
            return _refusal(error)
        finally:
            ended.set()
    raise AssertionError("a call without a message was accepted")


def _refusal(error: Any) -> Refusal:
    details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
    status = Status.FromString(details)
    return Refusal(0, error.code().value[0], error.details() or "", _retry_after(status), None, "")


def _retry_after(status: Status) -> float | None:
    for detail in status.details:
        if detail.Is(RetryInfo.DESCRIPTOR):
            info = RetryInfo()
            detail.Unpack(info)
            return float(info.retry_delay.seconds + info.retry_delay.nanos / 1e9)
    return None
