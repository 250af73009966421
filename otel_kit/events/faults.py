"""What becomes of a fault in an event's fields: an error when strict, else counted, and said once."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

from otel_kit.errors import EventError, Fault
from otel_kit.events.outlet import outlet
from otel_kit.events.statistics import count_event_fault

_log = logging.getLogger(__name__)
_MAX_KINDS = 500
_MAX_OF_A_KIND = 10  # names may come out of data
_QUOTED = re.compile(r"'.*'|\".*\"", re.DOTALL)
_said: dict[tuple[str, str], set[str]] = {}


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
        _say_once(event, fault)


def _say_once(event: str, fault: Fault) -> None:
    kind, text = (event, _QUOTED.sub("", fault.what)), str(fault)
    said = _said.setdefault(kind, set()) if kind in _said or len(_said) < _MAX_KINDS else {text}
    if text not in said and len(said) < _MAX_OF_A_KIND:
        said.add(text)
        _log.warning("%s", text)
