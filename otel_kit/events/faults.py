"""What becomes of a fault in an event's fields: an error when strict, else counted, and said once."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from otel_kit.errors import EventError, Fault
from otel_kit.events.outlet import outlet
from otel_kit.events.statistics import count_event_fault

_log = logging.getLogger(__name__)
_MAX_SAID = 100
_said: set[str] = set()


def report(event: str, faults: Sequence[Fault], *, place: str = "event_fields") -> None:
    """Report what is wrong with a call of ``event``; does nothing without faults.

    Raises:
        EventError: only when the kit is strict.
    """
    if not faults:
        return
    error = EventError(faults)
    if outlet().strict:
        raise error
    for fault in faults:
        count_event_fault(event)
        outlet().count_fault(place, error)
        text = str(fault)
        if text not in _said and len(_said) < _MAX_SAID:
            _said.add(text)
            _log.warning("%s", text)
