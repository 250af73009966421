"""Standard library logging becomes OpenTelemetry log records; nothing here ever raises into the application.

The handler sits on the root logger and on the loggers that do not propagate to it (uvicorn's and gunicorn's). It
formats at once, on the caller's thread: arguments may be mutable, and a record that waits must not change.
"""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry._logs import Logger, LoggerProvider, LogRecord, SeverityNumber

from otel_kit import semconv
from otel_kit.logs.origins import origin_of
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
CountFault = Callable[[str, BaseException], None]
_busy = threading.local()


class KitHandler(logging.Handler):
    """Emits each record through OpenTelemetry's logs API. Thread-safe, never blocks on I/O."""

    def __init__(self, provider: LoggerProvider, level: int, count_fault: CountFault) -> None:
        super().__init__(level)
        self._logger: Logger = provider.get_logger(semconv.SCOPE_NAME, __version__, schema_url=semconv.SCHEMA_URL)
        self._count_fault = count_fault

    def createLock(self) -> None:  # noqa: N802 - logging's name
        """Have no lock: nothing here is shared, and a lock held at a fork would hang the child."""
        self.lock = None

    def handle(self, record: logging.LogRecord) -> bool:
        """Emit the record unless it is the kit's own or comes out of emitting one."""
        try:
            if record.name.split(".", 1)[0] in _OWN or getattr(_busy, "emitting", False):
                return False
            if otel_context.get_value(otel_context._SUPPRESS_INSTRUMENTATION_KEY):
                return False  # urllib3 or grpc, on a thread that exports
            if not self.filter(record):
                return False
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
                body=_message(record),
                attributes=_attributes(record),
                context=origin_of(record),
            )
        )


def _severity(level: int) -> tuple[SeverityNumber, str]:
    """Map a level to OpenTelemetry's severity (logs data model, appendix B)."""
    for lowest, number, text in _SEVERITIES:
        if level >= lowest:
            return number, text
    return SeverityNumber.TRACE, "TRACE"


def _message(record: logging.LogRecord) -> str:
    """Return the formatted message; with arguments that do not fit, the template and what can be said of them."""
    try:
        message = record.getMessage()
        return message if type(message) is str else str.__str__(message)
    except Exception as error:
        template = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        return f"{template} [arguments not formatted: {type(error).__name__}]"


def _attributes(record: logging.LogRecord) -> dict[str, Any]:
    attributes: dict[str, Any] = {semconv.LOGGER_NAME: record.name}
    for name, value in vars(record).items():
        if name not in _STANDARD and not name.startswith("otel"):
            attributes[name] = plain(value)
    if record.levelno >= logging.WARNING:
        attributes[semconv.CODE_FILE_PATH] = record.pathname
        attributes[semconv.CODE_FUNCTION_NAME] = record.funcName
        attributes[semconv.CODE_LINE_NUMBER] = record.lineno
    if isinstance(record.exc_info, tuple) and record.exc_info[1] is not None:
        attributes.update(exception_attributes(record.exc_info[1]))
    elif record.exc_text:
        attributes[semconv.EXCEPTION_STACKTRACE] = record.exc_text
    if record.stack_info:
        attributes.setdefault(semconv.EXCEPTION_STACKTRACE, record.stack_info)
    return attributes


def exception_attributes(error: BaseException) -> dict[str, Any]:
    """Return an exception as the conventions' attributes. Total: whatever its ``__str__`` does."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return {
        semconv.EXCEPTION_TYPE: name,
        semconv.EXCEPTION_MESSAGE: text_of(error),
        semconv.EXCEPTION_STACKTRACE: _stack(error),
    }


def text_of(value: object) -> str:
    """Return ``str(value)``, or what can be said if that fails."""
    try:
        text = str(value)
        return text if type(text) is str else str.__str__(text)
    except Exception as error:
        return f"<{type(value).__name__}: no text, {type(error).__name__}>"


def _stack(error: BaseException) -> str:
    try:
        return "".join(traceback.format_exception(type(error), error, error.__traceback__))
    except Exception as failure:
        frames = "".join(traceback.format_tb(error.__traceback__))
        return f"{frames}{type(error).__name__}: no text, {type(failure).__name__}"


_SCALARS = (str, bool, int, float, bytes, type(None))


def plain(value: object, depth: int = 0) -> Any:
    """Return a snapshot that no later change reaches and whose cleaning by the SDK cannot fail."""
    if type(value) in _SCALARS:
        return value
    try:
        if isinstance(value, dict) and depth < 16:
            return {text_of(key): plain(item, depth + 1) for key, item in list(value.items())[:256]}
        if isinstance(value, list | tuple | set | frozenset) and depth < 16:
            return [plain(item, depth + 1) for item in list(value)[:1024]]
    except Exception as error:
        return f"<{type(value).__name__}: no value, {type(error).__name__}>"
    return text_of(value)


def attach(handler: KitHandler) -> None:
    """Put the handler on the root logger and on the servers' own; once each, however often this is called."""
    for logger in (logging.getLogger(), *(logging.getLogger(name) for name in SERVER_LOGGERS)):
        has_it = any(isinstance(other, KitHandler) for other in logger.handlers)
        if not has_it and (logger.parent is None or not reaches_kit(logger)):
            logger.addHandler(handler)


def reaches_kit(logger: logging.Logger) -> bool:
    """Whether a record of ``logger`` comes to a KitHandler by way of its parents."""
    current: logging.Logger | None = logger
    while current is not None:
        if any(isinstance(handler, KitHandler) for handler in current.handlers):
            return True
        if not current.propagate:
            return False
        current = current.parent
    return False


def detach(handler: KitHandler) -> None:
    """Take the handler off every logger."""
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in SERVER_LOGGERS)]
    for logger in loggers:
        logger.removeHandler(handler)
