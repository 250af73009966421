"""Rows of tables: answers joined and named as the panel's steps say."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from dashboards.pictures.panel import Drawn

Row: TypeAlias = dict[str, Any]


def table(panel: Drawn) -> tuple[list[str], list[Row]]:
    """Return the names of the columns and the rows, sorted as the panel wants."""
    targets = [one for one in panel.model.get("targets", ()) if not one.get("hide")]
    many = len(targets) > 1
    frames = [list(_frame(panel, target["refId"], many)) for target in targets]
    rows = _merged(frames)
    names = list(dict.fromkeys(name for row in rows for name in row))
    for step in panel.model.get("transformations", ()):
        if step["id"] == "filterFieldsByName":
            wanted = step["options"]["include"]["names"]
            names = [name for name in wanted if name in names]
        if step["id"] == "organize":
            order, renamed = step["options"].get("indexByName", {}), step["options"].get("renameByName", {})
            names.sort(key=lambda name: order.get(name, 99))
            rows = [{renamed.get(name, name): row.get(name) for name in names} for row in rows]
            names = [renamed.get(name, name) for name in names]
    for sort in panel.model.get("options", {}).get("sortBy", ()):
        name = sort["displayName"]
        rows.sort(key=lambda row: (_number(row.get(name)), str(row.get(name))), reverse=bool(sort.get("desc")))
    return names, rows


def _frame(panel: Drawn, letter: str, many: bool) -> Iterator[Row]:
    answer = panel.answers.get(letter)
    if answer is None:
        return
    target = next(one for one in panel.model["targets"] if one["refId"] == letter)
    for series in answer.series:
        if series.points:
            # Grafana calls it so for Loki even if it is the only one.
            value = f"Value #{letter}" if many or target.get("datasource", {}).get("type") == "loki" else "Value"
            yield {**series.labels, value: series.points[-1][1]}
    for trace in answer.rows:
        started = int(trace["startTimeUnixNano"]) / 1e9
        spans = [span for found in trace.get("spanSets", [trace.get("spanSet", {})]) for span in found.get("spans", ())]
        if target.get("tableType") != "spans":
            yield {
                "Trace ID": trace["traceID"][:12],
                "Start time": _clock(started),
                "Service": trace.get("rootServiceName", ""),
                "Name": trace.get("rootTraceName", ""),
                "Duration": f"{trace.get('durationMs', 0)} ms",
            }
            continue
        for span in spans:
            attributes = {one["key"]: next(iter(one["value"].values()), "") for one in span.get("attributes", ())}
            yield {
                "Trace ID": trace["traceID"][:12],
                "Start time": _clock(int(span["startTimeUnixNano"]) / 1e9),
                "Duration": f"{int(span['durationNanos']) / 1e6:.3g} ms",
                **attributes,
            }


def _merged(frames: Sequence[list[Row]]) -> list[Row]:
    """Return the rows of all answers; those that agree in every label that both have become one."""
    rows: list[Row] = []
    for frame in frames:
        joined = [row for row in frame if not _join(rows, row)] if rows else frame
        rows += joined
    return rows


def _join(rows: list[Row], new: Mapping[str, Any]) -> bool:
    labels = {name for name in new if not name.startswith("Value")}
    found = [row for row in rows if (shared := labels & row.keys()) and all(row[name] == new[name] for name in shared)]
    for row in found:
        row.update(new)
    return bool(found)


def _number(value: Any) -> float:
    try:
        return float(str(value).removesuffix(" ms"))
    except ValueError:
        return 0.0


def _clock(seconds: float) -> str:
    return time.strftime("%H:%M:%S", time.gmtime(seconds))
