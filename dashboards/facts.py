"""What every panel has to say about itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.limits import Limits
from dashboards.links import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Title, explanation, unit, limits and ways out of a panel; none of them can be left out."""

    title: str
    question: str
    """What the panel answers, as a question: ``"Which route is slow?"``"""
    reading: str
    """How to read it, in a sentence or two."""
    next_step: str
    """What to do when it looks wrong."""
    unit: str
    """Grafana's: ``reqps``, ``percentunit``, ``s``, ``bytes``, ``short``..."""
    empty: str
    """What stands there without data, and why that may be right: ``"No requests in this time range."``"""
    limits: Limits
    """``above("error_ratio")``, ``below(...)``, or ``NO_LIMITS``."""
    links: Sequence[Link]

    def description(self) -> str:
        """Return what the panel shows behind its (i)."""
        parts = [f"**{self.question}**", self.reading, f"Next: {self.next_step}", self.limits.sentence()]
        return "\n\n".join(part for part in parts if part)
