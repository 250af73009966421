"""Instruments that take what an application gives them: nothing raises into it, nothing makes series without end.

OpenTelemetry's SDK (1.45) prints attribute values on the caller's thread. What it takes goes to it untouched; only
attributes that it refuses become plain copies first. See ``guarded_spans`` for the same of spans.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from opentelemetry.context import Context
from opentelemetry.metrics import (
    CallbackOptions,
    Counter,
    Histogram,
    ObservableCounter,
    ObservableGauge,
    ObservableUpDownCounter,
    UpDownCounter,
    _Gauge,
)
from opentelemetry.sdk.metrics import Meter

from otel_kit.pipeline.series_guard import SeriesGuard, SeriesGuards
from otel_kit.redaction.snapshot import plain

CountFault = Callable[[str, BaseException], None]
Instrument = TypeVar("Instrument")


class GuardedMeter(Meter):
    """The SDK's meter; its instruments raise nothing for what they are given, and have so many series at most."""

    guards: SeriesGuards
    count_fault: CountFault

    @classmethod
    def around(cls, meter: Meter, guards: SeriesGuards, count_fault: CountFault) -> GuardedMeter:
        """Make the SDK's meter itself a guarded one: a second ask for it finds the same."""
        meter.__class__ = cls
        assert isinstance(meter, cls)
        meter.guards, meter.count_fault = guards, count_fault
        return meter

    def create_counter(self, *args: Any, **kwargs: Any) -> Counter:
        """Return a counter, guarded."""
        return self._recording(super().create_counter(*args, **kwargs), "add")

    def create_up_down_counter(self, *args: Any, **kwargs: Any) -> UpDownCounter:
        """Return an up-down counter, guarded."""
        return self._recording(super().create_up_down_counter(*args, **kwargs), "add")

    def create_histogram(self, *args: Any, **kwargs: Any) -> Histogram:
        """Return a histogram, guarded."""
        return self._recording(super().create_histogram(*args, **kwargs), "record")

    def create_gauge(self, *args: Any, **kwargs: Any) -> _Gauge:
        """Return a gauge, guarded."""
        return self._recording(super().create_gauge(*args, **kwargs), "set")

    def create_observable_counter(self, *args: Any, **kwargs: Any) -> ObservableCounter:
        """Return an observable counter, guarded."""
        return self._observed(super().create_observable_counter(*args, **kwargs))

    def create_observable_up_down_counter(self, *args: Any, **kwargs: Any) -> ObservableUpDownCounter:
        """Return an observable up-down counter, guarded."""
        return self._observed(super().create_observable_up_down_counter(*args, **kwargs))

    def create_observable_gauge(self, *args: Any, **kwargs: Any) -> ObservableGauge:
        """Return an observable gauge, guarded."""
        return self._observed(super().create_observable_gauge(*args, **kwargs))

    def _recording(self, instrument: Instrument, method: str) -> Instrument:
        """Wrap the method that records; an instrument that was asked for before is guarded already."""
        if method not in vars(instrument):
            guard = self.guards.guard(str(getattr(instrument, "name", "")))
            setattr(instrument, method, _total(getattr(instrument, method), guard, self.count_fault))
        return instrument

    def _observed(self, instrument: Instrument) -> Instrument:
        """Wrap the method by which the SDK asks an observable instrument's callbacks."""
        if "callback" not in vars(instrument):
            guard = self.guards.guard(str(getattr(instrument, "name", "")))
            inner: Callable[[CallbackOptions], Iterable[Any]] = instrument.callback  # type: ignore[attr-defined]
            instrument.callback = _bounded(inner, guard)  # type: ignore[attr-defined]
        return instrument


def _total(record: Callable[..., None], guard: SeriesGuard, count_fault: CountFault) -> Callable[..., None]:
    @functools.wraps(record)
    def guarded(amount: float, attributes: Any = None, context: Context | None = None) -> None:
        try:
            record(amount, guard(attributes) if attributes else attributes, context)
        except Exception:  # a value's own code, so it can be anything
            try:
                copied = plain(attributes)
                record(amount, guard(copied) if isinstance(copied, dict) else None, context)
            except Exception as error:  # an amount that is no number
                count_fault("measurement", error)

    return guarded


def _bounded(
    callback: Callable[[CallbackOptions], Iterable[Any]], guard: SeriesGuard
) -> Callable[[CallbackOptions], Iterator[Any]]:
    def guarded(options: CallbackOptions) -> Iterator[Any]:
        for measurement in callback(options):
            given = measurement.attributes
            if not given:
                yield measurement
                continue
            try:
                kept = guard(given)
            except Exception:
                copied = plain(given)
                kept = guard(copied) if isinstance(copied, dict) else {}
            yield measurement if kept is given else replace(measurement, attributes=kept)

    return guarded
