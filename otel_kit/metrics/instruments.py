"""Counter, up-down counter, gauge and histogram: OpenTelemetry's, with checked amounts and attributes as keywords.

All are thread-safe, block for nothing, and raise nothing: what cannot be recorded is counted as a fault. They work
before ``otel_kit.init``, through OpenTelemetry's own proxies, and then record nothing.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from opentelemetry import metrics as api
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.util.types import AttributeValue

from otel_kit.metrics import misuse

Attributes: TypeAlias = Mapping[str, AttributeValue]
Observed: TypeAlias = "float | Iterable[tuple[float, Attributes]] | None"
"""What a gauge's callback may return: a number, nothing, or a number with attributes for each series."""


class Counter:
    """Counts what only grows: requests, bytes sent, sums of money earned."""

    def __init__(self, name: str, counter: api.Counter, scale: float) -> None:
        self.name = name
        self._counter = counter
        self._scale = scale

    def add(self, amount: float = 1, /, attributes: Attributes | None = None, **more: AttributeValue) -> None:
        """Add ``amount``, which is not negative, to the series with these attributes."""
        number = usable(amount, self._scale, may_fall=False)
        if number is not None:
            self._counter.add(number, merged(attributes, more))


class UpDown:
    """Counts what comes and goes: connections, jobs that wait."""

    def __init__(self, name: str, counter: api.UpDownCounter, scale: float) -> None:
        self.name = name
        self._counter = counter
        self._scale = scale

    def add(self, amount: float = 1, /, attributes: Attributes | None = None, **more: AttributeValue) -> None:
        """Add ``amount``, which may be negative, to the series with these attributes."""
        number = usable(amount, self._scale)
        if number is not None:
            self._counter.add(number, merged(attributes, more))

    @contextlib.contextmanager
    def held(self, attributes: Attributes | None = None, **more: AttributeValue) -> Iterator[None]:
        """Count one more as long as the block runs, however it ends."""
        attributes = merged(attributes, more)  # once: the same series is counted down, whatever changes meanwhile
        self.add(1, attributes)
        try:
            yield
        finally:
            self.add(-1, attributes)


class Gauge:
    """A value that is what it is at the moment: a temperature, a fill level."""

    def __init__(self, name: str, gauge: Any, scale: float) -> None:
        self.name = name
        self._gauge = gauge
        self._scale = scale

    def set(self, value: float, /, attributes: Attributes | None = None, **more: AttributeValue) -> None:
        """Set the value of the series with these attributes."""
        number = usable(value, self._scale)
        if number is not None:
            self._gauge.set(number, merged(attributes, more))


class ObservedGauge:
    """A gauge whose callback is asked at each collection, on the kit's thread; it should not block."""

    def __init__(self, name: str, callback: Callable[[], Observed], scale: float) -> None:
        self.name = name
        self.callback = callback
        self._scale = scale

    def observe(self, _: CallbackOptions) -> Iterator[Observation]:
        """Yield what the callback says now; what it raises is counted."""
        try:
            said = self.callback()
            if said is None:
                return
            pairs = said if isinstance(said, Iterable) else [(said, None)]
            for value, attributes in pairs:
                number = usable(value, self._scale)
                if number is not None:
                    yield Observation(number, merged(attributes, {}))
        except Exception as error:
            misuse.count("metric_callback", error)


class Histogram:
    """Values of which mean, p95 and p99 are wanted: sizes, prices, numbers of results; for durations see ``timer``."""

    def __init__(self, name: str, histogram: api.Histogram, scale: float) -> None:
        self.name = name
        self._histogram = histogram
        self._scale = scale

    def record(self, amount: float, /, attributes: Attributes | None = None, **more: AttributeValue) -> None:
        """Record ``amount``, which is not negative, in the series with these attributes."""
        number = usable(amount, self._scale, may_fall=False)
        if number is not None:
            self._histogram.record(number, merged(attributes, more))


def usable(amount: object, scale: float, *, may_fall: bool = True) -> float | None:
    """Return the amount in the recorded unit; None, counted, if it is no number, not finite, or falls and may not."""
    try:
        number = amount if type(amount) is int or type(amount) is float else _foreign(amount)
        if math.isfinite(number) and (number >= 0 or may_fall):
            return number * scale if scale != 1 else number
        misuse.count("metric_amount", ValueError("infinite, not a number, or negative"))
    except Exception as error:  # a foreign number's own code can raise anything
        misuse.count("metric_amount", error)
    return None


def _foreign(amount: Any) -> float:
    """Return the number that a Decimal, a Fraction or one of numpy's is; a text is none."""
    if not hasattr(type(amount), "__float__"):
        raise TypeError(f"an amount cannot be a {type(amount).__name__}")
    return float(amount)


def merged(attributes: Attributes | None, more: Mapping[str, AttributeValue]) -> Attributes | None:
    """Return the attributes of both; what is no mapping is left out and counted."""
    if attributes is not None and not isinstance(attributes, Mapping):
        misuse.count(  # type: ignore[unreachable]  # a caller without types
            "metric_attributes", TypeError(f"attributes cannot be a {type(attributes).__name__}")
        )
        attributes = None
    if not more:
        return attributes
    return {**attributes, **more} if attributes else more
