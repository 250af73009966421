"""An exception on a span, once, whatever its ``__str__`` does."""

from __future__ import annotations

from opentelemetry.trace import Span, Status, StatusCode

from otel_kit import semconv
from otel_kit.logs.exceptions import exception_attributes, exception_type
from otel_kit.redaction.snapshot import text_of

_MARK = "_otel_kit_recorded"  # the trace; a number, since exceptions are pickled with their attributes


def record_exception(span: Span, error: BaseException, timestamp: int | None = None) -> None:
    """Add the event ``exception`` and the error status to a span. Never raises.

    ``timestamp`` in nanoseconds is for a span whose end is settled: its events must not lie behind it.
    """
    if not span.is_recording():
        return
    attributes = exception_attributes(error)
    span.add_event(semconv.EXCEPTION_EVENT, attributes, timestamp)
    _set_error(span, attributes[semconv.EXCEPTION_TYPE], attributes[semconv.EXCEPTION_MESSAGE])


def record_exception_once(span: Span, error: BaseException) -> None:
    """Record an exception, on the first span of a trace with its stack, on others as their status alone.

    Never raises, whatever the exception is; in another trace the same object is recorded again.
    """
    if not span.is_recording():
        return
    trace_id = span.get_span_context().trace_id
    if BaseException.__getattribute__(error, "__dict__").get(_MARK) == trace_id:
        _set_error(span, exception_type(error), text_of(error))
        return
    BaseException.__setattr__(error, _MARK, trace_id)  # past a __setattr__ that refuses or does more
    record_exception(span, error)


def _set_error(span: Span, kind: str, message: str) -> None:
    span.set_status(Status(StatusCode.ERROR, f"{kind}: {message}"))
    span.set_attribute(semconv.ERROR_TYPE, kind)
