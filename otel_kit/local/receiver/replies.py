"""OTLP's answers: export responses with partial success, and google.rpc.Status for what was refused."""

from __future__ import annotations

from typing import Any

from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from otel_kit.local import jsontext
from otel_kit.local.intake import Outcome, Signal

RETRY_S = 1
"""What a sender is told to wait: the writer empties a full queue in about that time."""
_RESPONSES: dict[Signal, tuple[Any, str]] = {
    Signal.TRACES: (ExportTraceServiceResponse, "rejected_spans"),
    Signal.LOGS: (ExportLogsServiceResponse, "rejected_log_records"),
    Signal.METRICS: (ExportMetricsServiceResponse, "rejected_data_points"),
}


def success(signal: Signal, outcome: Outcome) -> bytes:
    """Return the encoded export response of a stored request."""
    response, rejected = _RESPONSES[signal]
    if not outcome.rejected:
        return b""  # the empty message
    encoded: bytes = response(
        partial_success={rejected: outcome.rejected, "error_message": outcome.message}
    ).SerializeToString()
    return encoded


def success_json(signal: Signal, outcome: Outcome) -> bytes:
    """Return the same as OTLP/JSON; 64-bit numbers are text there."""
    if not outcome.rejected:
        return b"{}"
    field = {"traces": "rejectedSpans", "logs": "rejectedLogRecords", "metrics": "rejectedDataPoints"}[signal.value]
    partial = {field: str(outcome.rejected), "errorMessage": outcome.message}
    return jsontext.encode({"partialSuccess": partial}).encode()


def status(code: int, message: str, retry_s: int | None = None) -> bytes:
    """Return an encoded google.rpc.Status, with a RetryInfo detail if ``retry_s`` is given.

    Written by hand, as the package with these two messages is no dependency: Status is ``int32 code = 1; string message
    = 2; repeated Any details = 3``, RetryInfo is ``Duration retry_delay = 1``.
    """
    encoded = bytes([0x08, code]) + _field(2, message.encode()[:1000])
    if retry_s is not None:
        info = _field(1, Duration(seconds=retry_s).SerializeToString())
        detail = AnyMessage(type_url="type.googleapis.com/google.rpc.RetryInfo", value=info)
        encoded += _field(3, detail.SerializeToString())
    return encoded


def status_json(code: int, message: str) -> bytes:
    """Return a google.rpc.Status as JSON."""
    return jsontext.encode({"code": code, "message": message}).encode()


def _field(number: int, value: bytes) -> bytes:
    head, size = bytearray([number << 3 | 2]), len(value)
    while size > 127:
        head.append(size & 127 | 128)
        size >>= 7
    head.append(size)
    return bytes(head) + value
