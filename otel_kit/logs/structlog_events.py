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
from otel_kit.logs.records import Event, as_extras, hand_over, new_record
from otel_kit.logs.sinks.elsewhere import library_prints
from otel_kit.redaction.snapshot import text_of

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
    watch = _Watch()
    watched = copy.copy(logger)
    watched._processors = [watch.before, *processors[:-1], watch.after, processors[-1]]
    try:
        # Of a copy: the logger's own processors stay as they are.
        result = wrapped.__func__(watched, *args, **kwargs)  # type: ignore[attr-defined]  # a bound method
    except Exception as error:
        # What cannot be rendered is the application's to see; the record arrives nevertheless. Dropped is dropped.
        if type(error).__name__ != "DropEvent" and not is_stdlib:
            _export(bridge, watch, logger._logger)
        raise
    try:
        if is_stdlib:
            _hand_over(result, watch)
        else:
            _export(bridge, watch, logger._logger)
            if bridge.redactor is not None:
                return redacted_values(result, bridge.redactor())
    except Exception as error:
        bridge.count_fault("structlog", error)
        if not is_stdlib and bridge.redactor is not None:
            return (f"[not printed: {type(error).__name__}]",), {}  # rather nothing than a raw text
    return result


class _Watch:
    """Two processors that look at one event: as it was logged, and as it is before it is rendered."""

    def __init__(self) -> None:
        self.event: Mapping[str, Any] | None = None
        self.method = ""
        self.error: BaseException | None = None

    def before(self, _logger: Any, method: str, event: Any) -> Any:
        """Keep the exception: processors that render it, with values of variables, take it off the event."""
        given = event.get("exc_info", method == "exception") if isinstance(event, Mapping) else None
        self.error = _error(given)
        return event

    def after(self, _logger: Any, method: str, event: Any) -> Any:
        """Keep the event."""
        if isinstance(event, Mapping):
            self.method, self.event = method, dict(event)
            self.error = self.error or _error(event.get("exc_info"))
        return event

    def fields(self) -> dict[str, Any]:
        """Return the fields without what a record has anyway."""
        fields = {
            key: value for key, value in (self.event or {}).items() if key not in _OWN_FIELDS and value is not None
        }
        if self.error is not None:
            fields.pop("exception", None)
        return fields


def _export(bridge: Bridge, watch: _Watch, printer: Any) -> None:
    try:
        if watch.event is not None:
            record = _record(printer, watch)
            library_prints(record.name)
            bridge.export(record)
    except Exception as error:
        bridge.count_fault("structlog", error)


def _hand_over(result: Any, watch: _Watch) -> None:
    """Give the event to the record that logging is about to make of the rendered message."""
    arguments = result[0] if isinstance(result, tuple) and result else ()
    if watch.event is not None and isinstance(arguments, tuple) and arguments:
        hand_over(arguments[0], Event(_text(watch.event.get("event")), as_extras(watch.fields()), watch.error))


def _record(printer: Any, watch: _Watch) -> logging.LogRecord:
    event = watch.event or {}
    number = _LEVELS.get(str(event.get("level", watch.method)).lower(), _LEVELS.get(watch.method, logging.INFO))
    name = event.get("logger") or getattr(printer, "name", None) or "structlog"
    fields = watch.fields()
    stack = fields.pop("exception", None) if isinstance(fields.get("exception"), str) else None
    record = new_record(str(name), number, _text(event.get("event")), fields, watch.error, ("structlog",))
    record.exc_text = stack
    return record


def _text(event: Any) -> str:
    return event if isinstance(event, str) else text_of(event) if event is not None else ""


def _error(given: Any) -> BaseException | None:
    """Return the exception that an event's ``exc_info`` stands for."""
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple) and len(given) == 3:
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given is True or given == 1 else None
