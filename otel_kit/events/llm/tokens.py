"""Token figures of one answer, as the conventions count: totals, with what was cached or reasoned inside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from numbers import Integral
from typing import Any, Final

# No model takes or writes anywhere near that many in one call: a larger figure is a mistake.
_MAX_TOKENS: Final = 1_000_000_000
MISSING: Final = "missing"
UNKNOWN_SHAPE: Final = "unknown_shape"
NEGATIVE: Final = "negative"
NOT_A_NUMBER: Final = "not_a_number"
ABSURD: Final = "absurd"
INCONSISTENT: Final = "inconsistent"
LEFT_EARLY: Final = "left_early"
LATE: Final = "late"

# Takes one of the reasons above: why a figure was kept out.
Refuse = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Tokens:
    """None is unknown. ``cache_read`` and ``cache_creation`` are part of ``input``, ``reasoning`` of ``output``.

    ``cache_creation_long`` is the part of ``cache_creation`` that is kept for an hour, where a provider tells.
    """

    input: int | None = None
    output: int | None = None
    cache_read: int | None = None
    cache_creation: int | None = None
    cache_creation_long: int | None = None
    reasoning: int | None = None

    def merged(self, newer: Tokens) -> Tokens:
        """Return these figures, those that ``newer`` knows taken from it."""
        known = {field.name: getattr(newer, field.name) for field in fields(newer)}
        return replace(self, **{name: figure for name, figure in known.items() if figure is not None})

    def plus(self, other: Tokens) -> Tokens:
        """Return the sums; a figure that only one knows is its."""
        return Tokens(*(_sum(getattr(self, field.name), getattr(other, field.name)) for field in fields(self)))

    def consistent(self, refuse: Refuse) -> Tokens:
        """Return these figures without parts that are larger than their whole."""
        tokens = self
        if (tokens.cache_read or 0) + (tokens.cache_creation or 0) > _at_most(tokens.input):
            refuse(INCONSISTENT)
            tokens = replace(tokens, cache_read=None, cache_creation=None, cache_creation_long=None)
        if (tokens.cache_creation_long or 0) > (tokens.cache_creation or 0):
            refuse(INCONSISTENT)
            tokens = replace(tokens, cache_creation_long=None)
        if (tokens.reasoning or 0) > _at_most(tokens.output):
            refuse(INCONSISTENT)
            tokens = replace(tokens, reasoning=None)
        return tokens


NO_TOKENS: Final = Tokens()


def count_of(value: Any, refuse: Refuse) -> int | None:
    """Return a number of tokens, or None where there is none or it cannot be one: then ``refuse`` gets the reason."""
    if value is None:
        return None
    # Not whatever has an __index__: mocks have one.
    if isinstance(value, bool) or not isinstance(value, Integral | float):
        refuse(NOT_A_NUMBER)
        return None
    if isinstance(value, float) and not value.is_integer():
        refuse(NOT_A_NUMBER)
        return None
    count = int(value)
    if count < 0:
        refuse(NEGATIVE)
        return None
    if count > _MAX_TOKENS:
        refuse(ABSURD)
        return None
    return count


def _sum(first: int | None, second: int | None) -> int | None:
    return second if first is None else first + (second or 0)


def _at_most(whole: int | None) -> int:
    return _MAX_TOKENS if whole is None else whole
