"""The coloured limits of panels: always values of ``alerts/thresholds.yaml``, named, so that board and alert agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from grafana_foundation_sdk.models.dashboard import Threshold as Step
from grafana_foundation_sdk.models.dashboard import ThresholdsConfig, ThresholdsMode

from otel_kit.stack.alerting import thresholds

GOOD: Final = "green"
WARNING: Final = "orange"
CRITICAL: Final = "red"
NEUTRAL: Final = "text"


@dataclass(frozen=True, slots=True)
class Limits:
    """Named thresholds, from the best value to the worst. Made by ``above`` and ``below``."""

    names: Sequence[str] = ()
    colours: Sequence[str] = ()
    """One more than names: the colour before the first, between each, after the last."""
    worse_above: bool = True
    values: Sequence[float] = field(default=(), repr=False)

    def steps(self) -> ThresholdsConfig:
        """Return them as Grafana has them, in ascending order, the first without a value."""
        bounds = zip(self.values, self.colours[1:] if self.worse_above else self.colours[:-1], strict=True)
        ordered = sorted(bounds, key=lambda bound: bound[0])
        first = self.colours[0] if self.worse_above else self.colours[-1]
        return ThresholdsConfig(
            mode=ThresholdsMode.ABSOLUTE,
            steps=[Step(value=None, color=first), *(Step(value=value, color=colour) for value, colour in ordered)],
        )

    def sentence(self, column: str = "") -> str:
        """Return what stands in the description of the panel; the test of the boards reads the names from it.

        ``column``: the title of the column of a table that the limits are for.
        """
        if not self.names:
            return ""
        side = "above" if self.worse_above else "below"
        pairs = zip(self.names, self.colours[1:], strict=True)
        named = ", ".join(f"{colour} `{name}` ({_all()[name].in_words})" for name, colour in pairs)
        return f"Limits{f' of {column}' if column else ''} ({side}): {named}."


NO_LIMITS: Final = Limits(colours=(NEUTRAL,))
"""For what is neither good nor bad: a volume, a list."""


def above(warning: str | None = None, critical: str | None = None) -> Limits:
    """Return limits that a value should stay below: ``above("latency_p95", "latency_p99")``, names of thresholds."""
    return _limits(warning, critical, worse_above=True)


def below(warning: str | None = None, critical: str | None = None) -> Limits:
    """Return limits that a value should stay above: ``below(critical="availability")``."""
    return _limits(warning, critical, worse_above=False)


def _limits(warning: str | None, critical: str | None, *, worse_above: bool) -> Limits:
    given = [(name, colour) for name, colour in ((warning, WARNING), (critical, CRITICAL)) if name]
    return Limits(
        names=tuple(name for name, _ in given),
        colours=(GOOD, *(colour for _, colour in given)),
        worse_above=worse_above,
        values=tuple(value_of(name) for name, _ in given),
    )


def value_of(name: str) -> float:
    """Return the value of a threshold, in its base unit.

    Raises:
        KeyError: the file has no such threshold, or it is a duration.
    """
    value = _all()[name].value
    if isinstance(value, str):
        raise KeyError(f"threshold {name} is a duration, which colours no panel")
    return float(value)


@cache
def _all() -> Mapping[str, thresholds.Threshold]:
    return thresholds.load()
