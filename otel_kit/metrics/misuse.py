"""What an application does wrong with its instruments: said when one is made, counted when one is used.

Instruments are mostly made while modules are imported, before the kit knows whether it is strict. What is wrong by then
is kept until ``init``, which treats it like a fault of settings: raised when strict, else logged.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from otel_kit.errors import Fault, MetricError
from otel_kit.settings import Settings

CountFault = Callable[[str, BaseException], None]

_log = logging.getLogger(__name__)
_MOST_EARLY = 100
_MOST_SAID = 100


class _Running:
    strict = False
    count: CountFault | None = None


_early: list[Fault] = []
_said: set[str] = set()


class MisuseCounting:
    """The feature that tells the instruments about the running kit."""

    def __init__(self, count_fault: CountFault) -> None:
        self._count_fault = count_fault

    def apply(self, settings: Settings) -> None:
        """Follow ``strict``."""
        follow(self._count_fault, strict=settings.strict)

    def after_fork(self) -> None:
        """Nothing: the count is the kit's, which starts over."""

    def stop(self) -> None:
        """Count nothing more."""
        follow(None, strict=False)


def follow(count: CountFault | None, *, strict: bool) -> None:
    """Count by ``count`` from now on, None when no kit runs; ``strict``: raise what is wrong with a new instrument."""
    _Running.count, _Running.strict = count, strict


def take_early() -> list[Fault]:
    """Return what was wrong before there was a kit, and forget it."""
    faults = list(_early)
    _early.clear()
    return faults


def report(fault: Fault) -> None:
    """Say what is wrong with an instrument that is being made.

    Raises:
        MetricError: the kit runs and is strict.
    """
    if _Running.count is None:
        if len(_early) < _MOST_EARLY:
            _early.append(fault)
        return
    error = MetricError([fault])
    if _Running.strict:
        raise error
    _Running.count("metric_definition", error)
    text = str(fault)
    if text not in _said and len(_said) < _MOST_SAID:
        _said.add(text)  # instruments are also made while requests are served
        _log.warning("%s", text)


def count(place: str, error: BaseException) -> None:
    """Count what an instrument was given and could not use. Never raises; without a kit nothing is recorded anyway."""
    if _Running.count is not None:
        _Running.count(place, error)
