"""Records of standard library logging become OpenTelemetry's; nothing here ever raises into the application.

They are formatted at once, on the caller's thread: arguments may be mutable, and a record that waits must not change.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry._logs import Logger, LoggerProvider, LogRecord, SeverityNumber
from opentelemetry.context import Context
from opentelemetry.sdk._logs import LogRecordLimits, ReadWriteLogRecord

from otel_kit import semconv
from otel_kit.logs.admission import Admission
from otel_kit.logs.exceptions import exception_attributes
from otel_kit.logs.left_out import Summary
from otel_kit.logs.messages import formatted
from otel_kit.logs.origins import origin_of
from otel_kit.logs.records import Event, handed_over, take_back
from otel_kit.logs.server_records import NAMES, attributes_of
from otel_kit.redaction.snapshot import plain, snapshot_of, text_of
from otel_kit.redaction.strings import MAX_BYTES, OVERLAP
from otel_kit.version import __version__

CountFault = Callable[[str, BaseException], None]
# What every record has, and what OpenTelemetry's own instrumentation of logging adds: the ids are the record's already.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {
    "message", "asctime", "taskName", "otelSpanID", "otelTraceID", "otelTraceSampled", "otelServiceName",
}  # fmt: skip
_SEVERITIES = (
    (logging.CRITICAL, SeverityNumber.FATAL, "FATAL"),
    (logging.ERROR, SeverityNumber.ERROR, "ERROR"),
    (logging.WARNING, SeverityNumber.WARN, "WARN"),
    (logging.INFO, SeverityNumber.INFO, "INFO"),
    (logging.DEBUG, SeverityNumber.DEBUG, "DEBUG"),
)
_COUNT, _LAST = len(vars(logging.makeLogRecord({}))), list(vars(logging.makeLogRecord({})))[-1]
_NUMBERS = frozenset((int, float, bool))
_LONGEST = MAX_BYTES + OVERLAP + 1  # more than redaction looks at: it cuts, and marks the record
_NO_LIMITS = LogRecordLimits(LogRecordLimits.UNSET, LogRecordLimits.UNSET)
_MAX_ATTRIBUTES = 120  # OpenTelemetry's limit is 128; some places are left for what is bound
_SEVERITY_OF = {level: (number, text) for level, number, text in _SEVERITIES}
_UNSET = ("NOTSET", "")


class _Busy(threading.local):
    """Whether this thread is emitting a record."""

    emitting = False


_busy = _Busy()


class KitHandler:
    """Emits records through OpenTelemetry's logs API. Thread-safe, never blocks on I/O. It sits on no logger.

    ``admission`` decides which; it is replaced when settings change. ``owned``: the provider is the kit's own, so that
    only the Guard sees what is emitted.
    """

    def __init__(
        self, provider: LoggerProvider, admission: Admission, count_fault: CountFault, *, owned: bool = False
    ) -> None:
        self._logger: Logger = provider.get_logger(semconv.SCOPE_NAME, __version__, schema_url=semconv.SCHEMA_URL)
        self._owned = owned and hasattr(self._logger, "resource")
        self._resource = getattr(self._logger, "resource", None)
        self._scope = getattr(self._logger, "instrumentation_scope", None)
        self._count_fault = count_fault
        self.admission = admission

    def export(self, record: logging.LogRecord) -> bool:
        """Emit a record unless it is the kit's own, comes out of emitting one, or is left out; returns whether it was.

        For records that do not come through a ``logging.Logger``, too. Prints nothing.
        """
        if _busy.emitting:
            return False
        _busy.emitting = True
        try:
            context = otel_context.get_current()
            if context.get(otel_context._SUPPRESS_INSTRUMENTATION_KEY):
                return False  # urllib3 or grpc, on a thread that exports
            name = record.name if type(record.name) is str else text_of(record.name)
            event = handed_over(record.msg)
            if event is not None:
                take_back()
            if not self.admission.admits(name, record.levelno, record.msg if event is None else event.text):
                return False
            self._emit(name, record, event, context)
            return True
        except Exception as error:
            self._count_fault("log_handler", error)
            return False
        finally:
            _busy.emitting = False

    def say(self, summary: Summary) -> None:
        """Emit the record that says how many records were left out. Never raises."""
        setting = "logs.sampling" if summary.reason == "sampled" else "logs.rate_limit"
        number, text = _severity(summary.level)
        about = f"{summary.count} records left out by {setting} within {summary.seconds:g} s: {summary.template}"
        try:
            self._logger.emit(
                LogRecord(
                    severity_number=number,
                    severity_text=text,
                    body=about,
                    attributes={
                        semconv.LOGGER_NAME: summary.logger,
                        semconv.LOG_SUPPRESSED_COUNT: summary.count,
                        semconv.LOG_SUPPRESSED_REASON: summary.reason,
                        semconv.LOG_TEMPLATE: summary.template,
                    },
                )
            )
        except Exception as error:
            self._count_fault("log_handler", error)

    def _emit(self, name: str, record: logging.LogRecord, event: Event | None, context: Context) -> None:
        number, text = _SEVERITY_OF.get(record.levelno) or _severity(record.levelno)
        body, is_formatted = formatted(record) if event is None else (event.text, True)
        attributes = _attributes(name, record, event)
        if not is_formatted:
            attributes[semconv.REPAIRED] = True
            if record.args:
                attributes[semconv.LOG_ARGUMENTS] = plain(record.args)
        timestamp = int(record.created * 1e9)
        emitted = LogRecord(
            timestamp=timestamp,
            observed_timestamp=timestamp,
            severity_number=number,
            severity_text=text if record.levelname not in _UNSET else None,
            body=body,
            attributes=attributes,
            context=context if record.exc_info is None else origin_of(record) or context,
        )
        if self._owned:
            emitted = _Unchecked(emitted, self._resource, self._scope, _NO_LIMITS)  # type: ignore[assignment]
        self._logger.emit(emitted)


class _Unchecked(ReadWriteLogRecord):
    """A record whose attributes are a snapshot already: the SDK would check and copy each of them once more.

    Half of the SDK's time goes into that. The limits hold where the redacted copy is made, of which everybody behind
    the Guard gets one.
    """

    def __post_init__(self) -> None:
        """Leave the attributes as they are."""


def _severity(level: int) -> tuple[SeverityNumber, str]:
    """Map a level to OpenTelemetry's severity (logs data model, appendix B)."""
    for lowest, number, text in _SEVERITIES:
        if level >= lowest:
            return number, text
    return SeverityNumber.TRACE, "TRACE"


def _attributes(name: str, record: logging.LogRecord, event: Event | None) -> dict[str, Any]:
    """Return the record's attributes; the kit's own first, as the first win where there are too many."""
    attributes: dict[str, Any] = {semconv.LOGGER_NAME: name}
    if record.levelno >= logging.WARNING:
        attributes[semconv.CODE_FILE_PATH] = record.pathname
        if record.funcName is not None:
            attributes[semconv.CODE_FUNCTION_NAME] = record.funcName
        attributes[semconv.CODE_LINE_NUMBER] = record.lineno
    exc_info = record.exc_info
    error = exc_info[1] if isinstance(exc_info, tuple) and len(exc_info) == 3 else None
    if error is None and event is not None:
        error = event.error
    if isinstance(error, BaseException):
        attributes.update(exception_attributes(error))
    elif record.exc_text:
        attributes[semconv.EXCEPTION_STACKTRACE] = record.exc_text
    if record.stack_info:
        attributes.setdefault(semconv.EXCEPTION_STACKTRACE, record.stack_info)
    if record.name in NAMES:
        attributes.update(attributes_of(record))
    about: Any = vars(record)
    if event is not None:
        # structlog's formatter passes on by extras with an underscore.
        extras = [(key, value) for key, value in about.items() if type(key) is str and not key.startswith("_")]
        _add_extras(attributes, [*extras, *event.fields.items()])
    elif len(about) != _COUNT:
        # Extras come behind what every record has, unless somebody's own class of records sees to it otherwise.
        skipped = _COUNT if next(islice(about, _COUNT - 1, _COUNT), None) == _LAST else 0
        _add_extras(attributes, list(islice(about.items(), skipped, None)))
    return attributes


def _add_extras(attributes: dict[str, Any], items: Iterable[tuple[Any, Any]]) -> None:
    for name, value in items:
        if type(name) is str:
            if name in _STANDARD or not name:
                continue
        elif not (name := text_of(name)):  # a record's dictionary takes any key
            continue
        if len(attributes) >= _MAX_ATTRIBUTES:
            attributes[semconv.REPAIRED] = True  # the SDK would drop the first ones, and warn each time
            return
        kind = type(value)
        if kind is str:
            attributes[name] = value if len(value) < _LONGEST else value[:_LONGEST]
        else:
            attributes[name], repaired = (value, False) if kind in _NUMBERS else snapshot_of(value)
            if repaired:
                attributes[semconv.REPAIRED] = True
