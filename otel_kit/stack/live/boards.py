"""Whether every board is there, as these files have it, and every query of every panel is answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from otel_kit.stack.live.findings import Finding, Outcome
from otel_kit.stack.live.grafana import Grafana
from otel_kit.stack.live.panels import PanelQuery, panels_of, queries_of, read

_AREA: Final = "board"
_PANEL: Final = "panel"
_GENERATED: Final = Path("grafana") / "generated"
# Grafana's own: other panels' data, its annotations and test data.
_OWN_SOURCES: Final = frozenset({"-- Dashboard --", "-- Mixed --", "-- Grafana --", "grafana", ""})


def boards(grafana: Grafana, root: Path) -> Iterator[Finding]:
    """Yield what is wrong with each board that Grafana has, own ones of the user included, and with each panel."""
    shipped = {str(board["uid"]): board for board in map(_shipped, sorted((root / _GENERATED).glob("*.json")))}
    found = grafana.boards()
    if not found.is_ok or not isinstance(found.body, list):
        yield Finding(_AREA, "all", Outcome.FAILED, found.told, "The account needs the right dashboards:read.")
        return
    there = [str(one.get("uid", "")) for one in found.body]
    for uid in shipped:
        if uid not in there:
            yield Finding(
                _AREA, uid, Outcome.FAILED, "is not there",
                "Grafana reads it from grafana/generated: is the folder mounted? A file that it refuses is named in "
                "docker compose logs grafana",
            )  # fmt: skip
    for uid in there:
        answer = grafana.board(uid)
        if not answer.is_ok or not isinstance(answer.body, dict):
            yield Finding(_AREA, uid, Outcome.FAILED, answer.told, "The account needs the right dashboards:read.")
            continue
        yield from _board(grafana, uid, answer.body.get("dashboard") or {}, shipped.get(uid))


def _board(
    grafana: Grafana, uid: str, board: Mapping[str, Any], shipped: Mapping[str, Any] | None
) -> Iterator[Finding]:
    if shipped is not None and (missing := _titles(shipped) - _titles(board)):
        yield Finding(
            _AREA, uid, Outcome.FAILED, f"lacks the panels {', '.join(sorted(missing))}",
            "Grafana has an older one, or a changed copy with this uid: docker compose restart grafana",
        )  # fmt: skip
    queries = [query for query in queries_of(board) if query.source not in _OWN_SOURCES]
    counts: Counter[Outcome] = Counter()
    for query in queries:
        finding = _asked(grafana, query)
        counts[finding.outcome] += 1
        if finding.outcome is not Outcome.OK:
            yield finding
    seen = f"{len(queries)} queries, {counts[Outcome.OK]} with data, {counts[Outcome.EMPTY]} without"
    yield Finding(_AREA, uid, Outcome.FAILED if counts[Outcome.FAILED] else Outcome.OK, seen)


def _asked(grafana: Grafana, query: PanelQuery) -> Finding:
    result = grafana.run(query)
    if result.error:
        mend = f"Data source {query.source!r}: see above; else open the panel in Grafana and look at Query inspector."
        return Finding(_PANEL, query.place, Outcome.FAILED, result.error, mend)
    if not result.filled:
        return Finding(_PANEL, query.place, Outcome.EMPTY, query.no_value or "no data in the last hour")
    return Finding(_PANEL, query.place, Outcome.OK)


def _titles(board: Mapping[str, Any]) -> set[str]:
    return {str(panel.get("title", "")) for panel in panels_of(board)}


def _shipped(path: Path) -> Mapping[str, Any]:
    return read(path.read_text("utf-8"))
