"""What the settings say about LLM calls: prices, and whether content is recorded. Without a kit: shipped, and no."""

from __future__ import annotations

from dataclasses import dataclass

from otel_kit.events.llm.price_file import shipped_prices
from otel_kit.events.llm.prices import PriceTable


@dataclass(frozen=True, slots=True)
class InForce:
    """``own``: the shipped prices with a user's before them; None when there are only the shipped ones."""

    own: PriceTable | None = None
    content: bool = False

    @property
    def prices(self) -> PriceTable:
        """The prices in force; the shipped ones are read when they are first needed."""
        return shipped_prices() if self.own is None else self.own


NOBODY = InForce()
_in_force = NOBODY


def in_force() -> InForce:
    """Return what is in force."""
    return _in_force


def use(new: InForce) -> None:
    """Put ``new`` in force, as a whole."""
    global _in_force
    _in_force = new
