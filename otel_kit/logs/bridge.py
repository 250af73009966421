"""Standard library logging, the application's handlers, warnings and unhandled exceptions, while a kit runs."""

from __future__ import annotations

import logging
from collections.abc import Callable

from opentelemetry._logs import LoggerProvider

from otel_kit.logs import dispatch, foreign, handed_on
from otel_kit.logs.admission import Admission
from otel_kit.logs.captured_warnings import CapturedWarnings
from otel_kit.logs.left_out import left_out
from otel_kit.logs.levels import Levels, number_of
from otel_kit.logs.printed import redacted_text
from otel_kit.logs.records import is_exported_elsewhere
from otel_kit.logs.sinks import console_in_force
from otel_kit.logs.stdlib import KitHandler
from otel_kit.logs.unhandled import Unhandled
from otel_kit.logs.volume import volume
from otel_kit.redaction.redactor import Redactor
from otel_kit.settings import Settings

CountFault = Callable[[str, BaseException], None]


class LogBridge:
    """The feature.

    ``owned``: the provider is the kit's own. ``is_wanted``: whether records go anywhere. ``level_asked_for``: whether
    ``logs.level`` was set.
    """

    def __init__(
        self,
        provider: LoggerProvider,
        redactor: Callable[[], Redactor],
        count_fault: CountFault,
        *,
        owned: bool,
        is_wanted: Callable[[], bool],
        level_asked_for: Callable[[], bool],
    ) -> None:
        self._is_wanted = is_wanted
        self._exports = False
        self._level_asked_for = level_asked_for
        self._redactor = redactor
        self._count_fault = count_fault
        self._levels = Levels()
        self._replaces = False
        self._handler = KitHandler(provider, self._admission(None), count_fault, owned=owned)
        self._receive = self._take  # one object: who disconnects must be who is connected
        self._redacts = False
        self._warnings = CapturedWarnings(self.export, self._printed)
        self._unhandled = Unhandled(self.export, self._printed)

    def export(self, record: logging.LogRecord) -> None:
        """Export one record that does not come through a logger. Prints nothing, never raises."""
        if self._exports:
            self._handler.export(record)

    def apply(self, settings: Settings) -> None:
        """Follow the settings: levels, sampling, limits, and what becomes of the application's handlers."""
        self._exports = self._is_wanted()
        self._replaces = settings.foreign_handlers == "replace"
        if self._exports:
            logs = settings.logs
            by_logger = {name: number_of(level) for name, level in (logs.levels or {}).items()}
            self._levels.apply(number_of(settings.log_level), by_logger, asked_for=self._level_asked_for())
            self._handler.admission = self._admission(settings)
            left_out.say = self._handler.say
            self._warnings.start()
            self._unhandled.start()
            handed_on.start()
        else:
            self._let_go()
        if self._exports or self._replaces:
            dispatch.connect(self._receive)
        if self._replaces:
            foreign.replace_handlers()
        self._redacts = settings.foreign_handlers != "leave" and settings.redaction
        if self._redacts:
            foreign.wrap_handlers(self._redactor)  # those that come later, too

    def serving(self) -> None:
        """Look at logging again: the server has started, and the application has configured what it wants."""
        self._levels.settle()
        if self._replaces:
            foreign.replace_handlers()

    def ending(self, reason: str) -> None:
        """Say what was left out so far: nothing may run any more to say it."""
        left_out.say_all()

    def after_fork(self) -> None:
        """Count from zero in a child."""
        volume.after_fork()
        left_out.after_fork()

    def stop(self) -> None:
        """Say what was left out, and let go of logging; the handlers stay redacted until the lanes have ended."""
        dispatch.disconnect(self._receive)
        left_out.say_all()
        self._let_go()

    def _let_go(self) -> None:
        handed_on.stop()
        self._unhandled.stop()
        self._warnings.stop()
        self._levels.restore()

    def _printed(self, text: str) -> str:
        """Return what may be printed of a text that Python prints."""
        try:
            return redacted_text(text, self._redactor()) if self._redacts else text
        except Exception as error:
            self._count_fault("log_bridge", error)
            return f"[not shown: {type(error).__name__}]\n"

    def _admission(self, settings: Settings | None) -> Admission:
        sampling = settings.logs.sampling if settings is not None else None
        rates = settings.logs.rate_limit if settings is not None else None
        return Admission(self._levels.thresholds, sampling, rates, volume, left_out)

    def _take(self, logger: logging.Logger, record: logging.LogRecord) -> bool:
        """Export a record; returns whether the application's handlers get it."""
        try:
            if self._replaces:
                foreign.keep_replaced()
            if not self._exports:
                return True
            self._levels.settle()
            exported = (
                not handed_on.is_taken(record)
                and not is_exported_elsewhere()
                and not dispatch.is_silenced(logger)
                and self._handler.export(record)
            )
            if not self._levels.is_for_application(logger, record.levelno):
                return False
            # Nobody configured logging, so Python would print warnings: not twice, where the kit's console does.
            return not (exported and console_in_force.shows(record.name, record.levelno) and not logger.hasHandlers())
        except Exception as error:
            self._count_fault("log_bridge", error)
            return True
