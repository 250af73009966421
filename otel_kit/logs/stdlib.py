"""Standard library logging becomes OpenTelemetry log records; nothing here ever raises into the application.

The handler sits on the root logger and on the loggers that do not propagate to it (uvicorn's and gunicorn's). It
formats at once, on the caller's thread: arguments may be mutable, and a record that waits must not change.
"""

from __future__ import annotations

import logging
import re
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry._logs import Logger, LoggerProvider, LogRecord, SeverityNumber

from otel_kit import semconv
from otel_kit.logs import configuration
from otel_kit.logs.origins import origin_of
from otel_kit.redaction.snapshot import plain, text_of
from otel_kit.version import __version__

# Loggers that keep their records from the root.
SERVER_LOGGERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi", "gunicorn.error", "gunicorn.access")
# Their records come from sending telemetry: exporting those would feed the pipeline with itself.
_OWN = ("otel_kit", "opentelemetry")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_SEVERITIES = (
    (logging.CRITICAL, SeverityNumber.FATAL, "FATAL"),
    (logging.ERROR, SeverityNumber.ERROR, "ERROR"),
    (logging.WARNING, SeverityNumber.WARN, "WARN"),
    (logging.INFO, SeverityNumber.INFO, "INFO"),
    (logging.DEBUG, SeverityNumber.DEBUG, "DEBUG"),
)
_MAX_ATTRIBUTES = 120  # OpenTelemetry's limit is 128; some places are left for what is bound
# What colours a terminal (control sequences, ECMA-48 section 5.4) hides a key and its value from rules.
_COLOURS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
CountFault = Callable[[str, BaseException], None]
_busy = threading.local()


class KitHandler(logging.Handler):
    """Emits each record through OpenTelemetry's logs API. Thread-safe, never blocks on I/O."""

    def __init__(self, provider: LoggerProvider, level: int, count_fault: CountFault) -> None:
        super().__init__(level)
        self._logger: Logger = provider.get_logger(semconv.SCOPE_NAME, __version__, schema_url=semconv.SCHEMA_URL)
        self._count_fault = count_fault
        self.is_alone_on_purpose = False

    def createLock(self) -> None:  # noqa: N802 - logging's name
        """Have no lock: nothing here is shared, and a lock held at a fork would hang the child."""
        self.lock = None

    def handle(self, record: logging.LogRecord) -> bool:
        """Emit the record unless it is the kit's own or comes out of emitting one."""
        handled = self._export(record)
        if record.levelno >= logging.WARNING and not self.is_alone_on_purpose:
            _to_last_resort(record)
        return handled

    def _export(self, record: logging.LogRecord) -> bool:
        try:
            if _is_own(record.name) or getattr(_busy, "emitting", False):
                return False
            if otel_context.get_value(otel_context._SUPPRESS_INSTRUMENTATION_KEY):
                return False  # urllib3 or grpc, on a thread that exports
            passed: Any = self.filter(record)
            if not passed:
                return False
            if isinstance(passed, logging.LogRecord):
                record = passed  # since Python 3.12 a filter may replace the record
            _busy.emitting = True
            try:
                self.emit(record)
            finally:
                _busy.emitting = False
        except Exception as error:
            self._count_fault("log_handler", error)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Emit one record."""
        number, text = _severity(record.levelno)
        self._logger.emit(
            LogRecord(
                timestamp=int(record.created * 1e9),
                severity_number=number,
                severity_text=text if record.levelname not in ("NOTSET", "") else None,
                body=message_of(record),
                attributes=_attributes(record),
                context=origin_of(record),
            )
        )


def _to_last_resort(record: logging.LogRecord) -> None:
    """Print a warning where logging would if the kit's handler were not there: nobody configured any."""
    known = logging.root.manager.loggerDict.get(record.name, logging.root)
    logger = known if isinstance(known, logging.Logger) else logging.root
    if logging.lastResort is not None and all(isinstance(handler, KitHandler) for handler in _handlers(logger)):
        logging.lastResort.handle(record)


def _severity(level: int) -> tuple[SeverityNumber, str]:
    """Map a level to OpenTelemetry's severity (logs data model, appendix B)."""
    for lowest, number, text in _SEVERITIES:
        if level >= lowest:
            return number, text
    return SeverityNumber.TRACE, "TRACE"


def message_of(record: logging.LogRecord) -> str:
    """Return the formatted message; with arguments that do not fit, the template and what can be said of them."""
    try:
        message = record.getMessage()
        return without_colours(message if type(message) is str else str.__str__(message))
    except Exception as error:
        template = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        return f"{template} [arguments not formatted: {type(error).__name__}]"


def without_colours(text: str) -> str:
    """Return ``text`` without the control sequences of terminals."""
    return _COLOURS.sub("", text) if "\x1b[" in text else text


def _attributes(record: logging.LogRecord) -> dict[str, Any]:
    """Return the record's attributes; the kit's own first, as the first win where there are too many."""
    attributes: dict[str, Any] = {semconv.LOGGER_NAME: record.name}
    if record.levelno >= logging.WARNING:
        attributes[semconv.CODE_FILE_PATH] = record.pathname
        attributes[semconv.CODE_FUNCTION_NAME] = record.funcName
        attributes[semconv.CODE_LINE_NUMBER] = record.lineno
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) and len(record.exc_info) == 3 else None
    if isinstance(error, BaseException):
        attributes.update(exception_attributes(error))
    elif record.exc_text:
        attributes[semconv.EXCEPTION_STACKTRACE] = record.exc_text
    if record.stack_info:
        attributes.setdefault(semconv.EXCEPTION_STACKTRACE, record.stack_info)
    for name, value in list(vars(record).items()):
        if type(name) is str and (name in _STANDARD or name.startswith("otel")):
            continue
        if len(attributes) == _MAX_ATTRIBUTES:
            attributes[semconv.REPAIRED] = True  # the SDK would drop the first ones, and warn each time
            break
        if key := name if type(name) is str else text_of(name):  # a record's dictionary takes any key
            attributes[key] = plain(value)
    return attributes


def exception_type(error: BaseException) -> str:
    """Return the fully qualified name of an exception's class."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def exception_attributes(error: BaseException) -> dict[str, Any]:
    """Return an exception as the conventions' attributes. Total: whatever its ``__str__`` does."""
    return {
        semconv.EXCEPTION_TYPE: exception_type(error),
        semconv.EXCEPTION_MESSAGE: text_of(error),
        semconv.EXCEPTION_STACKTRACE: stack_of(error),
    }


def stack_of(error: BaseException) -> str:
    """Return the stack trace of an exception; without its text when that cannot be had."""
    try:
        return "".join(traceback.format_exception(type(error), error, error.__traceback__))
    except Exception as failure:
        frames = "".join(traceback.format_tb(error.__traceback__))
        return f"{frames}{type(error).__name__}: no text, {type(failure).__name__}"


def attach(handler: KitHandler) -> None:
    """Put the handler where records end up: on the root, the servers' loggers, and others that do not propagate.

    Once each, however often this is called; and again after each configuration of logging.
    """
    configuration.watch("bridge", configuration.Acts(lambda: _take_off(handler), lambda: attach(handler)))
    for logger in _ends():
        if not reaches_kit(logger):
            logger.addHandler(handler)


def reaches_kit(logger: logging.Logger) -> bool:
    """Whether a record of ``logger`` comes to a KitHandler, its own or by way of its parents."""
    return any(isinstance(handler, KitHandler) for handler in _handlers(logger))


def detach(handler: KitHandler) -> None:
    """Take the handler off every logger."""
    configuration.unwatch("bridge")
    _take_off(handler)


def _take_off(handler: KitHandler) -> None:
    for logger in (logging.getLogger(), *_loggers()):
        logger.removeHandler(handler)


def _ends() -> Iterator[logging.Logger]:
    """Yield the loggers whose handlers are the last to see a record, the root first."""
    yield logging.getLogger()
    for name in SERVER_LOGGERS:
        yield logging.getLogger(name)
    for logger in _loggers():
        # One without a real handler was silenced on purpose.
        speaks = any(not isinstance(handler, logging.NullHandler) for handler in logger.handlers)
        if not logger.propagate and speaks and not _is_own(logger.name):
            yield logger


def _loggers() -> list[logging.Logger]:
    known = list(logging.root.manager.loggerDict.values())
    return [logger for logger in known if isinstance(logger, logging.Logger)]  # the others are placeholders


def _handlers(logger: logging.Logger | None) -> Iterator[logging.Handler]:
    """Yield every handler that gets the records of a logger."""
    while logger is not None:
        yield from logger.handlers
        logger = logger.parent if logger.propagate else None


def _is_own(name: str) -> bool:
    return name.partition(".")[0] in _OWN
