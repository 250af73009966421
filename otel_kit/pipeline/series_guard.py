"""How many series an instrument may have: what goes beyond becomes ``_OTHER`` before the SDK sees it.

Three bounds, each of them add-only, so that the same attributes always become the same series: an up-down counter
subtracts from the series that it added to, and a series that was there before an attack stays as it is.

1. *Values*: an attribute has at most so many distinct values.
2. *Client units*: the attributes whose values clients choose (``semconv.CLIENT_CHOSEN``) multiply with each other. What
   one measurement has of them counts as one value; further ones become ``_OTHER`` in all of them.
3. *Series*: the combinations of what is left. Beyond the first share they are new without client units only. Beyond
   the second a new one loses the attribute that has most values, then the next, until it is one that is there.

The last bound lies below the limit of the SDK (2,000 from 1.45.2 on), whose overflow takes all attributes at once.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from otel_kit import semconv

_SCALARS = (str, int, float, bool, bytes, type(None))
_MAX_TEXT = 1024  # longer is no label: nobody groups by it, and 200 of them would fill the memory
_MAX_NAMES = 64  # attribute names of one instrument: whoever makes names out of data makes a series of each
_SERIES = 1000
_SERIES_AT_MOST = 1900
_KNOWN_AT_MOST = 4 * _SERIES_AT_MOST  # attributes as they come, in any order

Attributes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SeriesLimits:
    """Distinct values that one attribute of one instrument may have, and how many what clients choose may have."""

    attribute_values: int = 200
    client_values: int = 3


class SeriesGuards:
    """The guards of all instruments of a process: their limits, and the count of what they cut."""

    def __init__(self, limits: SeriesLimits | None = None) -> None:
        self.limits = limits or SeriesLimits()
        self._guards: list[SeriesGuard] = []
        self.after_fork()

    def guard(self, instrument: str) -> SeriesGuard:
        """Return a new guard for an instrument."""
        made = SeriesGuard(instrument, self)
        with self.lock:
            self._guards.append(made)
        return made

    def count(self, instrument: str, attribute: str) -> None:
        """Count a measurement whose attribute was cut; the caller holds the lock."""
        self._cut[instrument, attribute] += 1

    def totals(self) -> Mapping[tuple[str, str], int]:
        """Return how many measurements had a value cut, by instrument and attribute."""
        with self.lock:
            return dict(self._cut)

    def after_fork(self) -> None:
        """Start anew in a child: its readers begin without history, too."""
        self.lock = threading.Lock()
        self._cut: Counter[tuple[str, str]] = Counter()
        for guard in self._guards:
            guard.reset()


class SeriesGuard:
    """Decides about the attributes of one instrument. Thread-safe; known attributes cost one look into a set."""

    def __init__(self, instrument: str, guards: SeriesGuards) -> None:
        self._instrument = instrument
        self._guards = guards
        # An outgoing request goes to hosts that the application chose.
        self._is_of_client = ".client." in instrument
        # Contrib's old names have the route there, which no client chooses.
        self._target_is_route = instrument.startswith("http.server.")
        # The kit's own figures are few, and a narrow bound must not blind who looks for what it does.
        self._least = SeriesLimits().attribute_values if instrument.startswith(f"{semconv.SCOPE_NAME}.") else 0
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._known: set[tuple[Any, ...]] = set()
        self._values: dict[str, set[Any]] = {}
        self._units: set[tuple[Any, ...]] = set()
        self._series: set[frozenset[Any]] = set()
        self._widest_first: tuple[str, ...] | None = None

    def __call__(self, attributes: Attributes) -> Attributes:
        """Return the attributes themselves, or a copy with ``_OTHER`` in place of what goes beyond the bounds.

        Raises:
            Exception: whatever the code of a foreign value raises.
        """
        given = tuple(attributes.items())
        try:
            if given in self._known:
                return attributes
        except TypeError:  # a list or a map among the values
            pass
        return self._decided(given, attributes)

    def _decided(self, given: tuple[tuple[str, Any], ...], attributes: Attributes) -> Attributes:
        keys = {name: _key(value) for name, value in given}
        with self._guards.lock:
            kept = self._within_names(keys)
            self._cut_values(kept)
            self._cut_units(kept)
            self._cut_series(kept)
            other = [name for name, value in given if kept.get(name) == semconv.OTHER and not _is_other(value)]
            dropped = len(keys) - len(kept)
            for name in other:
                self._guards.count(self._instrument, name if name in self._values else semconv.OTHER)
            if dropped:
                self._guards.count(self._instrument, semconv.OTHER)
            if not other and not dropped:
                if len(self._known) < _KNOWN_AT_MOST and _is_hashable(given):
                    self._known.add(given)
                return attributes
        return {name: semconv.OTHER if name in other else value for name, value in given if name in kept}

    def _within_names(self, keys: Mapping[str, Any]) -> dict[str, Any]:
        for name in keys:
            if name not in self._values and len(self._values) < _MAX_NAMES:
                self._values[name] = set()
        return {name: key for name, key in keys.items() if name in self._values}

    def _cut_values(self, kept: dict[str, Any]) -> None:
        limit = max(self._guards.limits.attribute_values, self._least)
        for name, key in kept.items():
            if not self._is_unit(name):
                kept[name] = _admitted(key, self._values[name], limit)

    def _cut_units(self, kept: dict[str, Any]) -> None:
        unit = {name: key for name, key in sorted(kept.items()) if self._is_unit(name)}
        if unit and _admitted(tuple(unit.items()), self._units, self._guards.limits.client_values) == semconv.OTHER:
            kept.update(dict.fromkeys(unit, semconv.OTHER))

    def _cut_series(self, kept: dict[str, Any]) -> None:
        series = frozenset(kept.items())
        if series in self._series:
            return
        if len(self._series) < _SERIES:
            self._series.add(series)
            return
        if self._widest_first is None:  # settled once: what is cut of a combination must not change
            self._widest_first = tuple(sorted(self._values, key=lambda name: -len(self._values[name])))
        for names in self._next_to_cut(kept):
            kept.update(dict.fromkeys(names, semconv.OTHER))
            series = frozenset(kept.items())
            if series in self._series:
                return
            if len(self._series) < _SERIES_AT_MOST:
                self._series.add(series)
                return
        kept.clear()

    def _next_to_cut(self, kept: Mapping[str, Any]) -> Iterable[list[str]]:
        yield [name for name in kept if self._is_unit(name)]
        widest_first = self._widest_first or ()
        for name in widest_first:
            if name in kept and not self._is_unit(name):
                yield [name]
        yield [name for name in kept if name not in widest_first]

    def _is_unit(self, name: str) -> bool:
        if self._is_of_client or (self._target_is_route and name == semconv.OLD_HTTP_TARGET):
            return False
        return name in semconv.CLIENT_CHOSEN or name.startswith(semconv.CLIENT_CHOSEN_PREFIXES)


def _admitted(key: Any, known: set[Any], limit: int) -> Any:
    """Return the key if it is known or there is room for it, else ``_OTHER``, which needs no room."""
    if key == semconv.OTHER or key in known:
        return key
    if len(known) >= limit:
        return semconv.OTHER
    known.add(key)
    return key


def _key(value: Any) -> Any:
    """Return what tells values apart: equal and hashable for equal ones, and small."""
    kind = type(value)
    if kind is str:
        return value if len(value) <= _MAX_TEXT else semconv.OTHER
    if kind is float and value != value:
        return semconv.OTHER  # not equal to itself: the SDK would make a series each time
    if kind in _SCALARS:
        return value
    if kind in (list, tuple):
        value, kind = [_key(member) for member in value], tuple  # the SDK tells lists and tuples not apart
    text = repr(value)
    return (kind, text) if len(text) <= _MAX_TEXT else semconv.OTHER


def _is_other(value: Any) -> bool:
    return type(value) is str and value == semconv.OTHER


def _is_hashable(given: tuple[Any, ...]) -> bool:
    """Whether all values are plain ones: only those may be kept, an object could change or hold the memory."""
    return all(type(value) in _SCALARS for _, value in given)
