"""``/v1/logs`` requests as log rows."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import DecodeError

from otel_kit.local import tokens
from otel_kit.local.decode.rows import Batch, Event, LogRow, MalformedRequest, Resource, Scope
from otel_kit.local.decode.scrub import Attribute, Scrubber
from otel_kit.local.decode.shallow import LogsData
from otel_kit.local.decode.traces import LAST_TIME
from otel_kit.semconv import EVENT_CATEGORY, EVENT_OUTCOME, LOGGER_NAME, RETENTION_TIER

_NO_TRACE, _NO_SPAN = bytes(16), bytes(8)
_OF_EVENTS = (EVENT_CATEGORY, EVENT_OUTCOME, RETENTION_TIER)


def severity_rank(number: int) -> int:
    """Return the class of an OTLP severity number: 0 unset, 1 trace, 2 debug, 3 info, 4 warn, 5 error, 6 fatal."""
    return (number + 3) // 4 if 0 < number <= 24 else 0


def decode_logs(body: bytes, scrub: Scrubber, batch: Batch, received: int) -> None:
    """Add the log records of one encoded request to ``batch``.

    A record without a time gets its observed time, else ``received`` (nanoseconds). A record whose trace or span id is
    malformed is kept without it, as the OTLP definition of these fields wants.

    Raises:
        MalformedRequest: the bytes are no logs request.
    """
    try:
        request = LogsData.FromString(body)
    except DecodeError as error:
        raise MalformedRequest(f"not a valid logs request: {error}") from error
    for of_resource in request.resource_logs:
        resource = scrub.resource(of_resource.resource)
        for of_scope in of_resource.scope_logs:
            scope = scrub.scope(of_scope.scope)
            for record in of_scope.log_records:
                _add(record, resource, scope, scrub, batch, received)


def _add(record: Any, resource: Resource, scope: Scope, scrub: Scrubber, batch: Batch, received: int) -> None:
    observed = record.observed_time_unix_nano
    time = record.time_unix_nano or observed or received
    if time > LAST_TIME or observed > LAST_TIME:
        return batch.reject("bad_time")
    attributes = [scrub.attribute(raw) for raw in record.attributes]
    body, is_json = scrub.body(record.body)
    logger = _logger(scope, attributes)
    number = record.severity_number
    words = [
        tokens.service(resource.service),
        tokens.severity(severity_rank(number)),
        *[each.tokens for each in attributes],
    ]
    if logger:
        words.append(tokens.logger(logger))
    trace_id, span_id = record.trace_id, record.span_id
    batch.logs.append(
        LogRow(
            time,
            observed,
            number,
            scrub.text(record.severity_text, "log.severity_text") or None,
            resource,
            scope,
            logger,
            body,
            is_json,
            _event(scrub.text(record.event_name, "log.event_name"), attributes),
            trace_id if len(trace_id) == 16 and trace_id != _NO_TRACE else None,
            span_id if len(span_id) == 8 and span_id != _NO_SPAN else None,
            "{" + ",".join([each.json for each in attributes]) + "}",
            record.dropped_attributes_count,
            " ".join(words),
        )
    )
    return None


def _event(name: str, attributes: list[Attribute]) -> Event | None:
    if not name:
        return None
    said = {each.key: str(each.value) for each in attributes if each.key in _OF_EVENTS}
    return Event(name, *(said.get(key, "") for key in _OF_EVENTS))


def _logger(scope: Scope, attributes: list[Attribute]) -> str | None:
    for each in attributes:
        if each.key == LOGGER_NAME:
            return str(each.value)
    return scope.name or None
