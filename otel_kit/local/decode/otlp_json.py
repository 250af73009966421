"""OTLP/JSON requests as the same bytes that protobuf senders send.

OTLP/JSON is proto3 JSON with three differences (OTLP 1.10, "JSON Protobuf Encoding"): trace and span ids are
hexadecimal, enums are numbers, and unknown fields are ignored. The ids are put right here, protobuf's parser does the
rest.
"""

from __future__ import annotations

import base64
from typing import Any

from google.protobuf import json_format
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
from opentelemetry.proto.metrics.v1.metrics_pb2 import MetricsData
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from otel_kit.local import jsontext
from otel_kit.local.decode.rows import MalformedRequest
from otel_kit.local.intake import Signal

_MESSAGES: dict[Signal, Any] = {Signal.TRACES: TracesData, Signal.LOGS: LogsData, Signal.METRICS: MetricsData}
_IDS = frozenset({"traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"})
# Below these keys lies user data, in which "traceId" is just a word.
_USER_DATA = frozenset({"attributes", "body", "resource", "scope", "filteredAttributes", "filtered_attributes"})


def to_protobuf(signal: Signal, body: bytes) -> bytes:
    """Return the request as protobuf bytes.

    Raises:
        MalformedRequest: it is no OTLP/JSON request of this signal, or nested too deeply.
    """
    try:
        document = jsontext.decode(body)
        if not isinstance(document, dict):
            raise MalformedRequest("not a JSON object")
        _mend_ids(document)
        message = json_format.ParseDict(document, _MESSAGES[signal](), ignore_unknown_fields=True)
        encoded: bytes = message.SerializeToString()
    except (ValueError, RecursionError, TypeError, AttributeError, json_format.ParseError) as error:
        raise MalformedRequest(f"not a valid OTLP/JSON {signal.value} request: {error}") from error
    return encoded


def _mend_ids(node: Any) -> None:
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            for key, value in node.items():
                if key in _IDS and isinstance(value, str):
                    node[key] = _base64_of_hex(value)
                elif key not in _USER_DATA:
                    waiting.append(value)


def _base64_of_hex(text: str) -> str:
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        # Kept as an id that the decoder rejects and counts, so that one bad id does not cost the whole request.
        raw = text.encode()[:3] or b"?"
    return base64.b64encode(raw).decode()
