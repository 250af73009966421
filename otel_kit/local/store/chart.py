"""Points of several series as one line of a chart."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from otel_kit.local.filters import TimeRange
from otel_kit.local.store.histograms import Bucket, quantile
from otel_kit.local.store.increases import Reading, increases

_QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_OF_HISTOGRAMS = ("p50", "p95", "p99", "avg", "sum", "count", "rate")
AGGREGATIONS: dict[str, tuple[str, ...]] = {
    "sum": ("rate", "value", "sum", "avg", "count"),
    "gauge": ("value", "avg", "sum", "count"),
    "histogram": _OF_HISTOGRAMS,
    "exponential_histogram": _OF_HISTOGRAMS,
    "summary": _OF_HISTOGRAMS,
}
"""What can be asked of each type of metric."""


def default_aggregation(kind: str, is_monotonic: bool) -> str:
    """Return what is shown of a metric if nothing is asked for."""
    if kind == "sum":
        return "rate" if is_monotonic else "value"
    return "value" if kind == "gauge" else "p95"


class Group:
    """Sums up series per bucket of time.

    - ``rate``: what was added, per second; of a histogram the number of values.
    - ``sum``: of a counter or histogram what was added; of a gauge the sum over the series.
    - ``value``: the newest value; counters add up over the series, gauges are averaged.
    - ``avg``: of a histogram the mean of the values; else the mean over the series.
    - ``count``: of a histogram the number of values; else the number of series.
    - ``p50``, ``p95``, ``p99``: of the values; a summary's own quantile, averaged over the series.
    """

    def __init__(self, kind: str, temporality: int | None, width: int, times: TimeRange) -> None:
        """Prepare for buckets of ``width`` nanoseconds."""
        self._kind, self._temporality, self._width, self._times = kind, temporality, width, times
        self._added: defaultdict[int, float] = defaultdict(float)
        self._counted: defaultdict[int, int] = defaultdict(int)
        self._buckets: defaultdict[int, Counter[Bucket]] = defaultdict(Counter)
        self._newest: defaultdict[int, dict[int, Reading]] = defaultdict(dict)

    def add(self, series: int, readings: Sequence[Reading]) -> None:
        """Add the points of one series, by time."""
        for reading in readings:
            if reading.time >= self._times.start:
                self._newest[reading.time // self._width][series] = reading
        if self._kind == "gauge":
            return
        for each in increases(readings, self._temporality, self._times.start):
            at = each.time // self._width
            self._added[at] += each.total or 0.0
            self._counted[at] += each.count or 0
            if each.histogram is not None:
                self._buckets[at].update(each.histogram.buckets())

    @property
    def is_empty(self) -> bool:
        """Whether no point lies in the range."""
        return not self._newest

    def points(self, aggregation: str) -> list[tuple[float, float | None]]:
        """Return ``(time in ms, value or None)`` for every bucket of the range."""
        value = self._reader(aggregation)
        first, last = self._times.start // self._width, self._times.end // self._width
        return [(at * self._width / 1e6, value(at) if at in self._newest else None) for at in range(first, last + 1)]

    def _reader(self, aggregation: str) -> Callable[[int], float | None]:
        is_distribution = self._kind not in ("sum", "gauge")
        if aggregation in _QUANTILES:
            q = _QUANTILES[aggregation]
            if self._kind == "summary":
                return lambda at: _mean(
                    [value for each in self._newest[at].values() for p, value in each.quantiles if p == q]
                )
            return lambda at: quantile(self._buckets[at], q)
        if aggregation == "rate":
            amount: dict[int, int] | dict[int, float] = self._counted if is_distribution else self._added
            return lambda at: amount[at] / (self._width / 1e9) if at in amount else None
        if aggregation == "count":
            return lambda at: self._counted.get(at) if is_distribution else len(self._newest[at])
        if aggregation == "sum" and self._kind != "gauge":
            return lambda at: self._added.get(at)
        if aggregation == "avg" and is_distribution:
            return lambda at: self._added[at] / self._counted[at] if self._counted.get(at) else None
        if aggregation == "sum" or (aggregation == "value" and self._kind == "sum"):
            return lambda at: sum(self._values(at))
        return lambda at: _mean(self._values(at))

    def _values(self, at: int) -> list[float]:
        return [each.total for each in self._newest[at].values() if each.total is not None]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
