"""What was found at one point of a stack that runs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """``EMPTY``: it works and has nothing to show; ``SKIPPED``: it was not asked, ``seen`` says why."""

    OK = "ok"
    EMPTY = "empty"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One point: where, what was seen there, and for a failed one the step that mends it."""

    area: str
    place: str
    outcome: Outcome
    seen: str = ""
    mend: str = ""

    def __str__(self) -> str:
        text = f"{self.outcome:<8}{self.area:<12}{self.place}" + (f": {self.seen}" if self.seen else "")
        return text + (f"\n{'':20}{self.mend}" if self.mend else "")
