"""Records that are handed on to another process, or come back by a queue, are exported once: by who saw them first.

Workers often send their records to one process that prints them: by a QueueHandler, whose other end gives them to
loggers again. The copy that a QueueHandler prepares says that a kit has taken the record.
"""

from __future__ import annotations

import logging
import logging.handlers
from collections.abc import Callable
from typing import Any

from wrapt import wrap_function_wrapper

_MARK = "_otel_kit_taken"  # pickled with the record; formatters that print extras leave out what begins so
_active = False
_installed = False


def start() -> None:
    """Mark what queues are given from now on."""
    global _active, _installed
    _active = True
    if not _installed:
        _installed = True
        wrap_function_wrapper(logging.handlers, "QueueHandler.prepare", _prepare)


def stop() -> None:
    """Mark no more."""
    global _active
    _active = False


def is_taken(record: logging.LogRecord) -> bool:
    """Whether a kit has taken the record before, in this process or another."""
    return _MARK in record.__dict__


def mark(about: dict[str, Any]) -> None:
    """Mark a copy of a record, given by its attributes."""
    if _active:
        about[_MARK] = True


def _prepare(wrapped: Callable[..., Any], _handler: Any, args: Any, kwargs: Any) -> Any:
    prepared = wrapped(*args, **kwargs)
    if type(prepared) is logging.LogRecord:
        mark(prepared.__dict__)
    return prepared
