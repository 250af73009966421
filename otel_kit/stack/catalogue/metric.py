"""One metric as Prometheus has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["counter", "gauge", "histogram", "summary"]
KINDS: Final[tuple[Kind, ...]] = ("counter", "gauge", "histogram", "summary")

# What a query names: a classic histogram is three series.
_SERIES: Final[dict[Kind, tuple[str, ...]]] = {
    "counter": ("",),
    "gauge": ("",),
    "histogram": ("_bucket", "_count", "_sum"),
    "summary": ("", "_count", "_sum"),
}


@dataclass(frozen=True, slots=True)
class Metric:
    """``name`` is the family's: of a histogram without ``_bucket``. ``unit`` is UCUM's, empty for things that count.

    ``source`` says who sends it: a component, an overlay of the Collector, the kit; several with commas.
    """

    name: str
    kind: Kind
    unit: str
    source: str

    @property
    def series(self) -> tuple[str, ...]:
        """The names that a query uses."""
        return tuple(f"{self.name}{suffix}" for suffix in _SERIES[self.kind])
