"""``otel_kit.meter``: instruments with names, units and boundaries that make rates, mean, p95 and p99 usable.

orders = otel_kit.meter("shop").counter("shop.orders", "{order}", "Orders that were paid.")
orders.add(1, payment="card")
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, overload

from opentelemetry import metrics as api

from otel_kit.errors import Fault
from otel_kit.metrics import misuse
from otel_kit.metrics.boundaries import boundaries_for, checked
from otel_kit.metrics.error_counter import ErrorCounter
from otel_kit.metrics.instruments import Counter, Gauge, Histogram, Observed, ObservedGauge, UpDown
from otel_kit.metrics.naming import checked_name, checked_unit
from otel_kit.metrics.timing import Timer

Made = TypeVar("Made")

_INSTRUMENTS = 1000

_lock = threading.Lock()
_meters: dict[tuple[str, str | None], Meter] = {}


def meter(name: str | None = None, version: str | None = None) -> Meter:
    """Return the meter of a part of the application; the same one for the same name and version.

    ``name`` is the instrumentation scope, by default the module of the caller. May be called before ``init``.
    """
    if not isinstance(name, str) or not name:
        name = str(sys._getframe(1).f_globals.get("__name__", "app"))
    with _lock:
        found = _meters.get((name, version))
        if found is None:
            found = _meters[name, version] = Meter(api.get_meter(name, version or ""))
    return found


class Meter:
    """Makes instruments, each once: asked for again, the same comes back.

    Names follow OpenTelemetry's rule, units are UCUM's (``s``, ``By``, ``{order}``, ``1`` for shares, ``USD``); times
    and sizes in other units are recorded in seconds and bytes. What cannot be used is repaired and said; with a strict
    kit it raises ``MetricError``. Without a unit an instrument has the one it was made with; a new counter has ``1``,
    any other none.
    """

    def __init__(self, inner: api.Meter) -> None:
        self._inner = inner
        self._made: dict[str, tuple[str, str, Any]] = {}
        self._lock = threading.RLock()

    def counter(self, name: str, unit: str | None = None, description: str = "") -> Counter:
        """Return a counter of what only grows; ``_total`` in Prometheus."""

        def make(name: str, unit: str, scale: float) -> Counter:
            return Counter(name, self._inner.create_counter(name, unit, description), scale)

        return self._once("counter", name, unit, make, "1")

    def up_down(self, name: str, unit: str | None = None, description: str = "") -> UpDown:
        """Return a counter of what comes and goes."""

        def make(name: str, unit: str, scale: float) -> UpDown:
            return UpDown(name, self._inner.create_up_down_counter(name, unit, description), scale)

        return self._once("up_down", name, unit, make, "1")

    @overload
    def gauge(self, name: str, unit: str | None = None, description: str = "", *, callback: None = None) -> Gauge: ...
    @overload
    def gauge(
        self, name: str, unit: str | None = None, description: str = "", *, callback: Callable[[], Observed]
    ) -> ObservedGauge: ...
    def gauge(
        self,
        name: str,
        unit: str | None = None,
        description: str = "",
        *,
        callback: Callable[[], Observed] | None = None,
    ) -> Gauge | ObservedGauge:
        """Return a gauge to set, or one whose ``callback`` is asked at each collection; a later callback replaces it.

        The unit ``1`` is for shares only: Prometheus calls such a gauge a ratio.
        """
        if callback is None:

            def make(name: str, unit: str, scale: float) -> Gauge:
                return Gauge(name, self._inner.create_gauge(name, unit, description), scale)

            return self._once("gauge", name, unit, make)

        def make_observed(name: str, unit: str, scale: float) -> ObservedGauge:
            made = ObservedGauge(name, callback, scale)
            self._inner.create_observable_gauge(name, [made.observe], unit, description)
            return made

        observed = self._once("observed_gauge", name, unit, make_observed)
        observed.callback = callback
        return observed

    def histogram(
        self, name: str, unit: str | None = None, description: str = "", *, boundaries: Iterable[float] | None = None
    ) -> Histogram:
        """Return a histogram; without ``boundaries`` they follow from the unit."""

        def make(name: str, unit: str, scale: float) -> Histogram:
            return Histogram(name, self._histogram(name, unit, description, scale, boundaries), scale)

        return self._once("histogram", name, unit, make)

    def timer(self, name: str, description: str = "", *, boundaries: Iterable[float] | None = None) -> Timer:
        """Return a timer: context manager and decorator that records seconds."""

        def make(name: str, unit: str, scale: float) -> Timer:
            return Timer(name, self._histogram(name, unit, description, scale, boundaries))

        return self._once("timer", name, "s", make)

    def errors(self, name: str, description: str = "") -> ErrorCounter:
        """Return a counter of errors by ``error.type``: context manager, decorator, and ``count``."""

        def make(name: str, unit: str, _: float) -> ErrorCounter:
            return ErrorCounter(name, self._inner.create_counter(name, unit, description))

        return self._once("errors", name, "{error}", make)

    def _histogram(
        self, name: str, unit: str, description: str, scale: float, boundaries: Iterable[float] | None
    ) -> api.Histogram:
        chosen = None if boundaries is None else checked(boundaries, name, scale)
        advice = chosen or boundaries_for(unit)
        return self._inner.create_histogram(name, unit, description, explicit_bucket_boundaries_advisory=list(advice))

    def _once(
        self, kind: str, name: str, unit: str | None, make: Callable[[str, str, float], Made], default: str = ""
    ) -> Made:
        name = checked_name(name, kind)
        recorded, scale = checked_unit(default if unit is None else unit, name)
        with self._lock:
            known = self._made.get(name.lower())
            if known is not None and known[0] != kind:
                misuse.report(Fault(f"meter.{kind}({name!r})", f"is a {known[0]} already",
                                    "one name has one kind of instrument",
                                    f"Until then it is recorded as {name}.{kind}."))  # fmt: skip
                name = f"{name}.{kind}"
                known = self._made.get(name.lower())
            if known is None and len(self._made) >= _INSTRUMENTS:
                what = f"is one of more than {_INSTRUMENTS} instruments of one meter"
                mend = "What tells them apart belongs into an attribute."
                misuse.report(Fault(f"meter.{kind}({name!r})", what, "names are not made out of data", mend))
                name = f"overflow.{kind}"
                known = self._made.get(name)
            if known is None:
                known = self._made[name.lower()] = (kind, unit or recorded, make(name, recorded, scale))
            elif unit is not None and known[1] != unit:
                misuse.report(Fault(f"meter.{kind}({name!r})", f"has the unit {known[1]!r} already, not {unit!r}",
                                    "one name has one unit", "Until then the first one holds."))  # fmt: skip
        made: Made = known[2]
        return made

    def _renew(self) -> None:
        self._lock = threading.RLock()


def _renew() -> None:
    """Give a forked child locks that nobody holds."""
    global _lock
    _lock = threading.Lock()
    for known in _meters.values():
        known._renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
