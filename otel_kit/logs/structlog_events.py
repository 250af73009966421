"""structlog: each event becomes a log record, and what structlog prints by itself is redacted.

``BoundLoggerBase._process_event`` runs the processors; structlog documents it for custom loggers. The kit looks at the
event before the last processor renders it. Where structlog prints through logging, the record of logging is the one
that is exported, with the event's fields.
"""

from __future__ import annotations

import copy
import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any

from wrapt import register_post_import_hook, wrap_function_wrapper

from otel_kit.logs.library_bridge import Bridge
from otel_kit.logs.printed import redacted_values
from otel_kit.logs.records import hand_over, new_record
from otel_kit.logs.sinks.elsewhere import library_prints

_LEVELS = {
    "trace": 5, "debug": logging.DEBUG, "info": logging.INFO, "msg": logging.INFO, "notset": logging.INFO,
    "warning": logging.WARNING, "warn": logging.WARNING, "error": logging.ERROR, "exception": logging.ERROR,
    "err": logging.ERROR, "failure": logging.ERROR, "critical": logging.CRITICAL, "fatal": logging.CRITICAL,
}  # fmt: skip
# What processors of structlog add and a record has anyway.
_OWN_FIELDS = frozenset({"event", "level", "level_number", "logger", "timestamp", "exc_info", "stack_info", "_record",
                         "_logger", "_name", "_from_structlog"})  # fmt: skip


_bridge: Bridge | None = None
_installed = False


def connect(bridge: Bridge) -> None:
    """Take structlog's events from now on, of loggers that exist already too. structlog is not imported for it."""
    global _bridge, _installed
    _bridge = bridge
    if not _installed:
        _installed = True
        register_post_import_hook(_install, "structlog")


def disconnect() -> None:
    """Leave structlog alone."""
    global _bridge
    _bridge = None


def _install(_module: Any) -> None:
    try:
        wrap_function_wrapper("structlog._base", "BoundLoggerBase._process_event", _process_event)
    except (ImportError, AttributeError) as error:  # within the application's import: a structlog of another make
        if _bridge is not None:
            _bridge.count_fault("structlog", error)


def _process_event(wrapped: Callable[..., Any], logger: Any, args: Any, kwargs: Any) -> Any:
    bridge = _bridge
    processors = list(logger._processors)
    if bridge is None or not processors:
        return wrapped(*args, **kwargs)
    is_stdlib = isinstance(logger._logger, logging.Logger)
    seen: list[Any] = []

    def look(_logger: Any, method: str, event: Any) -> Any:
        if isinstance(event, Mapping):
            seen.append((method, dict(event)))
        return event

    watched = copy.copy(logger)
    watched._processors = [*processors[:-1], look, processors[-1]]
    result = wrapped.__func__(watched, *args, **kwargs)  # type: ignore[attr-defined]  # a bound method
    try:
        if seen and is_stdlib:
            _hand_over(result, seen[-1][1])
        elif seen:
            record = _record(logger._logger, *seen[-1])
            library_prints(record.name)
            bridge.export(record)
        if not is_stdlib and bridge.redactor is not None:
            return redacted_values(result, bridge.redactor())
    except Exception as error:
        bridge.count_fault("structlog", error)
        if not is_stdlib and bridge.redactor is not None:
            return (f"[not printed: {type(error).__name__}]",), {}  # rather nothing than a raw text
    return result


def _hand_over(result: Any, event: Mapping[str, Any]) -> None:
    """Give the fields to the record that logging is about to make of the rendered message."""
    arguments = result[0] if isinstance(result, tuple) and result else ()
    if isinstance(arguments, tuple) and arguments:
        fields = {key: value for key, value in event.items() if key not in _OWN_FIELDS and not key.startswith("_")}
        hand_over(arguments[0], {"event": str(event.get("event", "")), **fields})


def _record(printer: Any, method: str, event: Mapping[str, Any]) -> logging.LogRecord:
    level = event.get("level", method)
    number = _LEVELS.get(str(level).lower(), _LEVELS.get(method, logging.INFO))
    name = event.get("logger") or getattr(printer, "name", None) or "structlog"
    fields = {key: value for key, value in event.items() if key not in _OWN_FIELDS}
    record = new_record(str(name), number, _text(event.get("event")), fields, _error(event), ("structlog",))
    if isinstance(fields.get("exception"), str) and record.exc_info is None:
        record.exc_text = record.__dict__.pop("exception")
    return record


def _text(event: Any) -> str:
    return event if isinstance(event, str) else repr(event) if event is not None else ""


def _error(event: Mapping[str, Any]) -> BaseException | None:
    given = event.get("exc_info")
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple) and len(given) == 3:
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None
