"""Records of other logging libraries: as standard library records, and their fields when logging prints them.

structlog often renders an event to one string and has logging print that. The fields would be lost in it: the event
hands them over to whoever exports the record, on the same thread.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """What stands behind a rendered message: the event's own text, its fields and its exception."""

    text: str
    fields: Mapping[str, Any]
    error: BaseException | None


class _Handed(threading.local):
    """With defaults on the class: asking a thread's own storage for what is not there costs a log call 5 %."""

    pair: tuple[Any, Event] | None = None
    elsewhere = False


_handed = _Handed()
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


def hand_over(rendered: Any, event: Event) -> None:
    """Keep an event until the record comes whose message is ``rendered``, this very object."""
    _handed.pair = (rendered, event)


def handed_over(message: Any) -> Event | None:
    """Return the event behind a record's message if it is what was rendered last on this thread."""
    pair = _handed.pair
    return pair[1] if pair is not None and pair[0] is message else None


def take_back() -> None:
    """Forget what was handed over: the record has been handled."""
    _handed.pair = None


@contextlib.contextmanager
def exported_elsewhere() -> Iterator[None]:
    """Say of the records that this thread makes within the block that another bridge exports them."""
    before = _handed.elsewhere
    _handed.elsewhere = True
    try:
        yield
    finally:
        _handed.elsewhere = before


def is_exported_elsewhere() -> bool:
    """Whether another bridge exports what this thread logs now."""
    return _handed.elsewhere


def new_record(
    name: str,
    level: int,
    message: str,
    fields: Mapping[str, Any],
    error: BaseException | None,
    packages: tuple[str, ...],
) -> logging.LogRecord:
    """Return a record with ``fields`` as extras; its place is the first frame outside ``packages`` and the kit."""
    path, line, function = _place(packages)
    exc_info = (type(error), error, error.__traceback__) if error is not None else None
    record = logging.LogRecord(name, level, path, line, message, (), exc_info, function)
    record.__dict__.update(as_extras(fields))
    return record


def as_extras(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields under names that a record can have beside logging's own: those get an underscore behind them."""
    return {f"{key}_" if key in _STANDARD else key: value for key, value in fields.items()}


def _place(packages: tuple[str, ...]) -> tuple[str, int, str]:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.partition(".")[0] not in ("otel_kit", "wrapt", *packages):
            return frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name
        frame = frame.f_back
    return "", 0, ""
