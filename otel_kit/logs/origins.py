"""Where an exception comes from: a server logs it after the request has ended, yet it belongs to the request."""

from __future__ import annotations

import contextlib
import logging

from opentelemetry import trace
from opentelemetry.context import Context

_NAME = "_otel_kit_context"


def remember(error: BaseException, context: Context) -> None:
    """Note on an exception the context that it leaves. Never raises."""
    with contextlib.suppress(Exception):
        BaseException.__setattr__(error, _NAME, context)  # past a __setattr__ that refuses or does more


def origin_of(record: logging.LogRecord) -> Context | None:
    """Return the context that the record's exception has left, or None when there is none or a span is current."""
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) and len(record.exc_info) == 3 else None
    if error is None or trace.get_current_span().get_span_context().is_valid:
        return None
    try:
        context = BaseException.__getattribute__(error, "__dict__").get(_NAME)
    except Exception:  # the "exception" of a record can be anything
        return None
    return context if isinstance(context, Context) else None
