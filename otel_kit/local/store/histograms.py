"""Histogram points as bucket counts: differences of cumulative points, and quantiles."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

Bucket = tuple[float, float]
"""Lower (exclusive) and upper (inclusive) bound."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many values lie in which bucket, by bounds (explicit) or by index (exponential, at ``scale``)."""

    explicit: Counter[Bucket] = field(default_factory=Counter)
    positive: Counter[int] = field(default_factory=Counter)
    negative: Counter[int] = field(default_factory=Counter)
    zero: int = 0
    scale: int = 0

    def minus(self, earlier: Histogram) -> Histogram:
        """Return what was added since ``earlier``, a point of the same series."""
        scale = min(self.scale, earlier.scale)
        new, old = self.at_scale(scale), earlier.at_scale(scale)
        return Histogram(
            new.explicit - old.explicit,
            new.positive - old.positive,
            new.negative - old.negative,
            max(0, new.zero - old.zero),
            scale,
        )

    def at_scale(self, scale: int) -> Histogram:
        """Return the same with the coarser buckets of ``scale`` (metrics data model, "Exponential Scale")."""
        shift = self.scale - scale
        if shift <= 0:
            return self
        return Histogram(self.explicit, _merge(self.positive, shift), _merge(self.negative, shift), self.zero, scale)

    def buckets(self) -> Counter[Bucket]:
        """Return the counts by bounds."""
        found = Counter(self.explicit)
        if self.zero:
            found[(0.0, 0.0)] += self.zero
        for index, count in self.positive.items():
            found[(_bound(index, self.scale), _bound(index + 1, self.scale))] += count
        for index, count in self.negative.items():
            found[(-_bound(index + 1, self.scale), -_bound(index, self.scale))] += count
        return found


def parse(detail: dict[str, Any]) -> Histogram:
    """Return the histogram of a stored point."""
    if "bounds" in detail:
        bounds = [-math.inf, *(float(bound) for bound in detail["bounds"]), math.inf]
        pairs = zip(itertools.pairwise(bounds), detail["counts"], strict=False)
        return Histogram(explicit=Counter({bucket: count for bucket, count in pairs if count}))
    return Histogram(
        positive=_indexed(*detail["positive"]),
        negative=_indexed(*detail["negative"]),
        zero=detail["zero_count"],
        scale=detail["scale"],
    )


def quantile(buckets: Counter[Bucket], q: float) -> float | None:
    """Return the quantile ``q``, None without values.

    As Prometheus' histogram_quantile: values are evenly spread within a bucket, the first bucket begins at 0 if its
    upper bound is positive, and what lies in the last, open bucket is its lower bound.
    """
    total = sum(buckets.values())
    if total <= 0:
        return None
    rank, seen = q * total, 0
    upper = 0.0
    for (low, high), count in sorted(buckets.items(), key=lambda item: (item[0][1], item[0][0])):
        if seen + count >= rank:
            if high == math.inf:
                return low if low != -math.inf else None
            if low == -math.inf:
                low = min(0.0, high)
            return low + (high - low) * (rank - seen) / count
        seen += count
        upper = high
    return upper


def _indexed(offset: int, counts: list[int]) -> Counter[int]:
    return Counter({offset + at: count for at, count in enumerate(counts) if count})


def _merge(counts: Counter[int], shift: int) -> Counter[int]:
    merged: Counter[int] = Counter()
    for index, count in counts.items():
        merged[index >> shift] += count
    return merged


def _bound(index: int, scale: int) -> float:
    try:
        return float(2.0 ** (index * 2.0**-scale))
    except OverflowError:
        return math.inf
