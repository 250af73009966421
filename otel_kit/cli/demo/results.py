"""One line of the check's summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Result:
    """``seen`` says what was found, ``faults`` what is wrong."""

    name: str
    seen: str
    faults: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def short(faults: Sequence[str]) -> tuple[str, ...]:
    """Return the first faults, and how many more there are."""
    more = len(faults) - _MOST_NAMED
    return (*faults[:_MOST_NAMED], f"and {more} more") if more > 0 else tuple(faults)
