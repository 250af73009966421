"""One log record as ordered fields: what console, files and syslog all write. Total, whatever stands in a record."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any

from otel_kit import semconv
from otel_kit.logs.sinks.plain_values import compact
from otel_kit.redaction.snapshot import text_of

_LEVELS = ("debug", "debug", "info", "warning", "error", "critical")
_EPOCH = "1970-01-01T00:00:00"
# Attributes that have a field of their own.
_NAMED = frozenset({semconv.LOGGER_NAME, semconv.REQUEST_ID, semconv.USER_ID})


def fields_of(record: Any) -> dict[str, Any]:
    """Return a redacted SDK log record as fields, in the order in which they are written; what is absent is left out.

    ``timestamp`` (RFC 3339, microseconds, UTC), ``level``, ``service``, ``environment``, ``component``, ``message``,
    ``event``, ``trace_id``, ``span_id``, ``request_id``, ``user``, and all other attributes under ``attributes``.
    """
    raw = record.log_record
    attributes = raw.attributes or {}
    resource = record.resource.attributes if record.resource is not None else {}
    fields: dict[str, Any] = {
        "timestamp": timestamp(raw.timestamp or raw.observed_timestamp or 0),
        "level": level_of(raw),
    }
    named = (
        ("service", resource.get(semconv.SERVICE_NAME)),
        ("environment", resource.get(semconv.DEPLOYMENT_ENVIRONMENT_NAME)),
        ("component", component_of(record)),
        ("message", _message(raw.body)),
        ("event", raw.event_name),
        ("trace_id", f"{raw.trace_id:032x}" if raw.trace_id else None),
        ("span_id", f"{raw.span_id:016x}" if raw.span_id else None),
        ("request_id", attributes.get(semconv.REQUEST_ID)),
        ("user", attributes.get(semconv.USER_ID)),
    )
    fields.update((name, value) for name, value in named if value is not None and value != "")
    others = {key: value for key, value in attributes.items() if key not in _NAMED}
    if others:
        fields["attributes"] = others
    return fields


def component_of(record: Any) -> str:
    """Return the logger's name, else the name of the instrumentation scope; empty when there is neither."""
    name = (record.log_record.attributes or {}).get(semconv.LOGGER_NAME)
    if name is None and record.instrumentation_scope is not None:
        name = record.instrumentation_scope.name
    return name if isinstance(name, str) else "" if name is None else text_of(name)


def level_of(raw: Any) -> str:
    """Return debug, info, warning, error or critical (logs data model, "severity fields"); info when there is none."""
    number = getattr(raw.severity_number, "value", raw.severity_number)
    return _LEVELS[min((number - 1) // 4, 5)] if isinstance(number, int) and number > 0 else "info"


def timestamp(nanoseconds: int) -> str:
    """Return a time as RFC 3339 text in UTC with microseconds."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return f"{_second(seconds)}.{rest // 1000:06d}Z"


@lru_cache(maxsize=64)
def _second(seconds: int) -> str:
    try:
        now = time.gmtime(seconds)
        return time.strftime("%Y-%m-%dT%H:%M:%S", now) if now.tm_year <= 9999 else _EPOCH
    except (OverflowError, OSError, ValueError):
        return _EPOCH


def _message(body: Any) -> str | None:
    """Return the body as text: a field that is text here and an object there is refused by search engines."""
    return body if isinstance(body, str) or body is None else compact(body)
