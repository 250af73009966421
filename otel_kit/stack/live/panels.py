"""The queries behind a board's panels, with the board's variables filled in as the page would do it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

ALL: Final = ".*"
_ALL_CHOSEN: Final = "$__all"
# $name, ${name}, ${name:format} and [[name]]; Grafana's server fills in $__interval and its like.
_PLACE: Final = re.compile(r"\$(?:\{(?P<braced>\w+)(?::[^}]*)?\}|(?P<plain>\w+))|\[\[(?P<old>\w+)(?::[^\]]*)?\]\]")


@dataclass(frozen=True, slots=True)
class PanelQuery:
    """One query of a panel: ``model`` is what Grafana's query API takes, ``no_value`` its words for no data."""

    board: str
    panel: str
    ref_id: str
    source: str
    kind: str
    model: Mapping[str, Any]
    no_value: str = ""

    @property
    def place(self) -> str:
        """Where it stands, for people."""
        return f"{self.board} / {self.panel} / {self.ref_id}"


def panels_of(board: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield each panel of a board in the classic format, those of collapsed rows too; rows themselves are none."""
    for panel in board.get("panels") or ():
        yield from panels_of(panel)
        if panel.get("type") != "row":
            yield panel


def queries_of(board: Mapping[str, Any]) -> Sequence[PanelQuery]:
    """Return the queries of a board that are not switched off, variables filled in.

    A variable that includes all takes its ``allValue``, any other its current value or its first option.
    """
    values = _values(board)
    found = []
    for panel in panels_of(board):
        for number, target in enumerate(panel.get("targets") or ()):
            if target.get("hide"):
                continue
            model = {**target, "refId": target.get("refId") or chr(ord("A") + number)}
            source = _filled(target.get("datasource") or panel.get("datasource") or {}, values)
            found.append(
                PanelQuery(
                    board=str(board.get("uid", "")),
                    panel=str(panel.get("title", "")),
                    ref_id=model["refId"],
                    source=str(source.get("uid", "")),
                    kind=str(source.get("type", "")),
                    model={**_filled(model, values), "datasource": source},
                    no_value=str(panel.get("fieldConfig", {}).get("defaults", {}).get("noValue", "")),
                )
            )
    return found


def _values(board: Mapping[str, Any]) -> Mapping[str, str]:
    return {
        str(variable["name"]): _value(variable)
        for variable in board.get("templating", {}).get("list") or ()
        if variable.get("name")
    }


def _value(variable: Mapping[str, Any]) -> str:
    current = (variable.get("current") or {}).get("value", "")
    chosen = current if isinstance(current, list) else [current]
    if variable.get("includeAll") and (_ALL_CHOSEN in chosen or not any(chosen)):
        return str(variable.get("allValue") or ALL)
    if not any(chosen):
        options = variable.get("options") or [{}]
        return str(options[0].get("value", "") or (variable.get("query") if variable.get("type") == "textbox" else ""))
    return "|".join(map(str, chosen))


def _filled(given: Any, values: Mapping[str, str]) -> Any:
    """Return a JSON value with the variables in all its texts filled in; unknown ones stay."""

    def one(match: re.Match[str]) -> str:
        name = match["braced"] or match["plain"] or match["old"]
        return values.get(name, match[0])

    if isinstance(given, str):
        return _PLACE.sub(one, given)
    if isinstance(given, Mapping):
        return {key: _filled(value, values) for key, value in given.items()}
    if isinstance(given, list):
        return [_filled(value, values) for value in given]
    return given


def read(text: str) -> Mapping[str, Any]:
    """Return the board that a file holds; some tools wrap it in ``dashboard``.

    Raises:
        ValueError: it is no JSON object.
    """
    board = json.loads(text)
    if not isinstance(board, dict):
        raise ValueError("is no JSON object")
    inner = board.get("dashboard")
    return inner if isinstance(inner, dict) else board
