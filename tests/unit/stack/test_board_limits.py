"""A user's thresholds in the boards, and the shipped ones byte for byte."""

from __future__ import annotations

import json
from typing import Any

import pytest

from otel_kit.stack import assets
from otel_kit.stack.alerting import thresholds
from otel_kit.stack.board_limits import with_limits

FILES = sorted((assets.root() / "grafana" / "generated").glob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_shipped_thresholds_change_nothing(path: Any) -> None:
    """Not a byte: so the steps are really those of the names in the description."""
    text = path.read_text()
    assert with_limits(text, thresholds.load()) == text


def test_a_value_of_ones_own_is_drawn_and_said() -> None:
    """In the panel, in the column, above and below."""
    mine = dict(thresholds.load())
    mine["error_ratio"] = mine["error_ratio"].having("1%")
    mine["route_error_ratio"] = mine["route_error_ratio"].having("2%")
    mine["apdex"] = mine["apdex"].having(0.9)
    mine["latency_p95"] = mine["latency_p95"].having("300ms")
    board = json.loads(with_limits((FILES[0].parent / "service.json").read_text(), mine))
    panels = {panel["title"]: panel for panel in board["panels"]}
    assert _steps(panels["Failed"]) == [("green", None), ("red", 0.01)]
    assert _steps(panels["Apdex (500 ms)"]) == [("orange", None), ("green", 0.9)]
    assert _steps(panels["Duration"]) == [("green", None), ("orange", 0.3), ("red", 5.0)]
    assert "red `error_ratio` (1 %)." in panels["Failed"]["description"]
    assert "orange `latency_p95` (300 ms), red `latency_p99` (5 s)." in panels["Duration"]["description"]
    (column,) = (one for one in panels["Routes"]["fieldConfig"]["overrides"] if one["matcher"]["options"] == "Failed")
    (limits,) = (one["value"]["steps"] for one in column["properties"] if one["id"] == "thresholds")
    assert limits[1] == {"color": "orange", "value": 0.02}


def _steps(panel: dict[str, Any]) -> list[tuple[str, float | None]]:
    return [(step["color"], step["value"]) for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]]
