"""The tables of docs/dashboards.md, read from the boards as Grafana gets them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from otel_kit.stack import assets
from otel_kit.stack.live.panels import panels_of

# In the order in which people meet them; the generator, which knows it too, is not needed to build the docs.
_ORDER = ("home", "service", "dependencies", "logs", "runtime", "llm", "security", "objectives", "pipeline", "alerts")


def boards() -> Iterator[str]:
    """Yield what each board answers, and with how many panels."""
    yield "| board | its question | panels | queries | can be narrowed to |"
    yield "|---|---|---|---|---|"
    for board in _boards():
        panels = list(panels_of(board))
        queries = sum(len(panel.get("targets", ())) for panel in panels)
        names = ", ".join(one["label"].lower() for one in board["templating"]["list"])
        yield f"| **{board['title']}** | {board['description']} | {len(panels)} | {queries} | {names} |"


def panels() -> Iterator[str]:
    """Yield the question of every panel, section by section."""
    for board in _boards():
        yield from ("", f"### {board['title']}", "", "| panel | its question |", "|---|---|")
        for panel in board["panels"]:
            if panel["type"] == "row":
                yield f"| *{panel['title']}* | |"
            else:
                question = panel["description"].split("\n\n")[0].strip("*")
                yield f"| {panel['title']} | {question} |"


def _boards() -> Iterator[Mapping[str, Any]]:
    folder = assets.root() / "grafana" / "generated"
    for name in _ORDER:
        path = folder / f"{name}.json"
        if path.is_file():
            yield json.loads(path.read_text(encoding="utf-8"))
