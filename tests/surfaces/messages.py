"""OTLP requests as lines of text, whatever fields they have: ``resource_spans.scope_spans.spans.name=value``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_SERVICES: dict[str, type[Message]] = {
    "TraceService": ExportTraceServiceRequest,
    "LogsService": ExportLogsServiceRequest,
    "MetricsService": ExportMetricsServiceRequest,
}


def request_of_method(method: str, body: bytes) -> Any:
    """Return the decoded request of a gRPC call such as ``/opentelemetry...TraceService/Export``."""
    service = method.strip("/").split("/")[0].rpartition(".")[2]
    return _SERVICES[service].FromString(body)


def lines_of(message: Any, path: str = "") -> Iterator[str]:
    """Yield each scalar of a message with its path; an attribute's key is a part of the path."""
    name = message.DESCRIPTOR.name
    if name == "AnyValue":
        yield from _value(message, path)
        return
    if name == "KeyValue":
        yield from lines_of(message.value, f"{path}.{message.key}")
        return
    for field, value in message.ListFields():
        inner = f"{path}.{field.name}" if path else field.name
        for item in [value] if isinstance(value, str | bytes | int | float | Message) else value:
            if isinstance(item, Message):
                yield from lines_of(item, inner)
            else:
                yield f"{inner}={item.hex() if isinstance(item, bytes) else item}"


def _value(value: Any, path: str) -> Iterator[str]:
    kind = value.WhichOneof("value")
    if kind in ("array_value", "kvlist_value"):
        for item in getattr(value, kind).values:
            yield from lines_of(item, path)
    elif kind == "bytes_value":
        yield f"{path}={value.bytes_value.decode('utf-8', 'replace')}"
    else:
        yield f"{path}={'' if kind is None else getattr(value, kind)}"
