"""Exceptions that nobody handles become log records; what Python prints of them stays as it is, redacted."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

MAIN = "sys.excepthook"
THREAD = "threading.excepthook"
_NO_FAULT = (KeyboardInterrupt, SystemExit)


class Unhandled:
    """Chains ``sys.excepthook`` (FATAL: the process ends) and ``threading.excepthook`` (ERROR: the thread does).

    Python's own hooks print the traceback: where ``redact`` finds something in it, the redacted text is printed.
    Hooks of others are called as they are. Neither ``export`` nor ``redact`` must raise.
    """

    def __init__(self, export: Callable[[logging.LogRecord], object], redact: Callable[[str], str]) -> None:
        self._export = export
        self._redact = redact
        self._active = False
        self._before: Any = None
        self._before_thread: Any = None
        self._hook, self._thread_hook = self._in_main, self._in_thread

    def start(self) -> None:
        """Look on from now on. Doing it twice changes nothing."""
        if self._active:
            return
        self._active = True
        self._before, self._before_thread = sys.excepthook, threading.excepthook
        sys.excepthook, threading.excepthook = self._hook, self._thread_hook

    def stop(self) -> None:
        """Look on no more; where somebody has chained another function since, these pass on."""
        self._active = False
        if sys.excepthook is self._hook:
            sys.excepthook = self._before
        if threading.excepthook is self._thread_hook:
            threading.excepthook = self._before_thread

    def _in_main(self, kind: Any, error: Any, trace: Any) -> None:
        self._record(MAIN, logging.CRITICAL, error, "")
        if self._before is not sys.__excepthook__ or not self._printed_redacted("", error, trace):
            self._before(kind, error, trace)

    def _in_thread(self, args: Any) -> None:
        # At the interpreter's end the thread may be gone from the arguments.
        where = f" in thread {getattr(args.thread, 'name', '?')}"
        self._record(THREAD, logging.ERROR, args.exc_value, where)
        title = f"Exception{where}:\n"
        if self._before_thread is not threading.__excepthook__ or not self._printed_redacted(
            title, args.exc_value, args.exc_traceback
        ):
            self._before_thread(args)

    def _printed_redacted(self, title: str, error: Any, trace: Any) -> bool:
        """Print what Python would, redacted; False, and nothing printed, where there is nothing to hide."""
        if not self._active or not isinstance(error, BaseException) or isinstance(error, SystemExit):
            return False
        try:
            text = "".join(traceback.format_exception(type(error), error, trace))
            shown = self._redact(text)
            if shown == text or sys.stderr is None:
                return False
            sys.stderr.write(f"{title}{shown}")
            sys.stderr.flush()
        except Exception:  # not formatted, or standard error is gone: Python knows what to do then
            return False
        return True

    def _record(self, name: str, level: int, error: Any, where: str) -> None:
        if not self._active or not isinstance(error, BaseException) or isinstance(error, _NO_FAULT):
            return
        trace = error.__traceback__
        last = trace
        while last is not None and last.tb_next is not None:
            last = last.tb_next
        file, line, function = "", 0, None
        if last is not None:
            code = last.tb_frame.f_code
            file, line, function = code.co_filename, last.tb_lineno, code.co_name
        text = f"unhandled {type(error).__name__}{where}"
        self._export(logging.LogRecord(name, level, file, line, text, (), (type(error), error, trace), function))
