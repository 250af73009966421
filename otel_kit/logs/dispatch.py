"""The one place that every record passes: ``logging.Logger.callHandlers``, wrapped while a kit runs.

A handler on the root logger would do for an application that never configures logging. But ``basicConfig`` does
nothing where there is a handler already, ``dictConfig`` and ``fileConfig`` take handlers away, some loggers keep their
records from the root, and ``lastResort`` falls silent with the first handler anywhere. So the kit leaves all handlers
to the application and looks on where records leave their logger: once each, after the logger's filters, with extras,
whoever made the record and however logging is configured, now or later.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from otel_kit.logs.levels import application_level

# Takes a record and says whether the application's handlers get it, too. Must not raise.
Receive = Callable[[logging.Logger, logging.LogRecord], bool]

# Loggers that may keep their records from the root.
SERVER_LOGGERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi", "gunicorn.error", "gunicorn.access")

_receive: Receive | None = None
_original: Callable[[logging.Logger, logging.LogRecord], None] = logging.Logger.callHandlers
_installed = False


def connect(receive: Receive) -> None:
    """Hand each record to ``receive`` from now on, in the place of whoever was connected before."""
    global _receive, _original, _installed
    _receive = receive
    if not _installed:
        _installed = True
        _original = logging.Logger.callHandlers
        logging.Logger.callHandlers = _call_handlers  # type: ignore[method-assign]


def disconnect(receive: Receive) -> None:
    """Hand over no more. Where somebody else has wrapped the method since, the kit's part stays in it and passes on."""
    global _receive, _installed
    if _receive != receive:
        return
    _receive = None
    if logging.Logger.callHandlers is _call_handlers:
        logging.Logger.callHandlers = _original  # type: ignore[method-assign, assignment]
        _installed = False


def _call_handlers(self: logging.Logger, record: logging.LogRecord) -> None:
    receive = _receive
    if receive is None or receive(self, record):
        _original(self, record)


def handlers_of(logger: logging.Logger | None) -> Iterator[logging.Handler]:
    """Yield every handler that gets the records of a logger."""
    while logger is not None:
        yield from logger.handlers
        logger = logger.parent if logger.propagate else None


def is_silenced(logger: logging.Logger) -> bool:
    """Whether somebody keeps a logger's records from the root and gives them to handlers only that do nothing.

    That is how libraries and applications say that nobody wants them; without any handler Python would print warnings.
    Servers have settings for it.
    """
    link: logging.Logger | None = logger
    while link is not None and link.propagate:
        link = link.parent
    if link is None or link.parent is None or logger.name in SERVER_LOGGERS:
        return False
    handlers = list(handlers_of(logger))
    return bool(handlers) and all(isinstance(handler, logging.NullHandler) for handler in handlers)


def is_printed(name: str, level: int) -> bool:
    """Whether a handler of the application gets the records of a logger at this level. Makes no logger."""
    known = logging.root.manager.loggerDict.get(name)
    while name and not isinstance(known, logging.Logger):
        name = name.rpartition(".")[0]
        known = logging.root.manager.loggerDict.get(name)
    logger = known if isinstance(known, logging.Logger) else logging.root
    return level >= application_level(logger) and any(
        handler.level <= level and not isinstance(handler, logging.NullHandler) for handler in handlers_of(logger)
    )
