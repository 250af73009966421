"""What events need from the running kit; without one nothing here does anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from otel_kit.events.delivery import Delivered, Pending

CountFault = Callable[[str, BaseException], None]


class DeliverLogs(Protocol):
    """Delivery that can be waited for: ``begin`` before a record is emitted, what it returns after."""

    def begin(self) -> Callable[[float], Delivered | Pending]:
        """Note where the account stands; returns what waits at most so many seconds for what came since."""


def _nowhere(place: str, error: BaseException) -> None:
    """Count nothing: no kit runs."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """What is in force.

    ``strict``: faults of fields are errors. ``delivery``: how audit events arrive; None while no kit runs.
    ``interaction_text``: whether the texts of interactions are recorded, or only their lengths.
    """

    strict: bool = False
    count_fault: CountFault = _nowhere
    delivery: DeliverLogs | None = None
    audit_timeout_s: float = 2.0
    interaction_text: bool = True


NOBODY = Outlet()
_outlet = NOBODY


def outlet() -> Outlet:
    """Return what is in force."""
    return _outlet


def use(new: Outlet) -> None:
    """Put ``new`` in force, as a whole."""
    global _outlet
    _outlet = new
