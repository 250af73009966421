"""The console follows the settings while the application runs; files and syslog are set at the start only."""

from __future__ import annotations

from collections.abc import Callable

from otel_kit.logs.sinks import console_in_force
from otel_kit.logs.sinks.console import Console
from otel_kit.settings import Settings


class ConsoleMode:
    """A feature: switches the console on and off, and tells others when it prints."""

    def __init__(self, console: Console, switch: Callable[[bool], object]) -> None:
        self._console = console
        self._switch = switch

    def apply(self, settings: Settings) -> None:
        """Take mode and stream from the settings."""
        self._console.use(settings.logs.console, settings.logs.console_stream)
        is_on = self._console.is_on
        self._switch(is_on)
        console_in_force.use(self._console.shows if is_on else None)

    def after_fork(self) -> None:
        """The console of a child is its parent's."""

    def stop(self) -> None:
        """Say no more that records are printed here."""
        console_in_force.use(None)
