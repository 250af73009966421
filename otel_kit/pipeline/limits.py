"""How many attributes a record keeps: the first ones.

The SDK drops the oldest when a record is full, and the oldest are the route, the user and the ids. So its own limits
are set wide, and the count that the standard variables ask for (``OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`` and the like,
default 128) is kept where the redacted copy is made.
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
    """Attributes that a span and a log record keep."""

    span: int = 128
    log: int = 128


def attribute_limits() -> AttributeLimits:
    """Return the limits that the standard variables ask for, as the SDK reads them."""
    return AttributeLimits(
        _or_unlimited(SpanLimits().max_span_attributes), _or_unlimited(LogRecordLimits().max_log_record_attributes)
    )


def span_limits(limits: AttributeLimits) -> SpanLimits:
    """Return the SDK's limits for the kit's own TracerProvider."""
    standard = SpanLimits()
    return SpanLimits(
        max_span_attributes=max(limits.span, _ROOM),
        max_attribute_length=_shorter(standard.max_attribute_length),
        max_span_attribute_length=_shorter(standard.max_span_attribute_length),
    )


def log_limits(limits: AttributeLimits) -> LogRecordLimits:
    """Return the SDK's limits for the kit's own LoggerProvider."""
    standard = LogRecordLimits()
    return LogRecordLimits(
        max_log_record_attributes=max(limits.log, _ROOM),
        max_log_record_attribute_length=_shorter(standard.max_log_record_attribute_length),
    )


def _or_unlimited(limit: int | None) -> int:
    return _NO_LIMIT if limit is None else limit


def _shorter(length: int | None) -> int:
    return _LONGEST if length is None else min(length, _LONGEST)
