"""loguru: each message becomes a log record, and what loguru's own sinks write is redacted.

The kit adds a sink of its own, by loguru's public ``add``. ``logger.remove()``, with which most applications begin
their own set-up, would take it off: it comes back after that. The sinks' ``write`` is wrapped for the redaction.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from wrapt import register_post_import_hook, wrap_function_wrapper

from otel_kit.logs.library_bridge import Bridge
from otel_kit.logs.printed import redacted_text
from otel_kit.logs.records import exported_elsewhere, new_record
from otel_kit.logs.sinks.elsewhere import library_prints
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import Redactor

_WRITERS = (
    ("loguru._simple_sinks", "StreamSink.write"),
    ("loguru._simple_sinks", "CallableSink.write"),
    ("loguru._simple_sinks", "AsyncSink.write"),
    ("loguru._file_sink", "FileSink.write"),
)
_LOGGING = logging.__name__


_bridge: Bridge | None = None
_installed = False
_sink_id: int | None = None


def connect(bridge: Bridge) -> None:
    """Take loguru's messages from now on; loguru is not imported for it."""
    global _bridge, _installed
    _bridge = bridge
    if not _installed:
        _installed = True
        register_post_import_hook(_install, "loguru")
    elif (loguru := sys.modules.get("loguru")) is not None:
        _guarded(lambda: _remove_sink(loguru.logger))
        _guarded(lambda: _add_sink(loguru.logger))


def disconnect() -> None:
    """Leave loguru alone: the kit's sink is taken off."""
    global _bridge
    if (loguru := sys.modules.get("loguru")) is not None:
        _guarded(lambda: _remove_sink(loguru.logger))
    _bridge = None


def _guarded(act: Callable[[], object]) -> None:
    try:
        act()
    except Exception as error:
        if _bridge is not None:
            _bridge.count_fault("loguru", error)


def _install(loguru: Any) -> None:
    def install() -> None:
        wrap_function_wrapper("loguru._logger", "Logger.remove", _remove)
        for module, name in _WRITERS:
            wrap_function_wrapper(module, name, _write)
        wrap_function_wrapper("loguru._simple_sinks", "StandardSink.write", _write_by_logging)
        wrap_function_wrapper("loguru._error_interceptor", "ErrorInterceptor.print", _print_error)
        _add_sink(loguru.logger)

    _guarded(install)


def _add_sink(logger: Any) -> None:
    global _sink_id
    if _bridge is not None and (_sink_id is None or _sink_id not in logger._core.handlers):
        # A function as format: loguru adds the stack trace to a text.
        options = {"level": _bridge.level, "backtrace": False, "diagnose": False}
        _sink_id = logger.add(_take, format=lambda _record: "{message}", **options)


def _remove_sink(logger: Any) -> None:
    global _sink_id
    sink_id, _sink_id = _sink_id, None
    if sink_id is not None and sink_id in logger._core.handlers:
        logger.remove(sink_id)


def _remove(wrapped: Callable[..., Any], logger: Any, args: Any, kwargs: Any) -> Any:
    """Remove what the application asks for; the kit's sink comes back."""
    try:
        return wrapped(*args, **kwargs)
    finally:
        if _sink_id is not None:
            _guarded(lambda: _add_sink(logger))


def _take(message: Any) -> None:
    """Be the kit's sink: hand one message over. Called by loguru, on the thread that logs."""
    bridge = _bridge
    if bridge is None or _is_within_logging():
        return
    try:
        record = _record(message.record)
        if (loguru := sys.modules.get("loguru")) is not None and len(loguru.logger._core.handlers) > 1:
            library_prints(record.name)
        bridge.export(record)
    except Exception as error:
        bridge.count_fault("loguru", error)


def _is_within_logging() -> bool:
    """Whether a handler of standard library logging gave this message to loguru: that record is exported itself."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_name == "callHandlers" and frame.f_globals.get("__name__") == _LOGGING:
            return True
        frame = frame.f_back
    return False


def _record(taken: Any) -> logging.LogRecord:
    level = int(taken["level"].no)
    number = logging.CRITICAL if level >= logging.CRITICAL else level
    error = taken["exception"].value if taken["exception"] is not None else None
    error = error if isinstance(error, BaseException) else None
    record = new_record(str(taken["name"]), number, taken["message"], taken["extra"], error, ("loguru",))
    record.created = taken["time"].timestamp()
    record.levelname = logging.getLevelName(number) if level == number else taken["level"].name
    record.pathname, record.lineno, record.funcName = taken["file"].path, taken["line"], taken["function"]
    return record


def _write(wrapped: Callable[..., Any], sink: Any, args: Any, kwargs: Any) -> Any:
    bridge = _bridge
    if bridge is None or bridge.redactor is None or getattr(sink, "_function", None) is _take:
        return wrapped(*args, **kwargs)
    message = args[0] if args else kwargs["message"]
    try:
        shown = _redacted(message, bridge.redactor())
    except Exception as error:
        bridge.count_fault("loguru", error)
        return None  # rather no line than a raw one
    return wrapped(shown)


def _redacted(message: Any, redactor: Redactor) -> Any:
    """Return a message like it: its text redacted, and the values that a sink may read from its record."""
    text = str(message)
    ending = text[len(text.rstrip("\n")) :]
    shown = type(message)(redacted_text(text.removesuffix(ending), redactor) + ending)
    about = message.record
    shown.record = {
        **about,
        "message": redacted_text(about["message"], redactor),
        "extra": redactor.attributes(about["extra"], Findings()),
        # What is raised again, or sent on with its frames, cannot be redacted: the text of it stands in the message.
        "exception": None,
    }
    return shown


def _write_by_logging(wrapped: Callable[..., Any], _sink: Any, args: Any, kwargs: Any) -> Any:
    """Loguru hands a message to a handler of logging: the kit's sink has exported it already."""
    if _bridge is None:
        return wrapped(*args, **kwargs)
    with exported_elsewhere():
        return wrapped(*args, **kwargs)


def _print_error(wrapped: Callable[..., Any], _interceptor: Any, args: Any, kwargs: Any) -> Any:
    """Say that a sink failed without the record, which loguru would print raw."""
    bridge = _bridge
    if bridge is None or bridge.redactor is None:
        return wrapped(*args, **kwargs)
    kwargs.pop("record", None)
    return wrapped(None, **kwargs)
