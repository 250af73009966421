"""Boundaries of histograms by unit, so that p95 and p99 mean something whatever is measured.

A quantile is interpolated within one bucket, so its error is the bucket's width: over the range in which values of a
unit are usual, neighbours lie a factor of 2 to 2.5 apart (tokens: 4, as the conventions have it). The mean is exact
always, it comes from sum and count.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from otel_kit.errors import Fault
from otel_kit.metrics import misuse

# The conventions' boundaries for HTTP durations are all among them: objectives can be set on the same limits.
SECONDS: Final = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 25.0, 60.0, 120.0,
    300.0,
)  # fmt: skip
BYTES: Final = tuple(float(2**power) for power in range(7, 31))
# Semantic conventions of generative AI, gen_ai.client.token.usage.
TOKENS: Final = tuple(float(4**power) for power in range(14))
SHARES: Final = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
MONEY: Final = tuple(float(f"{digit}e{power}") for power in range(-4, 4) for digit in (1, 2.5, 5))
COUNTS: Final = (0.0, *(float(f"{digit}e{power}") for power in range(6) for digit in (1, 2, 5)), 1e6)
ANYTHING: Final = (0.0, *(float(f"{digit}e{power}") for power in range(-3, 6) for digit in (1, 2.5, 5)), 1e6)
_MOST: Final = 200

_BY_UNIT: Final = {
    "s": SECONDS,
    "By": BYTES,
    "{token}": TOKENS,
    "1": SHARES,
    "%": tuple(round(100 * share, 6) for share in SHARES),
    "": ANYTHING,
}
# ISO 4217, those that services bill in; any other is written {XYZ} or given boundaries of its own.
_MONEY: Final = frozenset({"USD", "EUR", "GBP", "CHF", "JPY", "CNY", "INR", "CAD", "AUD", "SEK", "NOK", "DKK", "PLN"})


def boundaries_for(unit: str) -> tuple[float, ...]:
    """Return the boundaries for a unit."""
    if unit in _BY_UNIT:
        return _BY_UNIT[unit]
    if unit.strip("{}") in _MONEY:
        return MONEY
    return COUNTS if unit.startswith("{") else ANYTHING


def checked(boundaries: Iterable[float], name: str, scale: float) -> tuple[float, ...] | None:
    """Return boundaries in the recorded unit, rising and finite; None if there is none. Says what is wrong.

    Raises:
        MetricError: only when strict.
    """
    try:
        given = [float(one) for one in boundaries]
    except (TypeError, ValueError, OverflowError):
        given = []
    usable = tuple(sorted({one for one in given if math.isfinite(one)}))[:_MOST]
    if list(usable) != given or not usable:
        misuse.report(Fault(f"metric {name!r}", "has boundaries that cannot be used as they are",
                            f"boundaries are 1 to {_MOST} finite numbers that rise",
                            "Until then those that can be used are."))  # fmt: skip
    return tuple(one * scale for one in usable) or None
