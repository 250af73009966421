"""Where an exception comes from: a server logs it after the request has ended, yet it belongs to the request."""

from __future__ import annotations

import contextlib
import logging
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context

_NAME = "_otel_kit_context"


class _Origin:
    """A context on an exception. Not carried to other processes: exceptions are pickled with their attributes."""

    __slots__ = ("context",)

    def __init__(self, context: Context) -> None:
        self.context = context

    def __reduce__(self) -> tuple[Any, ...]:
        return _nowhere, ()


def _nowhere() -> None:
    return None


def remember(error: BaseException, context: Context) -> None:
    """Note on an exception the context that it leaves. Never raises."""
    with contextlib.suppress(Exception):
        BaseException.__setattr__(error, _NAME, _Origin(context))  # past a __setattr__ that refuses or does more


def origin_of(record: logging.LogRecord) -> Context | None:
    """Return the context that the record's exception has left, or None when there is none or a span is current."""
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) and len(record.exc_info) == 3 else None
    if error is None or trace.get_current_span().get_span_context().is_valid:
        return None
    try:
        origin = BaseException.__getattribute__(error, "__dict__").get(_NAME)
    except Exception:  # the "exception" of a record can be anything
        return None
    return origin.context if isinstance(origin, _Origin) else None
