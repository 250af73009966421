"""Grafana's HTTP API, as far as the check needs it: health, data sources, boards, queries, and what lies behind it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from otel_kit.stack.http_json import Answer, Api
from otel_kit.stack.live.panels import PanelQuery

_SPAN_S: Final = 3600
_INTERVAL_MS: Final = 15_000
_POINTS: Final = 240
_MOST_BOARDS: Final = 5000


@dataclass(frozen=True, slots=True)
class Result:
    """What a query gave: the number of frames that hold values, or an error."""

    filled: int
    error: str = ""


class Grafana:
    """The API of one Grafana. Methods block; each raises Unreachable when nobody answers.

    What needs rights that the account lacks answers with 403: see the answer's status.
    """

    def __init__(self, api: Api) -> None:
        self.api = api

    def health(self) -> Answer:
        """Return version and state of its database; needs no account."""
        return self.api.get("/api/health")

    def account(self) -> Answer:
        """Return the organisation of the account, 401 if it has none."""
        return self.api.get("/api/org")

    def source(self, uid: str) -> Answer:
        """Return a data source."""
        return self.api.get(f"/api/datasources/uid/{quote(uid, safe='')}")

    def source_health(self, uid: str) -> Answer:
        """Ask a data source whether it reaches what it stands for; ``status`` is ``OK`` or ``ERROR``."""
        return self.api.get(f"/api/datasources/uid/{quote(uid, safe='')}/health")

    def boards(self) -> Answer:
        """Return what the search finds: ``uid`` and ``title`` of each board."""
        return self.api.get("/api/search", type="dash-db", limit=str(_MOST_BOARDS))

    def board(self, uid: str) -> Answer:
        """Return a board, under ``dashboard``."""
        return self.api.get(f"/api/dashboards/uid/{quote(uid, safe='')}")

    def behind(self, uid: str, path: str, **parameters: str) -> Answer:
        """Ask what stands behind a data source, through Grafana."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        return self.api.get(f"/api/datasources/proxy/uid/{quote(uid, safe='')}{path}{query}")

    def alertmanager(self, uid: str, path: str, method: str = "GET", body: Any = None) -> Answer:
        """Ask the Alertmanager of a data source, through Grafana."""
        return self.api.ask(method, f"/api/alertmanager/{quote(uid, safe='')}{path}", body)

    def query(self, source: Mapping[str, str], model: Mapping[str, Any], seconds: int = _SPAN_S) -> tuple[Answer, Any]:
        """Run one query over the last ``seconds``; return the answer and, if there is one, its result."""
        now = int(time.time() * 1000)
        one = {"intervalMs": _INTERVAL_MS, "maxDataPoints": _POINTS, **model, "datasource": dict(source)}
        body = {"queries": [one], "from": str(now - seconds * 1000), "to": str(now)}
        answer = self.api.ask("POST", "/api/ds/query", body)
        results = answer.body.get("results") if isinstance(answer.body, dict) else None
        return answer, (results or {}).get(one.get("refId", "A"))

    def run(self, query: PanelQuery) -> Result:
        """Run the query of a panel as the page does it."""
        if query.kind == "tempo" and not _is_metrics(str(query.model.get("query", ""))):
            return self._search(query)
        answer, result = self.query({"uid": query.source, "type": query.kind}, query.model)
        if result is None:
            return Result(0, answer.told if not answer.is_ok else "the answer has no result for the query")
        if error := result.get("error"):
            return Result(0, f"{error}")
        return Result(sum(_has_values(frame) for frame in result.get("frames") or ()))

    def _search(self, query: PanelQuery) -> Result:
        """Search for traces: the page asks Tempo itself for them, and Prometheus for the service map."""
        now = int(time.time())
        if query.model.get("queryType") == "serviceMap":
            return Result(0, "a service map is drawn by the page alone")
        answer = self.behind(
            query.source,
            "/api/search",
            q=str(query.model.get("query", "")),
            limit=str(query.model.get("limit", 20)),
            start=str(now - _SPAN_S),
            end=str(now),
        )
        if not answer.is_ok or not isinstance(answer.body, dict):
            return Result(0, answer.told)
        return Result(len(answer.body.get("traces") or ()))


def values_of(result: Any) -> Sequence[tuple[Mapping[str, str], float]]:
    """Return labels and last value of each series of a query's result."""
    found: list[tuple[Mapping[str, str], float]] = []
    for frame in (result or {}).get("frames") or ():
        columns = frame.get("data", {}).get("values") or []
        for field, column in zip(frame.get("schema", {}).get("fields") or [], columns, strict=False):
            if field.get("type") == "number" and column and column[-1] is not None:
                found.append((field.get("labels") or {}, float(column[-1])))
    return found


def _has_values(frame: Mapping[str, Any]) -> bool:
    return any(frame.get("data", {}).get("values") or ())


def _is_metrics(query: str) -> bool:
    """Whether a TraceQL query gives numbers: those go through the query API, searches do not."""
    stages = query.split("|")
    return any(stage.strip().startswith(_METRICS) for stage in stages[1:])


_METRICS: Final = (
    "rate(", "count_over_time(", "sum_over_time(", "avg_over_time(", "min_over_time(", "max_over_time(",
    "quantile_over_time(", "histogram_over_time(", "compare(",
)  # fmt: skip
