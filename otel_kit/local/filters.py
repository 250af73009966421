"""Query parameters as typed filters; what is wrong is named."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams

from otel_kit.local import jsontext

RANGE = ("from", "to")
PAGED = (*RANGE, "cursor", "limit")
SEVERITIES = ("trace", "debug", "info", "warn", "error", "fatal")
_DEFAULT_RANGE = 15 * 60 * 1_000_000_000
_LARGEST_MS = 9.2e12
_MAX_LIMIT = 500


class BadFilter(Exception):
    """A query parameter that cannot be used: ``field`` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class TimeRange:
    """Nanoseconds since the epoch, both inclusive."""

    start: int
    end: int


class Filters:
    """The parameters of one request. Each reader raises BadFilter for a value it cannot use."""

    def __init__(self, params: QueryParams, known: Collection[str]) -> None:
        for key in params:
            if key not in known:
                raise BadFilter(key, f"there is no filter {key}; known are {', '.join(sorted(known))}")
        self._params = params

    def text(self, name: str) -> str | None:
        """Return a text; None if it is absent or empty."""
        return self._params.get(name) or None

    def texts(self, name: str) -> list[str]:
        """Return all values of a parameter that may be repeated."""
        return [value for value in self._params.getlist(name) if value]

    def one_of(self, name: str, choices: Collection[str]) -> str | None:
        """Return one of ``choices``, None if it is absent."""
        value = self.text(name)
        if value is not None and value not in choices:
            raise BadFilter(name, f"{name} must be one of {', '.join(choices)}")
        return value

    def hexadecimal(self, name: str, size: int) -> bytes | None:
        """Return an id of ``size`` bytes."""
        value = self.text(name)
        if value is None:
            return None
        return parse_id(name, value, size)

    def number(self, name: str) -> float | None:
        """Return a number that is not negative."""
        value = self.text(name)
        if value is None:
            return None
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0 <= number < _LARGEST_MS:
            raise BadFilter(name, f"{name} must be a number, not negative")
        return number

    def limit(self, default: int = 50) -> int:
        """Return how many items are wanted, 1 to 500."""
        value = self.number("limit")
        if value is None:
            return default
        if value != int(value) or not 1 <= value <= _MAX_LIMIT:
            raise BadFilter("limit", f"limit must be a whole number from 1 to {_MAX_LIMIT}")
        return int(value)

    def range(self, now: int) -> TimeRange:
        """Return ``from`` to ``to``; the last 15 minutes before ``to`` (default: now) if they are absent."""
        # Milliseconds as float hold about a quarter of a microsecond: widen to whole microseconds.
        start, end = self.number("from"), self.number("to")
        last = now if end is None else (int(end * 1000) + 1) * 1000
        first = last - _DEFAULT_RANGE if start is None else int(start * 1000) * 1000
        if first > last:
            raise BadFilter("from", "from must not be later than to")
        return TimeRange(first, last)

    def attributes(self, name: str = "attr") -> list[tuple[str, str]]:
        """Return ``key=value`` pairs; the value may hold further equal signs."""
        pairs = []
        for text in self.texts(name):
            key, sign, value = text.partition("=")
            if not sign or not key:
                raise BadFilter(name, f"{name} must be written key=value")
            pairs.append((key, value))
        return pairs

    def cursor(self, kinds: tuple[type, ...]) -> list[Any] | None:
        """Return the values of a cursor that ``cursor_of`` made."""
        value = self.text("cursor")
        if value is None:
            return None
        try:
            found = jsontext.decode(base64.urlsafe_b64decode(value.encode()))
        except (ValueError, binascii.Error):
            found = None
        if not isinstance(found, list) or [type(item) for item in found] != list(kinds):
            raise BadFilter("cursor", "this cursor is not one that a list gave out")
        return found

    def place(self) -> tuple[int, int] | None:
        """Return the time and id that a cursor of a list by time holds."""
        found = self.cursor((int, int))
        return None if found is None else (found[0], found[1])


def cursor_of(*values: Any) -> str:
    """Return an opaque cursor that holds ``values``."""
    return base64.urlsafe_b64encode(jsontext.encode(list(values)).encode()).decode()


def parse_id(name: str, value: str, size: int) -> bytes:
    """Return the bytes of a hexadecimal id.

    Raises:
        BadFilter: it has another length or other characters.
    """
    if not re.fullmatch(f"[0-9a-fA-F]{{{2 * size}}}", value):
        raise BadFilter(name, f"{name} must be {2 * size} hexadecimal digits")
    return bytes.fromhex(value)
