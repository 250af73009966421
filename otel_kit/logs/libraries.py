"""The logging libraries beside the standard one: connected while the kit runs."""

from __future__ import annotations

import logging
from collections.abc import Callable

from otel_kit.logs import loguru_sink, structlog_events
from otel_kit.logs.levels import number_of
from otel_kit.logs.library_bridge import Bridge
from otel_kit.logs.printed import RedactorInForce
from otel_kit.settings import Settings

CountFault = Callable[[str, BaseException], None]


class Libraries:
    """structlog and loguru hand their records to ``export``; what they print is redacted by ``redactor``."""

    def __init__(
        self, export: Callable[[logging.LogRecord], None], redactor: RedactorInForce, count_fault: CountFault
    ) -> None:
        self._export = export
        self._redactor = redactor
        self._count_fault = count_fault

    def apply(self, settings: Settings) -> None:
        """Connect both; neither is imported for it."""
        redactor = self._redactor if settings.redaction and settings.foreign_handlers != "leave" else None
        names = [settings.log_level, *(settings.logs.levels or {}).values()]
        lowest = min(number_of(name) for name in names)
        bridge = Bridge(self._export, redactor, self._count_fault, lowest)
        structlog_events.connect(bridge)
        loguru_sink.connect(bridge)

    def after_fork(self) -> None:
        """Nothing here has a thread."""

    def stop(self) -> None:
        """Leave both alone."""
        structlog_events.disconnect()
        loguru_sink.disconnect()
