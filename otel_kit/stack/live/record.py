"""One record that shows where it is lost: a span, its log record, a metric with an exemplar."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from otel_kit.stack.http_json import Answer, Api

SERVICE: Final = "otel-kit-stack-check"
METRIC: Final = "otel_kit_stack_checks_total"
_METRIC: Final = "otel_kit.stack.checks"
_PRIVATE: Final = "check@private.example"
_SECOND_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Record:
    """Its ids, in hexadecimal; ``private`` is a value that no store may show."""

    trace_id: str
    span_id: str
    at_ns: int
    private: str = _PRIVATE


def new_record() -> Record:
    """Return a record of now, with ids that nobody else has."""
    return Record(os.urandom(16).hex(), os.urandom(8).hex(), time.time_ns())


def send(gateway: Api, record: Record) -> Mapping[str, Answer]:
    """Send the three parts by OTLP/HTTP with JSON; returns each signal's answer. Blocks.

    Raises:
        Unreachable: nobody answers at the gateway.
    """
    return {
        "traces": gateway.ask("POST", "/v1/traces", _traces(record)),
        "logs": gateway.ask("POST", "/v1/logs", _logs(record)),
        "metrics": gateway.ask("POST", "/v1/metrics", _metrics(record)),
    }


def _text(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


_RESOURCE: Final = {"attributes": [_text("service.name", SERVICE)]}
_SCOPE: Final = {"name": "otel_kit.stack.live"}


def _traces(record: Record) -> dict[str, Any]:
    span = {
        "traceId": record.trace_id,
        "spanId": record.span_id,
        "name": "stack check",
        "kind": 1,
        "startTimeUnixNano": str(record.at_ns - _SECOND_NS),
        "endTimeUnixNano": str(record.at_ns),
        "attributes": [_text("enduser.email", record.private)],
    }
    return {"resourceSpans": [{"resource": _RESOURCE, "scopeSpans": [{"scope": _SCOPE, "spans": [span]}]}]}


def _logs(record: Record) -> dict[str, Any]:
    one = {
        "timeUnixNano": str(record.at_ns),
        "severityNumber": 9,
        "severityText": "INFO",
        "body": {"stringValue": f"stack check by {record.private}"},
        "traceId": record.trace_id,
        "spanId": record.span_id,
    }
    return {"resourceLogs": [{"resource": _RESOURCE, "scopeLogs": [{"scope": _SCOPE, "logRecords": [one]}]}]}


def _metrics(record: Record) -> dict[str, Any]:
    exemplar = {
        "timeUnixNano": str(record.at_ns),
        "asInt": "1",
        "traceId": record.trace_id,
        "spanId": record.span_id,
    }
    point = {
        "startTimeUnixNano": str(record.at_ns - _SECOND_NS),
        "timeUnixNano": str(record.at_ns),
        "asInt": "1",
        "exemplars": [exemplar],
    }
    one = {
        "name": _METRIC,
        "unit": "{check}",
        "description": "Checks of the whole stack.",
        # Cumulative: what Prometheus stores.
        "sum": {"aggregationTemporality": 2, "isMonotonic": True, "dataPoints": [point]},
    }
    return {"resourceMetrics": [{"resource": _RESOURCE, "scopeMetrics": [{"scope": _SCOPE, "metrics": [one]}]}]}
