"""``warnings`` become log records of ``py.warnings``, and are printed as ever, redacted.

``logging.captureWarnings`` would take what is printed away from the application, so ``warnings.showwarning`` is chained
instead. Which warnings are shown at all stays the business of the filters.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from typing import Any

from otel_kit import semconv
from otel_kit.redaction.snapshot import text_of

NAME = "py.warnings"  # as logging.captureWarnings has it


class CapturedWarnings:
    """Hands a record of each warning that is shown to ``export``, and what Python prints of it through ``redact``.

    Neither must raise.
    """

    def __init__(self, export: Callable[[logging.LogRecord], object], redact: Callable[[str], str]) -> None:
        self._export = export
        self._redact = redact
        self._before: Any = None
        self._active = False
        self._hook = self._show

    def start(self) -> None:
        """Look on from now on. Doing it twice changes nothing."""
        if self._active:
            return
        self._active = True
        self._before = warnings.showwarning
        warnings.showwarning = self._hook

    def stop(self) -> None:
        """Look on no more; where somebody has chained another function since, this one passes on."""
        self._active = False
        if warnings.showwarning is self._hook:
            warnings.showwarning = self._before

    def _show(
        self, message: Any, category: Any, filename: Any, lineno: Any, file: Any = None, line: Any = None
    ) -> None:
        # What logging.captureWarnings logs comes to the bridge by itself.
        if self._active and file is None and getattr(self._before, "__module__", None) != logging.__name__:
            self._record(message, category, filename, lineno)
            if getattr(self._before, "__module__", None) == warnings.__name__:
                text = text_of(message)
                shown = self._redact(text)
                message = message if shown == text else shown
        self._before(message, category, filename, lineno, file, line)

    def _record(self, message: Any, category: Any, filename: Any, lineno: Any) -> None:
        if not logging.getLogger(NAME).isEnabledFor(logging.WARNING):
            return
        record = logging.LogRecord(NAME, logging.WARNING, text_of(filename), lineno, text_of(message), (), None)
        record.__dict__[semconv.WARNING_CATEGORY] = text_of(getattr(category, "__name__", category))
        self._export(record)
