"""How many attributes a record keeps, the first ones, and how long their values may be.

The SDK drops the oldest when a record is full, and the oldest are the route, the user and the ids. It cuts values
before anybody has looked at them, and half an e-mail address is none to a rule. So its own limits are set wide, and
what the standard variables ask for (``OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT``, default 128,
``OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`` and the like) is kept where the redacted copy is made.
"""

from __future__ import annotations

from dataclasses import dataclass

from opentelemetry.sdk._logs import LogRecordLimits
from opentelemetry.sdk.trace import SpanLimits

from otel_kit.redaction.strings import MAX_BYTES

_ROOM = 4096  # bounds the memory of a span that is given attributes for ever
_NO_LIMIT = 1 << 31
_LONGEST = MAX_BYTES + 1  # one more than redaction keeps: it cuts, and marks the record


@dataclass(frozen=True, slots=True)
class AttributeLimits:
    """Attributes that a span and a log record keep, and characters of a value; None: as redaction has it."""

    span: int = 128
    log: int = 128
    span_length: int | None = None
    part_length: int | None = None  # of events and links
    log_length: int | None = None


def attribute_limits() -> AttributeLimits:
    """Return the limits that the standard variables ask for, as the SDK reads them."""
    span, log = SpanLimits(), LogRecordLimits()
    return AttributeLimits(
        _or_unlimited(span.max_span_attributes),
        _or_unlimited(log.max_log_record_attributes),
        span.max_span_attribute_length,
        span.max_attribute_length,
        log.max_log_record_attribute_length,
    )


def span_limits(limits: AttributeLimits) -> SpanLimits:
    """Return the SDK's limits for the kit's own TracerProvider."""
    return SpanLimits(
        max_span_attributes=max(limits.span, _ROOM),
        max_attribute_length=_LONGEST,
        max_span_attribute_length=_LONGEST,
    )


def log_limits(limits: AttributeLimits) -> LogRecordLimits:
    """Return the SDK's limits for the kit's own LoggerProvider."""
    return LogRecordLimits(max_log_record_attributes=max(limits.log, _ROOM), max_log_record_attribute_length=_LONGEST)


def _or_unlimited(limit: int | None) -> int:
    return _NO_LIMIT if limit is None else limit
