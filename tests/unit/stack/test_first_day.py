"""What the page on the first day sends people to is there: panels by their titles, and the limits that it names."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from otel_kit.stack import assets
from otel_kit.stack.alerting import thresholds

TEXT = " ".join((Path(__file__).parents[3] / "docs" / "first-day.md").read_text("utf-8").split())
NAMED = re.compile(r"(?:[Bb]oard|panel) \*[^*]+\*")


def titles(panels: list[Any]) -> set[str]:
    """Return the titles of all panels."""
    return {panel.get("title", "") for panel in panels} | {
        title for panel in panels for title in titles(panel.get("panels", []))
    }


def test_panels_are_named_as_they_are_called() -> None:
    """On the board that is named last before them."""
    read = (json.loads(path.read_text("utf-8")) for path in (assets.root() / "grafana" / "generated").glob("*.json"))
    boards = {board["title"]: titles(board["panels"]) for board in read}
    wrong, panels, board = [], 0, ""
    for found in NAMED.findall(TEXT):
        kind, name, _ = found.split("*")
        if kind != "panel ":
            board = name
            wrong += [name] if name not in boards else []
        else:
            panels += 1
            wrong += [f"{board}: {name}"] if name not in boards.get(board, set()) else []
    assert wrong == []
    assert panels >= 6


def test_the_limit_of_queues_is_the_one_that_warns() -> None:
    """As shipped."""
    assert f"At {thresholds.load()['queue_fill'].in_words} it warns" in TEXT
