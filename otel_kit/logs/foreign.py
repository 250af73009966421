"""Handlers that are not the kit's: their formatter is wrapped, so that what they print is redacted too.

Those of the standard library that send the record itself, past any formatter, get a redacted copy of it.
"""

from __future__ import annotations

import logging
import logging.handlers
import sys
import traceback
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from wrapt import wrap_function_wrapper

from otel_kit.logs.dispatch import SERVER_LOGGERS
from otel_kit.logs.exceptions import stack_of
from otel_kit.logs.handed_on import mark
from otel_kit.logs.messages import message_of
from otel_kit.logs.printed import RedactorInForce, redacted_text
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.snapshot import text_of

_active: RedactorInForce | None = None
_installed = False


class RedactingFormatter(logging.Formatter):
    """Formats with another formatter and redacts the text. Never raises for what the record holds."""

    def __init__(self, inner: logging.Formatter, redactor: RedactorInForce) -> None:
        super().__init__()
        self.inner = inner
        self.redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """Return the redacted text of a record."""
        try:
            _share_stack(self.inner, record)
            text = self.inner.format(record)
        except Exception as error:
            # logging would print the raw message and arguments to standard error.
            text = f"{record.levelname} {record.name}: {text_of(record.msg)} [not formatted: {type(error).__name__}]"
        return redacted_text(text, self.redactor())


class Placeholder(logging.NullHandler):
    """Stands where handlers were taken away: ``basicConfig`` does nothing there, and Python prints no last resort.

    Where it is gone, logging has been configured anew.
    """


_placeholder = Placeholder()


def wrap_handlers(redactor: RedactorInForce) -> int:
    """Wrap the formatter of every handler that is there; returns how many were wrapped now.

    ``redactor`` is asked for each record, so that a reload of the policy reaches the handlers too.

    Handlers that come later, or get another formatter, are wrapped when they format next.
    """
    global _active, _installed
    _active = redactor
    if not _installed:
        _installed = True
        wrap_function_wrapper(logging.Handler, "format", _format)
        wrap_function_wrapper(logging.Handler, "handleError", _handle_error)
        wrap_function_wrapper(logging.handlers, "SocketHandler.emit", _send)
        wrap_function_wrapper(logging.handlers, "HTTPHandler.emit", _send)
    return sum(_wrap(handler, redactor) for handler in _foreign_handlers())


def replace_handlers() -> int:
    """Take every handler off the root and the servers' loggers, and hold their place; returns how many."""
    removed = 0
    for logger in _replaced_loggers():
        for handler in list(logger.handlers):
            if handler is not _placeholder:
                logger.removeHandler(handler)
                removed += 1
        logger.addHandler(_placeholder)
    return removed


def keep_replaced() -> None:
    """Replace again where logging was configured anew: that takes all handlers away before it sets up its own.

    A handler that somebody adds to those that are there stays.
    """
    if any(_placeholder not in logger.handlers for logger in _replaced_loggers()):
        replace_handlers()


def _replaced_loggers() -> Iterator[logging.Logger]:
    yield logging.getLogger()
    known = logging.root.manager.loggerDict
    for name in SERVER_LOGGERS:
        logger = known.get(name)
        if isinstance(logger, logging.Logger):
            yield logger


def unwrap_handlers() -> None:
    """Give every wrapped handler its own formatter back."""
    global _active
    _active = None
    for logger in _replaced_loggers():
        logger.removeHandler(_placeholder)
    for handler in _foreign_handlers():
        if isinstance(handler.formatter, RedactingFormatter):
            handler.setFormatter(handler.formatter.inner)


def _wrap(handler: logging.Handler, redactor: RedactorInForce) -> bool:
    formatter = handler.formatter
    if isinstance(formatter, RedactingFormatter):
        if formatter.redactor == redactor:
            return False
        formatter = formatter.inner
    handler.setFormatter(RedactingFormatter(formatter or logging.Formatter(), redactor))
    return True


def _share_stack(formatter: logging.Formatter, record: logging.LogRecord) -> None:
    """Give the record the text of its exception that the export has made, where the formatter would make the same."""
    exc_info = record.exc_info
    if not exc_info or record.exc_text or type(formatter).formatException is not logging.Formatter.formatException:
        return
    error = exc_info[1]
    if error is not None and exc_info[2] is error.__traceback__:
        record.exc_text = stack_of(error).removesuffix("\n")


def _format(wrapped: Callable[..., Any], handler: Any, args: Any, kwargs: Any) -> Any:
    redactor = _active
    if redactor is not None:
        _wrap(handler, redactor)
    elif isinstance(handler.formatter, RedactingFormatter):
        handler.setFormatter(handler.formatter.inner)  # logging forgets handlers when it is configured anew
    return wrapped(*args, **kwargs)


def _send(wrapped: Callable[..., Any], handler: Any, args: Any, kwargs: Any) -> Any:
    """Let a handler send a copy of the record that holds redacted values only."""
    redactor = _active
    if redactor is None:
        return wrapped(*args, **kwargs)
    record = args[0] if args else kwargs["record"]
    try:
        about = {**vars(record), "msg": message_of(record), "args": None, "exc_info": None}
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            about["exc_text"] = stack_of(error)
        if isinstance(handler, logging.handlers.SocketHandler):
            mark(about)
        copy = logging.makeLogRecord(redactor().attributes(about, Findings()))
    except Exception:  # rather no record than a raw one
        return handler.handleError(record)
    return wrapped(copy)


def _handle_error(wrapped: Callable[..., Any], handler: Any, args: Any, kwargs: Any) -> Any:
    """Say what went wrong without the record's message and arguments, which logging would print raw."""
    redactor = _active
    if redactor is None:
        return wrapped(*args, **kwargs)
    if not logging.raiseExceptions or sys.stderr is None:
        return None
    record = args[0] if args else kwargs.get("record")
    place = f"{getattr(record, 'name', '?')}, {getattr(record, 'pathname', '?')}:{getattr(record, 'lineno', 0)}"
    text = f"--- Logging error: {handler!r} failed with a record of {place}\n{traceback.format_exc()}"
    try:
        sys.stderr.write(redactor().text(text, Findings()))
    except (OSError, ValueError):
        return None  # standard error is gone, as logging itself allows for
    return None


def _foreign_handlers() -> Iterator[logging.Handler]:
    """Yield the handlers that exist, on whichever logger: logging keeps weak references to all of them."""
    references: list[weakref.ref[logging.Handler]] = list(logging._handlerList)  # type: ignore[attr-defined]
    for reference in references:
        handler = reference()
        if handler is not None and not isinstance(handler, logging.NullHandler):
            yield handler
