"""The prices follow the settings and the user's own file while the application runs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from otel_kit.errors import ConfigError
from otel_kit.events.llm.call import forget_dropped, settle_dropped
from otel_kit.events.llm.in_force import NOBODY, InForce, in_force, use
from otel_kit.events.llm.price_file import own_prices, shipped_prices
from otel_kit.events.llm.prices import PriceTable
from otel_kit.settings import Settings

_log = logging.getLogger(__name__)


class Watch(Protocol):
    """A watch over files, as ``file_watch.FileWatch`` is one."""

    def start(self) -> None:
        """Begin to look."""

    def stop(self) -> None:
        """Look no more."""

    def after_fork(self) -> None:
        """Go on in a child."""


# Makes a watch over files that looks at an interval in seconds and calls what it is given after a change.
NewWatch = Callable[[Sequence[Path], float, Callable[[], object]], Watch]


class Prices:
    """A feature of the kit: reads the file that ``llm.prices`` names, and reads it again when it changes.

    A file with faults leaves the prices as they are and is told once. Thread-safe: a table is replaced as a whole.
    """

    def __init__(self, new_watch: NewWatch) -> None:
        self._new_watch = new_watch
        self._watch: Watch | None = None
        self._path: Path | None = None
        self._told = ""

    def apply(self, settings: Settings) -> None:
        """Follow the settings; reads the file on the caller's thread, some milliseconds."""
        path = Path(settings.llm.prices_file) if settings.llm.prices_file is not None else None
        if path != self._path:
            self._path = path
            self._watch_anew(settings.policy_watch_s)
        use(InForce(self._read(), settings.llm.content))

    def after_fork(self) -> None:
        """Go on watching in a child."""
        forget_dropped()
        if self._watch is not None:
            self._watch.after_fork()

    def stop(self) -> None:
        """Send what was held back, and go back to the shipped prices."""
        if self._watch is not None:
            self._watch.stop()
        settle_dropped()
        use(NOBODY)

    def _watch_anew(self, interval_s: float) -> None:
        if self._watch is not None:
            self._watch.stop()
            self._watch = None
        if self._path is not None and interval_s > 0:
            self._watch = self._new_watch([self._path], interval_s, self._read_again)  # before the file is read
            self._watch.start()

    def _read_again(self) -> None:
        use(InForce(self._read(), in_force().content))

    def _read(self) -> PriceTable | None:
        """Return the user's prices; with a fault in them those that were in force."""
        if self._path is None:
            return None
        try:
            prices = own_prices(self._path, shipped_prices())
        except ConfigError as error:
            self._tell("\n".join(f"  - {fault}" for fault in error.faults))
            return in_force().own
        self._told = ""
        return prices

    def _tell(self, faults: str) -> None:
        if faults != self._told:
            self._told = faults
            _log.error("the prices of %s were not taken over, those before stay in force:\n%s", self._path, faults)
