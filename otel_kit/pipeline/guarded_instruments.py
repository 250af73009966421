"""Instruments that take whatever an application gives them: attributes whose own code raises must not raise into it.

OpenTelemetry's SDK (1.45) prints attribute values on the caller's thread. What it takes goes to it untouched; only
attributes that it refuses become plain copies first. See ``guarded_spans`` for the same of spans.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from opentelemetry.context import Context
from opentelemetry.metrics import Counter, Histogram, UpDownCounter, _Gauge
from opentelemetry.sdk.metrics import Meter

from otel_kit.redaction.snapshot import plain

Instrument = TypeVar("Instrument")


class GuardedMeter(Meter):
    """The SDK's meter; its synchronous instruments raise nothing for what an attribute does."""

    def create_counter(self, *args: Any, **kwargs: Any) -> Counter:
        """Return a counter, guarded."""
        return _guarded(super().create_counter(*args, **kwargs), "add")

    def create_up_down_counter(self, *args: Any, **kwargs: Any) -> UpDownCounter:
        """Return an up-down counter, guarded."""
        return _guarded(super().create_up_down_counter(*args, **kwargs), "add")

    def create_histogram(self, *args: Any, **kwargs: Any) -> Histogram:
        """Return a histogram, guarded."""
        return _guarded(super().create_histogram(*args, **kwargs), "record")

    def create_gauge(self, *args: Any, **kwargs: Any) -> _Gauge:
        """Return a gauge, guarded."""
        return _guarded(super().create_gauge(*args, **kwargs), "set")


def _guarded(instrument: Instrument, method: str) -> Instrument:
    """Wrap the method that records; an instrument that was asked for before is guarded already."""
    if method not in vars(instrument):
        setattr(instrument, method, _total(getattr(instrument, method)))
    return instrument


def _total(record: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(record)
    def guarded(amount: float, attributes: Any = None, context: Context | None = None) -> None:
        try:
            record(amount, attributes, context)
        except Exception:  # a value's own code, so it can be anything
            copied = plain(attributes)
            record(amount, copied if isinstance(copied, dict) else None, context)

    return guarded
