"""An exception on a span, once, whatever its ``__str__`` does."""

from __future__ import annotations

from opentelemetry.trace import Span, Status, StatusCode

from otel_kit import semconv
from otel_kit.logs.stdlib import exception_attributes


def record_exception(span: Span, error: BaseException, timestamp: int | None = None) -> None:
    """Add the event ``exception`` and the error status to a span. Never raises.

    ``timestamp`` in nanoseconds is for a span whose end is settled: its events must not lie behind it.
    """
    if not span.is_recording():
        return
    attributes = exception_attributes(error)
    span.add_event(semconv.EXCEPTION_EVENT, attributes, timestamp)
    description = f"{attributes[semconv.EXCEPTION_TYPE]}: {attributes[semconv.EXCEPTION_MESSAGE]}"
    span.set_status(Status(StatusCode.ERROR, description))
    span.set_attribute(semconv.ERROR_TYPE, attributes[semconv.EXCEPTION_TYPE])
