"""Handlers that are not the kit's: their formatter is wrapped, so that what they print is redacted too."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Iterator

from otel_kit.logs.stdlib import SERVER_LOGGERS, KitHandler
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import Redactor


class RedactingFormatter(logging.Formatter):
    """Formats with another formatter and redacts the text. Never raises for what the record holds."""

    def __init__(self, inner: logging.Formatter, redactor: Redactor) -> None:
        super().__init__()
        self.inner = inner
        self.redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """Return the redacted text of a record."""
        # Findings are not added to the counts: the exported record has the same values and counts them once.
        try:
            text = self.inner.format(record)
        except Exception as error:
            # logging would print the raw message and arguments to standard error.
            text = f"{record.levelname} {record.name}: {record.msg!s:.200} [not formatted: {type(error).__name__}]"
        return self.redactor.text(text, Findings())


def wrap_handlers(redactor: Redactor) -> int:
    """Wrap the formatter of every handler that is there; returns how many were wrapped now."""
    wrapped = 0
    for handler in _foreign_handlers():
        if not isinstance(handler.formatter, RedactingFormatter):
            handler.setFormatter(RedactingFormatter(handler.formatter or logging.Formatter(), redactor))
            wrapped += 1
    return wrapped


def remove_handlers() -> int:
    """Take every handler that is not the kit's off the root and the servers' loggers; returns how many."""
    removed = 0
    for logger in (logging.getLogger(), *(logging.getLogger(name) for name in SERVER_LOGGERS)):
        for handler in list(logger.handlers):
            if not isinstance(handler, KitHandler):
                logger.removeHandler(handler)
                removed += 1
    return removed


def unwrap_handlers() -> None:
    """Give every wrapped handler its own formatter back."""
    for handler in _foreign_handlers():
        if isinstance(handler.formatter, RedactingFormatter):
            handler.setFormatter(handler.formatter.inner)


def _foreign_handlers() -> Iterator[logging.Handler]:
    """Yield the handlers that exist, on whichever logger: logging keeps weak references to all of them."""
    references: list[weakref.ref[logging.Handler]] = list(logging._handlerList)  # type: ignore[attr-defined]
    for reference in references:
        handler = reference() if isinstance(reference, weakref.ref) else reference
        if handler is not None and not isinstance(handler, KitHandler | logging.NullHandler):
            yield handler
