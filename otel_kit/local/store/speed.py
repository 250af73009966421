"""Classes of duration: sixteen per doubling, so a percentile read from them is off by 2.2 % at most."""

from __future__ import annotations

import math
from collections.abc import Sequence

_PER_DOUBLING = 16


def speed(duration: int) -> int:
    """Return the class of a duration in nanoseconds."""
    return int(math.log2(duration) * _PER_DOUBLING) if duration > 0 else 0


def quantile_ms(classes: Sequence[tuple[int, int]], q: float) -> float | None:
    """Return the quantile ``q`` in milliseconds of ``(class, count)`` pairs sorted by class; None if there are none.

    Within a class the values are taken as evenly spread on the logarithmic scale.
    """
    total = sum(count for _, count in classes)
    if not total:
        return None
    rank, seen = q * total, 0
    for each, count in classes:
        if seen + count >= rank:
            within = (rank - seen) / count
            return float(2 ** ((each + within) / _PER_DOUBLING) / 1e6)
        seen += count
    raise AssertionError("the counts add up to the total")
