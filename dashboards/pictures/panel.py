"""A panel with its answers, as drawings take it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.answers import Answer, Series, Window
from dashboards.pictures.values import PALETTE, colour, name_of, step_colour


@dataclass(frozen=True, slots=True)
class Named:
    """A series with its name and colour."""

    name: str
    colour: str
    series: Series

    @property
    def last(self) -> float:
        """Its newest value."""
        return self.series.points[-1][1]


@dataclass(frozen=True, slots=True)
class Drawn:
    """``model`` is the panel of the board's file, ``answers`` are by the letter of the query; sizes are pixels."""

    model: Mapping[str, Any]
    answers: Mapping[str, Answer]
    window: Window
    width: float
    height: float

    @property
    def defaults(self) -> Mapping[str, Any]:
        """What holds for all fields."""
        found: Mapping[str, Any] = self.model.get("fieldConfig", {}).get("defaults", {})
        return found

    @property
    def unit(self) -> str:
        """Grafana's name of the unit."""
        return str(self.defaults.get("unit", "short"))

    @property
    def steps(self) -> Sequence[Mapping[str, Any]]:
        """The limits."""
        found: Sequence[Mapping[str, Any]] = self.defaults.get("thresholds", {}).get("steps", ())
        return found

    def overrides(self, name: str) -> dict[str, Any]:
        """Return what differs in the field of a name."""
        return {
            item["id"]: item["value"]
            for override in self.model.get("fieldConfig", {}).get("overrides", ())
            if override["matcher"] == {"id": "byName", "options": name}
            for item in override["properties"]
        }

    def named(self) -> list[Named]:
        """Return the series that have samples, named and coloured."""
        return list(self._named())

    def _named(self) -> Iterator[Named]:
        number = 0
        for target in self.model.get("targets", ()):
            answer = self.answers.get(target["refId"], Answer())
            with_points = [series for series in answer.series if series.points]
            for series in with_points:
                name = name_of(str(target.get("legendFormat", "")), series.labels, len(with_points) == 1)
                fixed = self.overrides(name).get("color", {}).get("fixedColor")
                shade = colour(fixed) if fixed else PALETTE[number % len(PALETTE)]
                number += 1
                yield Named(name, shade, series)

    def limit_colour(self, value: float) -> str:
        """Return the colour of a value."""
        return step_colour(self.steps, value)
