"""The alerts of this process: which are active, and what of their changes is told."""

from __future__ import annotations

import datetime
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, get_args

from otel_kit.events.security import AlertSeverity

SEVERITIES: tuple[AlertSeverity, ...] = get_args(AlertSeverity)
_HOUR_S = 3600.0
Held = Literal["cooldown", "hourly_cap"]


@dataclass(frozen=True, slots=True)
class AlertLimits:
    """See the settings ``alerts.*``."""

    cooldown_s: float = 300.0
    hourly_cap: int = 20
    names: int = 50


@dataclass(frozen=True, slots=True)
class ActiveAlert:
    """An alert that is active; ``since`` in UTC. The reason is as the application gave it: redact it."""

    name: str
    severity: AlertSeverity
    since: datetime.datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What one call has changed. ``held``: why nothing is told of it. ``left_out``: changes that went untold before."""

    alert: ActiveAlert
    held: Held | None = None
    left_out: int = 0
    lasted_s: float = 0.0


@dataclass(slots=True)
class _Named:
    """What is known of one name, active or not."""

    active: ActiveAlert | None = None
    error_type: str | None = None
    active_since_s: float = 0.0
    told: tuple[AlertSeverity, str | None] | None = None  # severity and error, None when it was told that all is well
    told_at_s: float = 0.0
    told_severity: AlertSeverity | None = None  # of the last time, also when that is over
    told_in_an_hour: deque[float] = field(default_factory=deque)
    held: Held = "cooldown"  # why the last change went untold
    left_out: int = 0
    severities: set[AlertSeverity] = field(default_factory=set)


class AlertState:
    """Thread-safe; nothing here does I/O."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.limits = AlertLimits()
        self.clear()

    def clear(self) -> None:
        """Know of no alert, with a new lock: the old one may be held in the parent of a forked child."""
        self._lock = threading.RLock()
        self._names: dict[str, _Named] = {}
        self._has_ended = False

    def has_room_for(self, name: str) -> bool:
        """Whether one more name may be used, or this one is already."""
        with self._lock:
            if self._has_ended:
                self.forget_inactive()
            return name in self._names or len(self._names) < self.limits.names

    def raised(
        self, name: str, severity: AlertSeverity, reason: str | None, error_type: str | None = None
    ) -> Change | None:
        """Make an alert active; returns what that has changed, None if nothing."""
        with self._lock:
            known = self._names.setdefault(name, _Named())
            now, before = self._clock(), known.active
            is_change = before is None or (before.severity, known.error_type) != (severity, error_type)
            if before is None:
                known.active_since_s = now
            since = datetime.datetime.now(datetime.UTC) if before is None else before.since
            kept = before.reason if before is not None and reason is None else reason
            known.active = ActiveAlert(name, severity, since, kept)
            known.error_type = error_type
            known.severities.add(severity)
            if known.told == (severity, error_type):
                return None
            held = self._held(known, severity, error_type, now)
            if held is not None:
                known.held = held
                known.left_out += is_change
                return Change(known.active, held) if is_change else None
            left_out, known.left_out = known.left_out, 0
            known.told, known.told_severity, known.told_at_s = (severity, error_type), severity, now
            known.told_in_an_hour.append(now)
            return Change(known.active, None, left_out)

    def resolved(self, name: str) -> Change | None:
        """Make an alert inactive; returns what that has changed, None if it was not active.

        That a told alert is over is always told, whatever the limits.
        """
        with self._lock:
            known = self._names.get(name)
            if known is None or known.active is None:
                return None
            now, was = self._clock(), known.active
            known.active, known.error_type = None, None
            lasted_s = now - known.active_since_s
            if known.told is None:
                known.left_out += 1
                return Change(was, known.held, 0, lasted_s)
            known.told = None
            known.told_in_an_hour.append(now)
            return Change(was, None, 0, lasted_s)

    def end_all(self) -> None:
        """Make every alert inactive; its series go on with 0 until a name is used again, under the first limits."""
        with self._lock:
            self.limits, self._has_ended = AlertLimits(), True
            for known in self._names.values():
                known.active, known.error_type, known.told = None, None, None

    def forget_inactive(self) -> None:
        """Free the names of what is not active: a new start of the kit."""
        with self._lock:
            self._names = {name: known for name, known in self._names.items() if known.active is not None}
            self._has_ended = False

    def active(self) -> tuple[ActiveAlert, ...]:
        """Return what is active, in the order in which the names were first used."""
        with self._lock:
            return tuple(known.active for known in self._names.values() if known.active is not None)

    def series(self) -> Iterator[tuple[str, AlertSeverity, int]]:
        """Yield name, severity, and 1 or 0 for each severity that a name ever had: bounded by the number of names."""
        with self._lock:
            known = [(name, one.active, sorted(one.severities)) for name, one in self._names.items()]
        for name, active, severities in known:
            for severity in severities:
                yield name, severity, int(active is not None and active.severity == severity)

    def _held(self, known: _Named, severity: AlertSeverity, error_type: str | None, now: float) -> Held | None:
        while known.told_in_an_hour and now - known.told_in_an_hour[0] >= _HOUR_S:
            known.told_in_an_hour.popleft()
        if len(known.told_in_an_hour) >= self.limits.hourly_cap:
            return "hourly_cap"
        if known.told_severity is None or now - known.told_at_s >= self.limits.cooldown_s:
            return None
        # What has got worse is told at once.
        is_worse = SEVERITIES.index(severity) > SEVERITIES.index(known.told_severity)
        return None if is_worse or (known.told is not None and error_type is not None) else "cooldown"
