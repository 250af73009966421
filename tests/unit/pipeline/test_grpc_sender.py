"""The gRPC sender against a real server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from otel_kit.pipeline import grpc_sender
from otel_kit.pipeline.endpoint import resolve
from otel_kit.pipeline.grpc_sender import GrpcSender
from otel_kit.pipeline.seams import Delivered, Rejected, Retry, TooLarge
from otel_kit.settings import Export, Settings, Signal
from tests.unit.pipeline.grpc_backend import Behave, GrpcBackend, refuse
from tests.unit.pipeline.raw_server import CERTIFICATES
from tests.unit.pipeline.records import entry

SECRET = "key-5f2e7c91"
Start = Callable[..., tuple[GrpcBackend, GrpcSender]]


@pytest.fixture
def backend() -> Iterator[Start]:
    """A function that starts a server with a behaviour and returns it with a sender for it."""
    ends: list[Callable[[], object]] = []

    def start(
        behave: Behave = lambda body, context: b"",
        signal: Signal = "traces",
        credentials: Any = None,
        scheme: str = "http",
        **export: Any,
    ) -> tuple[GrpcBackend, GrpcSender]:
        server = GrpcBackend(behave, credentials)
        host = "localhost" if credentials else "127.0.0.1"
        own = {"endpoint": f"{scheme}://{host}:{server.port}", "protocol": "grpc", **export}
        sender = GrpcSender(resolve(Settings(export=Export(**own)), signal))
        ends.extend([server.stop, sender.close])
        return server, sender

    yield start
    for end in reversed(ends):
        end()


def test_delivers_the_request_as_it_is(backend: Start) -> None:
    """The bytes of the entry, to the method of the signal."""
    server, sender = backend()
    whole = entry(3)

    outcome = sender.send(whole, 5.0)

    ((method, body, metadata),) = server.calls
    assert Delivered() == outcome
    assert ("/opentelemetry.proto.collector.trace.v1.TraceService/Export", whole.request()) == (method, body)
    assert metadata["user-agent"].startswith("otel-kit/")


@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
def test_partial_success_counts_what_was_rejected(backend: Start, signal: Signal) -> None:
    """Each signal has a reply of its own."""
    replies: dict[str, tuple[Any, str]] = {
        "traces": (ExportTraceServiceResponse(), "rejected_spans"),
        "logs": (ExportLogsServiceResponse(), "rejected_log_records"),
        "metrics": (ExportMetricsServiceResponse(), "rejected_data_points"),
    }
    reply, field = replies[signal]
    setattr(reply.partial_success, field, 2)
    reply.partial_success.error_message = "too\nold"

    _, sender = backend(lambda body, context: reply.SerializeToString(), signal)

    assert Delivered(2, "too old") == sender.send(entry(3, signal=signal), 5.0)


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.ABORTED, grpc.StatusCode.DATA_LOSS])
def test_failures_that_pass_are_retried(backend: Start, code: grpc.StatusCode) -> None:
    """OTLP specification, "Failures"; the server's words are not shown."""
    _, sender = backend(refuse(code))

    outcome = sender.send(entry(3), 5.0)

    assert isinstance(outcome, Retry)
    assert (outcome.after_s, outcome.why.startswith(code.name)) == (None, True)
    assert "anything" not in outcome.why


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED])
def test_retry_info_is_the_backends_wish(backend: Start, code: grpc.StatusCode) -> None:
    """A throttling server says when to come back."""
    _, sender = backend(refuse(code, retry_after_s=30))

    outcome = sender.send(entry(3), 5.0)

    assert isinstance(outcome, Retry)
    assert outcome.after_s == 30.0


def test_exhausted_without_retry_info_asks_for_a_split(backend: Start) -> None:
    """Only with RetryInfo may it be retried as it is."""
    _, sender = backend(refuse(grpc.StatusCode.RESOURCE_EXHAUSTED))

    assert isinstance(sender.send(entry(3), 5.0), TooLarge)


def test_message_over_the_servers_limit_asks_for_a_split(backend: Start) -> None:
    """4 MiB by default: stock exporters send the same bytes again and lose them."""
    _, sender = backend()

    outcome = sender.send(entry(5000, item_bytes=1000), 10.0)

    assert isinstance(outcome, TooLarge)


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        (grpc.StatusCode.UNAUTHENTICATED, "ingest key"),
        (grpc.StatusCode.PERMISSION_DENIED, "ingest key"),
        (grpc.StatusCode.INVALID_ARGUMENT, ""),
        (grpc.StatusCode.INTERNAL, ""),
        (grpc.StatusCode.UNIMPLEMENTED, ""),
    ],
)
def test_failures_that_a_retry_cannot_mend_are_rejected(backend: Start, code: grpc.StatusCode, hint: str) -> None:
    """The reason says what to look at."""
    _, sender = backend(refuse(code))

    outcome = sender.send(entry(3), 5.0)

    assert isinstance(outcome, Rejected)
    assert outcome.count == 3
    assert code.name in outcome.why
    assert hint in outcome.why


def test_deadline_ends_a_call_that_hangs(backend: Start) -> None:
    """And the data is kept."""
    release = threading.Event()

    def hang(_: bytes, __: grpc.ServicerContext) -> bytes:
        release.wait(20)
        return b""

    _, sender = backend(hang)

    began = time.monotonic()
    outcome = sender.send(entry(1), 0.5)

    release.set()
    assert isinstance(outcome, Retry)
    assert outcome.why.startswith("DEADLINE_EXCEEDED")
    assert time.monotonic() - began < 5.0  # the server would take 20 s


@pytest.mark.parametrize("reply", [b"\xff garbage", b"\x0a\x7f" * 50_000], ids=["garbage", "100 kB"])
def test_reply_that_is_not_otlp_is_a_delivery(backend: Start, reply: bytes) -> None:
    """The server has taken the data; sending it again would double it."""
    _, sender = backend(lambda body, context: reply)

    assert Delivered() == sender.send(entry(3), 5.0)


def test_server_that_comes_back_is_found_again(backend: Start) -> None:
    """A refused connection does not leave the channel in gRPC's own back-off."""
    server, sender = backend()
    sender.send(entry(1), 5.0)
    server.stop()
    refused = sender.send(entry(1), 5.0)

    again = GrpcBackend(port=server.port)

    assert isinstance(refused, Retry)
    assert refused.why.startswith("UNAVAILABLE")
    assert Delivered() == sender.send(entry(1), 5.0)
    again.stop()


def test_headers_go_out_and_nowhere_else(backend: Start, caplog: pytest.LogCaptureFixture) -> None:
    """The ingest key is metadata of the call, in lower case, and not in what a person sees."""
    server, sender = backend(refuse(grpc.StatusCode.UNAUTHENTICATED), headers={"X-Key": SECRET})

    outcome = sender.send(entry(1), 5.0)

    assert server.calls[0][2]["x-key"] == SECRET
    assert SECRET not in repr(outcome) + sender.target + caplog.text


def test_tls_with_an_own_authority_and_client_certificate(backend: Start) -> None:
    """Server and client show themselves; a stranger's server is refused with the data kept."""

    def pem(name: str) -> bytes:
        return (CERTIFICATES / name).read_bytes()

    credentials = grpc.ssl_server_credentials(
        [(pem("server.key"), pem("server.pem"))], pem("authority.pem"), require_client_auth=True
    )
    client = {"client_certificate": str(CERTIFICATES / "client.pem"), "client_key": str(CERTIFICATES / "client.key")}

    _, known = backend(
        credentials=credentials, scheme="https", certificate=str(CERTIFICATES / "authority.pem"), **client
    )
    _, doubting = backend(
        credentials=credentials, scheme="https", certificate=str(CERTIFICATES / "stranger.pem"), **client
    )

    assert Delivered() == known.send(entry(1), 5.0)
    assert isinstance(doubting.send(entry(1), 3.0), Retry)


def test_ipv6_address_is_written_as_a_url_has_it() -> None:
    """``::1:4317`` would be another address."""
    sender = GrpcSender(resolve(Settings(export=Export(endpoint="http://[::1]:4317", protocol="grpc")), "traces"))

    assert sender.target == "http://[::1]:4317 (grpc)"
    assert sender._endpoint.authority == "[::1]:4317"


def test_child_of_a_process_that_sent_leaves_grpc_alone(backend: Start) -> None:
    """A lock that was held at the fork would hang it: the records are refused, and the way out is said."""
    _, sender = backend()
    sender.send(entry(1), 5.0)
    inherited = sender._channel

    sender.after_fork()
    outcome = sender.send(entry(3), 5.0)

    assert isinstance(outcome, Rejected)
    assert (outcome.count, sender._channel) == (3, None)
    assert "use protocol http/protobuf" in outcome.why
    inherited.close()


def test_child_of_a_process_that_had_sent_nothing_may_send(backend: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that forks its workers before any telemetry, as with --preload, can use gRPC in them."""
    monkeypatch.setattr(grpc_sender._library, "is_in_use", False)
    _, sender = backend()

    sender.after_fork()

    assert sender.send(entry(1), 5.0) == Delivered()
    sender.close()
