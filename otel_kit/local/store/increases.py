"""Points of one series as what happened between them: differences of cumulative points, delta points as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from otel_kit.local.store.histograms import Histogram

DELTA = 1


@dataclass(frozen=True, slots=True)
class Reading:
    """One stored point. ``total`` is a sum's value or a histogram's sum; times in nanoseconds."""

    time: int
    start: int
    total: float | None
    count: int | None = None
    histogram: Histogram | None = None
    quantiles: tuple[tuple[float, float], ...] = ()


def increases(readings: Iterable[Reading], temporality: int | None, since: int) -> Iterator[Reading]:
    """Yield for each point at or behind ``since`` what was added since the one before it.

    ``readings`` come by time and may begin with one before ``since``. A counter that starts anew (another start time,
    or a smaller value) counts from zero. The first point of all counts in full only if the series began behind
    ``since``; what an older one already held happened at no known time.
    """
    before: Reading | None = None
    for reading in readings:
        if temporality == DELTA:
            if reading.time >= since:
                yield reading
            continue
        if reading.time >= since:
            if before is None:
                if reading.start >= since:
                    yield reading
            elif _is_reset(before, reading):
                yield reading
            else:
                yield _difference(before, reading)
        before = reading


def _is_reset(before: Reading, reading: Reading) -> bool:
    if reading.start > before.start and reading.start >= before.time:
        return True
    if reading.count is not None and before.count is not None:
        return reading.count < before.count
    return (reading.total or 0.0) < (before.total or 0.0)


def _difference(before: Reading, reading: Reading) -> Reading:
    histogram = reading.histogram
    if histogram is not None and before.histogram is not None:
        histogram = histogram.minus(before.histogram)
    return Reading(
        reading.time,
        before.time,
        None if reading.total is None else reading.total - (before.total or 0.0),
        None if reading.count is None else reading.count - (before.count or 0),
        histogram,
    )
