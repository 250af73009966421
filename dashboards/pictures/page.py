"""A board as one page of HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any, Final

from dashboards.answers import Answer, Window
from dashboards.pictures import charts, figures
from dashboards.pictures.panel import Drawn

WIDTH: Final = 1280
_COLUMN: Final = WIDTH / 24
_ROW: Final = 30
_GAP: Final = 8
_TITLE: Final = 26
_HEAD: Final = 54
_KINDS: Final[Mapping[str, Callable[[Drawn], str]]] = {
    "timeseries": charts.lines,
    "heatmap": charts.heat,
    "state-timeline": charts.states,
    "stat": figures.number,
    "bargauge": figures.bars,
    "table": figures.table,
    "logs": figures.logs,
    "nodeGraph": figures.graph,
}
_STYLE: Final = """
:root { --page: #f4f5f5; --panel: #fff; --text: #24292e; --weak: #6e7379; --line: #e3e5e8; --mark: #fff; }
:root[data-theme=dark] { --page: #111217; --panel: #181b1f; --text: #ccccdc; --weak: #8e909a; --line: #2c3036;
  --mark: #181b1f; }
* { box-sizing: border-box; }
body { margin: 0; position: relative; background: var(--page); color: var(--text);
  font: 12px/1.35 "DejaVu Sans", "Liberation Sans", Arial, sans-serif; }
header { position: absolute; left: 12px; right: 12px; top: 10px; }
header b { font-size: 17px; } header span { color: var(--weak); margin-left: 10px; }
header .own { float: right; font-size: 11px; margin-top: 5px; }
h2 { position: absolute; margin: 0; font-size: 13px; font-weight: 600; padding: 8px 2px; }
section { position: absolute; background: var(--panel); border: 1px solid var(--line); border-radius: 3px;
  overflow: hidden; padding: 0 8px; }
section h3 { margin: 0; font-size: 12px; font-weight: 600; line-height: 26px; white-space: nowrap; }
svg { display: block; }
section > div { position: relative; overflow: hidden; }
.empty { color: var(--weak); padding: 8px 0; }
.grid { stroke: var(--line); } .tick { fill: var(--weak); font-size: 10px; }
.exemplar { fill: #3274D9; stroke: var(--mark); stroke-width: 0.8; }
.legend { overflow: hidden; line-height: 17px; font-size: 11px; }
.key { margin-right: 14px; white-space: nowrap; display: inline-block; }
.key i { display: inline-block; width: 10px; height: 4px; margin-right: 5px; vertical-align: middle; }
.spark { position: absolute; left: 0; top: 0; }
.numbers { position: absolute; inset: 0; display: flex; flex-direction: column; justify-content: center; }
.number { display: flex; align-items: baseline; justify-content: center; gap: 10px; }
.number .name { flex: 1; } .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.bar { display: flex; gap: 8px; align-items: center; height: 24px; } .bar .name { width: 90px; }
.track { flex: 1; height: 12px; background: var(--line); } .track i { display: block; height: 100%; }
table { border-collapse: collapse; width: 100%; font-size: 11px; }
th, td { text-align: left; height: 22px; padding: 0 10px 0 0; white-space: nowrap; border-bottom: 1px solid var(--line);
  max-width: 330px; overflow: hidden; text-overflow: ellipsis; }
th { color: var(--weak); font-weight: 600; }
.log { border-left: 3px solid; padding-left: 6px; margin-bottom: 1px; height: 18px; overflow: hidden;
  white-space: nowrap; text-overflow: ellipsis; font-family: "DejaVu Sans Mono", monospace; font-size: 11px; }
.log span { color: var(--weak); }
.node { fill: var(--panel); stroke: #56A64B; stroke-width: 3; } .edge { stroke: var(--weak); }
.head { fill: var(--weak); }
.stat { fill: var(--text); font-size: 10px; } .title { fill: var(--text); font-size: 11px; }
"""


def page(board: Mapping[str, Any], answers: Mapping[tuple[str, str], Answer], window: Window, theme: str) -> str:
    """Return the page; ``answers`` are by a panel's title and the letter of the query, ``theme`` is light or dark."""
    parts, lowest = [], 0.0
    for model in board["panels"]:
        place = model["gridPos"]
        left, top = place["x"] * _COLUMN + _GAP / 2, place["y"] * _ROW + _HEAD
        width, height = place["w"] * _COLUMN - _GAP, place["h"] * _ROW - _GAP
        lowest = max(lowest, top + height + _GAP)
        if model["type"] == "row":
            parts.append(f'<h2 style="left:{left + 4:.0f}px;top:{top - 4:.0f}px">{escape(model["title"])}</h2>')
            continue
        box = f"left:{left:.0f}px;top:{top:.0f}px;width:{width:.0f}px;height:{height:.0f}px"
        own = {target["refId"]: answers[key] for target in model.get("targets", ())
               if (key := (model["title"], target["refId"])) in answers}  # fmt: skip
        inside = _inside(Drawn(model, own, window, width - 18, height - _TITLE - 6))
        parts.append(
            f'<section style="{box}"><h3>{escape(model["title"])}</h3>'
            f'<div style="height:{height - _TITLE - 6:.0f}px">{inside}</div></section>'
        )
    head = (
        '<header><span class="own">drawn by otel-kit from the results of a live stack</span>'
        f"<b>{escape(board['title'])}</b><span>{escape(board['description'])}</span></header>"
    )
    return (
        f'<!doctype html><html data-theme="{theme}"><meta charset="utf-8"><style>{_STYLE}</style>'
        f'<body style="width:{WIDTH}px;height:{lowest:.0f}px">{head}{"".join(parts)}</body></html>'
    )


def _inside(panel: Drawn) -> str:
    if panel.model["type"] == "text":
        return f"<p>{escape(panel.model['options']['content'])}</p>"
    if not any(answer.has_data for answer in panel.answers.values()):
        return f'<p class="empty">{escape(str(panel.defaults.get("noValue", "")))}</p>'
    return _KINDS[panel.model["type"]](panel)
