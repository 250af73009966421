"""Boards with a user's thresholds: board and alert should call the same value bad."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from otel_kit.stack.alerting.thresholds import Threshold
from otel_kit.stack.live.panels import panels_of

# As dashboards/limits.py writes it: "Limits of Failed (above): orange `a` (5 %), red `b` (10 %)."
_SENTENCE: Final = re.compile(r"^Limits(?: of (?P<column>.+?))? \((?P<side>above|below)\): (?P<named>.*)\.$", re.M)
_NAMED: Final = re.compile(r"(?P<colour>\w+) `(?P<name>\w+)` \((?P<words>[^)]*)\)")
_GOOD: Final = "green"


def with_limits(text: str, thresholds: Mapping[str, Threshold]) -> str:
    """Return the JSON of a generated board with its coloured limits at these values, in words and in steps.

    Values of single services change nothing: a panel shows many services. With the shipped thresholds the text stays
    as it is.

    Raises:
        KeyError: the board names a threshold that is not among them.
    """
    board = json.loads(text)
    for panel in panels_of(board):
        _mend(cast("dict[str, Any]", panel), thresholds)
    return json.dumps(board, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _mend(panel: dict[str, Any], thresholds: Mapping[str, Threshold]) -> None:
    steps = dict(_steps(panel))
    for sentence in _SENTENCE.finditer(panel.get("description", "")):
        limits = [(match["colour"], thresholds[match["name"]]) for match in _NAMED.finditer(sentence["named"])]
        found = steps[sentence["column"] or ""]
        found["steps"] = _drawn(limits, worse_above=sentence["side"] == "above")
    panel["description"] = _SENTENCE.sub(lambda sentence: _said(sentence, thresholds), panel.get("description", ""))


def _steps(panel: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the places with steps: of the panel, and of its columns by their title."""
    config = panel["fieldConfig"]
    yield "", config["defaults"]["thresholds"]
    for override in config["overrides"]:
        for one in override["properties"]:
            if one["id"] == "thresholds":
                yield override["matcher"]["options"], one["value"]


def _drawn(limits: list[tuple[str, Threshold]], *, worse_above: bool) -> list[dict[str, Any]]:
    """Return the steps in ascending order, the first without a value: a colour holds from its value on."""
    colours = [_GOOD, *(colour for colour, _ in limits)]
    bounds = zip((float(one.value) for _, one in limits), colours[1:] if worse_above else colours[:-1], strict=True)
    first = colours[0] if worse_above else colours[-1]
    steps = [{"color": colour, "value": value} for value, colour in sorted(bounds)]
    return [{"color": first, "value": None}, *steps]


def _said(sentence: re.Match[str], thresholds: Mapping[str, Threshold]) -> str:
    def one(match: re.Match[str]) -> str:
        return f"{match['colour']} `{match['name']}` ({thresholds[match['name']].in_words})"

    return sentence[0].replace(sentence["named"], _NAMED.sub(one, sentence["named"]))
