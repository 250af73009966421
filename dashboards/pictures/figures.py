"""Drawings of what is now: numbers, bars, tables, log records, service maps. Each returns HTML for the panel's size."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from html import escape
from typing import Any

from dashboards.pictures import rows
from dashboards.pictures.panel import Drawn
from dashboards.pictures.values import ago, colour, mapped, shown, step_colour

_LINE = 22
_LEVELS = {"error": "red", "warn": "orange", "info": "green", "debug": "blue", "critical": "purple", "fatal": "purple"}


def number(panel: Drawn) -> str:
    """Return one number, or several beneath each other with their names."""
    named = panel.named()
    shows_names = len(named) > 1
    parts = []
    for one in named[: max(1, int(panel.height / (_LINE + 4)))]:
        found = mapped(panel.defaults.get("mappings", ()), f"{one.last:g}")
        text, shade = found or (shown(one.last, panel.unit), panel.limit_colour(one.last))
        size = 17 if shows_names else min(34, int(panel.height * 0.5), int(panel.width / max(4, len(text)) * 1.5))
        name = f'<span class="name">{escape(one.name)}</span>' if shows_names else ""
        parts.append(f'<div class="number">{name}<b style="color:{shade};font-size:{size}px">{escape(text)}</b></div>')
    behind = ""
    if len(named) == 1 and len(named[0].series.points) > 2:
        behind = _spark(panel, named[0].series.points, panel.limit_colour(named[0].last))
    raised = ' style="bottom:30%"' if behind else ""
    return f'{behind}<div class="numbers"{raised}>{"".join(parts)}</div>'


def bars(panel: Drawn) -> str:
    """Return one bar a series."""
    named = panel.named()
    most = float(panel.defaults.get("max") or max((one.last for one in named), default=1.0) or 1.0)
    parts = []
    for one in named[: max(1, int(panel.height / (_LINE + 2)))]:
        share = min(1.0, max(0.0, one.last / most))
        parts.append(
            f'<div class="bar"><span class="name">{escape(one.name)}</span><span class="track"><i style="width:'
            f'{share * 100:.1f}%;background:{panel.limit_colour(one.last)}"></i></span>'
            f"<b>{escape(shown(one.last, panel.unit))}</b></div>"
        )
    return "".join(parts)


def table(panel: Drawn) -> str:
    """Return the rows that fit."""
    names, found = rows.table(panel)
    fits = max(1, int(panel.height / _LINE) - 1)
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(_cell(panel, name, row.get(name)) for name in names) + "</tr>" for row in found[:fits]
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def logs(panel: Drawn) -> str:
    """Return the newest records that fit, one line each."""
    found = [line for answer in panel.answers.values() for line in answer.lines]
    parts = []
    for line in found[: int(panel.height / 19)]:
        level = line.labels.get("detected_level", "")
        at = time.strftime("%H:%M:%S", time.gmtime(line.at_s))
        shade = colour(_LEVELS.get(level, "gray"))
        text = escape(" ".join(line.text.split())[:220])
        parts.append(f'<div class="log" style="border-color:{shade}"><span>{at}</span> {text}</div>')
    return "".join(parts)


def graph(panel: Drawn) -> str:
    """Return the services and their calls, callers on the left."""
    nodes = {row["id"]: row for row in _by_letter(panel, "B")}
    second = {row["id"]: row["value"] for row in _by_letter(panel, "C")}
    edges = [row for row in _by_letter(panel, "A") if row.get("source") in nodes and row.get("target") in nodes]
    levels = _levels(list(nodes), edges)
    columns: dict[int, list[str]] = {}
    for name, level in sorted(levels.items()):
        columns.setdefault(level, []).append(name)
    wide = panel.width / max(1, len(columns))
    places = {
        name: (wide * (index + 0.5), panel.height * (row + 0.5) / len(column) - 8)
        for index, column in enumerate(columns[level] for level in sorted(columns))
        for row, name in enumerate(column)
    }
    units = [panel.overrides(name).get("unit", "short") for name in ("mainstat", "secondarystat")]
    parts = [_ARROW]
    for edge in edges:
        (x1, y1), (x2, y2) = places[edge["source"]], places[edge["target"]]
        long = math.hypot(x2 - x1, y2 - y1) or 1.0
        dx, dy = (x2 - x1) / long * 37, (y2 - y1) / long * 37
        parts.append(
            f'<line x1="{x1 + dx:.0f}" y1="{y1 + dy:.0f}" x2="{x2 - dx:.0f}" y2="{y2 - dy:.0f}" class="edge" '
            f'marker-end="url(#arrow)"/><text x="{(x1 + x2) / 2:.0f}" y="{(y1 + y2) / 2 - 5:.0f}" '
            f'text-anchor="middle" class="tick">{escape(shown(edge["value"], units[0]))}</text>'
        )
    for name, (x, y) in places.items():
        low = shown(second[name], units[1]) if name in second else ""
        parts.append(
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="33" class="node"/>'
            f'<text x="{x:.0f}" y="{y - 1:.0f}" text-anchor="middle" class="stat">'
            f"{escape(shown(nodes[name]['value'], units[0]))}</text>"
            f'<text x="{x:.0f}" y="{y + 12:.0f}" text-anchor="middle" class="stat">{escape(low)}</text>'
            f'<text x="{x:.0f}" y="{y + 48:.0f}" text-anchor="middle" class="title">'
            f"{escape(str(nodes[name].get('title', name)))}</text>"
        )
    return f'<svg width="{panel.width:.0f}" height="{panel.height:.0f}">{"".join(parts)}</svg>'


_ARROW = (
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0L8 4L0 8z" class="head"/></marker></defs>'
)


def _cell(panel: Drawn, name: str, value: Any) -> str:
    own = panel.overrides(name)
    text, shade = "" if value is None else str(value), "inherit"
    if isinstance(value, float):
        unit = own.get("unit", panel.unit)
        text = ago(value, panel.window.end_s) if unit == "dateTimeFromNow" else shown(value, unit)
        steps = own.get("thresholds", {}).get("steps", ())
        if own.get("custom.cellOptions", {}).get("type") == "color-text" and steps:
            shade = step_colour(steps, value)
    key = f"{value:g}" if isinstance(value, float) else text
    if found := mapped(own.get("mappings", ()), key):
        text, shade = found
    kind = ' class="figure"' if isinstance(value, float) else ""
    return f'<td{kind} style="color:{shade}">{escape(text)}</td>'


def _spark(panel: Drawn, points: tuple[tuple[float, float], ...], shade: str) -> str:
    values = [value for _, value in points]
    low, high = min(values), max(values)
    tall = panel.height * 0.3
    start, end = panel.window.start_s, panel.window.end_s
    path = " ".join(
        f"{(at - start) / (end - start) * panel.width:.1f},"
        f"{panel.height - 2 - (value - low) / ((high - low) or 1.0) * tall:.1f}"
        for at, value in points
    )
    return (
        f'<svg class="spark" width="{panel.width:.0f}" height="{panel.height:.0f}">'
        f'<polyline points="{path}" fill="none" stroke="{shade}" stroke-width="1.2" opacity="0.5"/></svg>'
    )


def _by_letter(panel: Drawn, letter: str) -> list[dict[str, Any]]:
    answer = panel.answers.get(letter)
    return [] if answer is None else [{**one.labels, "value": one.points[-1][1]} for one in answer.series if one.points]


def _levels(names: list[str], edges: list[Mapping[str, Any]] | list[dict[str, Any]]) -> dict[str, int]:
    """Return how far from the first callers each is; a circle ends after as many rounds as there are names."""
    levels = dict.fromkeys(names, 0)
    for _ in names:
        for edge in edges:
            if edge["source"] != edge["target"]:
                levels[edge["target"]] = min(len(names), max(levels[edge["target"]], levels[edge["source"]] + 1))
    return levels
