"""OTLP as any sender would speak it: HTTP with protobuf or JSON, and gRPC. Returns the answer instead of raising."""

from __future__ import annotations

import base64
import contextlib
import gzip
import http.client
import json
from collections.abc import Mapping
from typing import Any, TypeAlias

import grpc
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

Request: TypeAlias = ExportTraceServiceRequest | ExportLogsServiceRequest | ExportMetricsServiceRequest

PROTOBUF = "application/x-protobuf"
JSON = "application/json"

PATHS: dict[type[Any], str] = {
    ExportTraceServiceRequest: "/v1/traces",
    ExportLogsServiceRequest: "/v1/logs",
    ExportMetricsServiceRequest: "/v1/metrics",
}
GRPC_METHODS: dict[type[Any], str] = {
    ExportTraceServiceRequest: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    ExportLogsServiceRequest: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    ExportMetricsServiceRequest: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
}

_TIMEOUT_S = 20.0


def post(port: int, path: str, body: bytes, headers: dict[str, str]) -> int:
    """Post ``body`` to 127.0.0.1 and return the status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
    try:
        # The server may answer and close before it has read a body that it will not take.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.request("POST", path, body, headers)
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def send_http(
    port: int,
    request: Request,
    token: str | None,
    *,
    content_type: str = PROTOBUF,
    compressed: bool = False,
    extra_headers: Mapping[str, str] | None = None,
) -> int:
    """Send one request over OTLP/HTTP and return the status."""
    body = request.SerializeToString() if content_type == PROTOBUF else json.dumps(otlp_json(request)).encode()
    headers = {"Content-Type": content_type, **(extra_headers or {})}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if compressed:
        body = gzip.compress(body)
        headers["Content-Encoding"] = "gzip"
    return post(port, PATHS[type(request)], body, headers)


def send_grpc(
    endpoint: str,
    request: Request,
    token: str | None,
    *,
    compression: grpc.Compression = grpc.Compression.NoCompression,
    extra_metadata: Mapping[str, str] | None = None,
) -> grpc.StatusCode:
    """Send one request over OTLP/gRPC and return the status."""
    metadata = list((extra_metadata or {}).items())
    if token is not None:
        metadata.append(("authorization", f"Bearer {token}"))
    with grpc.insecure_channel(endpoint, compression=compression) as channel:
        call = channel.unary_unary(GRPC_METHODS[type(request)])
        try:
            call(request.SerializeToString(), metadata=metadata, timeout=_TIMEOUT_S)
        except grpc.RpcError as error:
            code = error.code()
            assert isinstance(code, grpc.StatusCode)
            return code
    return grpc.StatusCode.OK


def otlp_json(request: Request) -> Any:
    """Return the request as OTLP JSON, which is protobuf's JSON but for ids in hexadecimal and enums as numbers.

    *Source:* OTLP specification 1.5, "JSON Protobuf Encoding".
    """
    return _hexadecimal_ids(MessageToDict(request, use_integers_for_enums=True))


def _hexadecimal_ids(value: Any) -> Any:
    if isinstance(value, list):
        return [_hexadecimal_ids(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: base64.b64decode(item).hex() if key in ("traceId", "spanId", "parentSpanId") else _hexadecimal_ids(item)
        for key, item in value.items()
    }
