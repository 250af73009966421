"""OTLP over gRPC with a bytes serialiser: what is encoded is sent as it is. Needs the extra ``grpc``."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import RetryInfo
from grpc_status import rpc_status

from otel_kit.pipeline.endpoint import Endpoint, hint
from otel_kit.pipeline.replies import MAX_REPLY, RESPONSES
from otel_kit.pipeline.seams import Delivered, Encoded, Outcome, Rejected, Retry, TooLarge, shown

_METHODS = {
    "traces": "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    "logs": "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    "metrics": "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
}
# OTLP specification 1.x, "Failures"; RESOURCE_EXHAUSTED is retryable only when the server says when (RetryInfo).
_RETRYABLE = frozenset({"CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS"})


_BARRED = (
    "this process was forked from one that had sent over gRPC, which does not survive that; "
    "use protocol http/protobuf, or fork before anything is sent"
)
_abandoned: list[object] = []


class _Library:
    """Whether this process, or the one it was forked from, has opened a channel with any sender."""

    is_in_use = False


_library = _Library()


class GrpcSender:
    """A ``Sender`` over one channel, opened by the first ``send`` of the process.

    gRPC and fork do not mix (grpc/grpc#22624): a lock of its library that another thread held at the fork would hang
    the child, with the interpreter's lock in its hand. So a child whose parent had opened a channel sends nothing over
    gRPC: its records are refused, counted, and said with the way out. The parent's channel is left alone, never closed.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        """Raises OSError when a certificate file cannot be read."""
        self._endpoint = endpoint
        self._channel: Any = None
        self._call: Any = None
        self._is_barred = False
        # gRPC metadata keys are lower case; the user agent is an option of the channel.
        self._metadata = tuple((key, value) for key, value in endpoint.headers.items() if key != "user-agent")
        # Read now, so that a file that is missing is a fault at the start.
        files = (endpoint.certificate, endpoint.client_key, endpoint.client_certificate)
        self._certificates = tuple(map(_read, files)) if endpoint.is_secure else ()
        self._response, self._rejected_field = RESPONSES[endpoint.signal]

    @property
    def target(self) -> str:
        """Where it sends."""
        return self._endpoint.shown

    def send(self, encoded: Encoded, timeout_s: float) -> Outcome:
        """Call Export; blocks at most ``timeout_s``."""
        if self._is_barred:
            return Rejected(encoded.count, _BARRED)
        try:
            reply: bytes = self._export()(
                encoded.request(),
                timeout=timeout_s,
                metadata=self._metadata,
                compression=grpc.Compression.Gzip if self._endpoint.gzip else grpc.Compression.NoCompression,
            )
        except grpc.RpcError as error:
            return self._failure(error, encoded)
        except (OSError, ValueError) as error:
            self.close()
            return Retry(None, type(error).__name__)
        try:
            partial = self._response.FromString(reply).partial_success
        except DecodeError:  # a reply that is not OTLP still means: taken
            return Delivered()
        rejected = getattr(partial, self._rejected_field)
        return Delivered(rejected, shown(partial.error_message)) if rejected else Delivered()

    def close(self) -> None:
        """Close the channel."""
        channel, self._channel, self._call = self._channel, None, None
        if channel is not None:
            channel.close()

    def after_fork(self) -> None:
        """Forget the parent's channel, but keep it: destroying it would call into a library that did not fork."""
        self._is_barred = self._is_barred or _library.is_in_use
        _abandoned.append((self._channel, self._call))
        self._channel = self._call = None

    def _export(self) -> Any:
        if self._call is None:
            _library.is_in_use = True
            target = self._endpoint.authority
            options = (
                ("grpc.primary_user_agent", self._endpoint.headers["user-agent"]),
                ("grpc.max_receive_message_length", MAX_REPLY),
                ("grpc.enable_retries", 0),  # retry lives in the worker
            )
            if self._endpoint.is_secure:
                self._channel = grpc.secure_channel(
                    target, grpc.ssl_channel_credentials(*self._certificates), options=options
                )
            else:
                self._channel = grpc.insecure_channel(target, options=options)
            self._call = self._channel.unary_unary(
                _METHODS[self._endpoint.signal],
                request_serializer=_as_is,
                response_deserializer=_as_is,
            )
        return self._call

    def _failure(self, error: Any, encoded: Encoded) -> Outcome:
        code = error.code().name
        after_s = _retry_after(error)
        if code == "RESOURCE_EXHAUSTED" and f"vs. {MAX_REPLY})" in (error.details() or ""):
            return Delivered()  # the client's own limit: the server has taken the data and says too much about it
        if code == "RESOURCE_EXHAUSTED" and after_s is None:
            # A message over the server's limit; a throttling server says when to come back.
            return TooLarge(code)
        if code in _RETRYABLE or code == "RESOURCE_EXHAUSTED":
            if code == "UNAVAILABLE":
                self.close()  # a fresh channel connects at once; the old one keeps its own back-off
            advice = hint(self._endpoint)
            return Retry(after_s, f"{code}; {advice}" if advice else code)
        advice = " (is the ingest key right?)" if code in {"UNAUTHENTICATED", "PERMISSION_DENIED"} else ""
        return Rejected(encoded.count, f"{code}{advice}")


def _as_is(data: bytes) -> bytes:
    return data


def _read(path: str | None) -> bytes | None:
    if path is None:
        return None
    with open(path, "rb") as file:
        return file.read()


def _retry_after(error: Any) -> float | None:
    """Return seconds from the RetryInfo in the status details, at most an hour."""
    try:
        status = rpc_status.from_call(error)
    except ValueError:  # the details contradict the status: not a wish to act upon
        return None
    for detail in status.details if status else ():
        if detail.Is(RetryInfo.DESCRIPTOR):
            info = RetryInfo()
            detail.Unpack(info)
            return float(min(max(info.retry_delay.ToTimedelta().total_seconds(), 0.0), 3600.0))
    return None
