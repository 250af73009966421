"""Asks the stores what a panel asks, as Grafana would: proof that it has data, and what its picture is drawn of."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from otel_kit.stack.live.panels import PanelQuery
from otel_kit.stack.native import Addresses

_TIMEOUT_S: Final = 30.0
_PLACE: Final = re.compile(r"\$\{?__(?P<name>rate_interval|interval|auto|range_ms|range_s|range)(?:_ms)?\}?")
# TraceQL that is a metric and no search.
_TRACE_METRIC: Final = re.compile(
    r"\|\s*(?:rate|count_over_time|quantile_over_time|histogram_over_time|avg_over_time)\("
)


@dataclass(frozen=True, slots=True)
class Window:
    """The time range of a board, in seconds since the epoch, and what Grafana makes of it."""

    start_s: float
    end_s: float
    step_s: int
    rate_s: int

    def fill(self, text: str) -> str:
        """Return a query with Grafana's variables of time filled in."""
        length = math.ceil(self.end_s - self.start_s)
        values = {
            "rate_interval": f"{self.rate_s}s",
            "interval": f"{self.step_s}s",
            "auto": f"{self.step_s}s",
            "range": f"{length}s",
            "range_s": str(length),
            "range_ms": str(length * 1000),
        }
        return _PLACE.sub(lambda match: values[match["name"]], text)


@dataclass(frozen=True, slots=True)
class Series:
    """One series: its labels and its samples, each a time in seconds and a value that is a number."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One log record: seconds since the epoch, labels and fields, text."""

    at_s: float
    labels: Mapping[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query returned; one of the three, or nothing. ``exemplars`` are trace ids."""

    series: tuple[Series, ...] = ()
    lines: tuple[Line, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()
    exemplars: tuple[tuple[float, float, str], ...] = ()

    @property
    def has_data(self) -> bool:
        """Whether a panel would show anything."""
        return bool(self.lines or self.rows or any(one.points for one in self.series))


class NotAsked(Exception):
    """The store refused the query; the text is its own."""


class Asker:
    """Asks a stack. Methods block; ``close`` it."""

    def __init__(self, addresses: Addresses) -> None:
        self._at = addresses
        self._client = httpx.Client(timeout=_TIMEOUT_S, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def answer(self, query: PanelQuery, window: Window) -> Answer:
        """Return what the stores say.

        Raises:
            NotAsked: a query that the store does not take, or a kind of query that is not known here.
            httpx.HTTPError: the store does not answer.
        """
        if query.kind == "prometheus":
            return self._prometheus(query, window)
        if query.kind == "loki":
            return self._loki(query.model, window)
        if query.kind == "tempo":
            return self._tempo(query.model, window)
        raise NotAsked(f"{query.place}: nobody here asks a data source of the type {query.kind!r}")

    def values(self, expression: str, window: Window) -> list[str]:
        """Return the values of a variable, ``label_values(metric{...}, label)``."""
        match = re.fullmatch(r"label_values\((?:(?P<series>.+),)?\s*(?P<label>\w+)\)", expression.strip(), re.DOTALL)
        if match is None:
            raise NotAsked(f"{expression!r} is not label_values(...)")
        parameters = {"start": str(window.start_s), "end": str(window.end_s)}
        if match["series"]:
            parameters["match[]"] = match["series"]
        found: list[str] = self._get(f"{self._at.prometheus}/api/v1/label/{match['label']}/values", parameters)["data"]
        return found

    def _prometheus(self, query: PanelQuery, window: Window) -> Answer:
        base = f"{self._at.usage if query.source == 'usage' else self._at.prometheus}/api/v1"
        expression = window.fill(query.model["expr"])
        if query.model.get("instant"):
            data = self._get(f"{base}/query", {"query": expression, "time": str(window.end_s)})["data"]
            return Answer(tuple(_series(data)))
        ranged = {"start": str(window.start_s), "end": str(window.end_s)}
        data = self._get(f"{base}/query_range", {"query": expression, "step": str(window.step_s), **ranged})["data"]
        exemplars: list[tuple[float, float, str]] = []
        if query.model.get("exemplar"):
            for one in self._get(f"{base}/query_exemplars", {"query": expression, **ranged})["data"]:
                exemplars += [
                    (float(each["timestamp"]), float(each["value"]), each["labels"].get("trace_id", ""))
                    for each in one["exemplars"]
                ]
        return Answer(tuple(_series(data)), exemplars=tuple(exemplars))

    def _loki(self, model: Mapping[str, Any], window: Window) -> Answer:
        parameters = {"query": window.fill(model["expr"]), "limit": str(model.get("maxLines") or 200)}
        path = "query"
        if model.get("queryType") == "instant":
            parameters["time"] = str(int(window.end_s * 1e9))
        else:
            path = "query_range"
            parameters |= {"start": str(int(window.start_s * 1e9)), "end": str(int(window.end_s * 1e9))}
            parameters["step"] = str(window.step_s)
        headers = {"X-Scope-OrgID": self._at.loki_tenant}
        data = self._get(f"{self._at.loki}/loki/api/v1/{path}", parameters, headers)["data"]
        if data["resultType"] == "streams":
            lines = (
                Line(int(at) / 1e9, stream["stream"], text)
                for stream in data["result"]
                for at, text, *_ in stream["values"]
            )
            return Answer(lines=tuple(sorted(lines, key=lambda line: -line.at_s)))
        return Answer(tuple(_series(data)))

    def _tempo(self, model: Mapping[str, Any], window: Window) -> Answer:
        query = window.fill(model["query"])
        ranged = {"start": str(int(window.start_s)), "end": str(math.ceil(window.end_s))}
        if _TRACE_METRIC.search(query):
            parameters = {"q": query, "step": f"{window.step_s}s", **ranged}
            found = self._get(f"{self._at.tempo}/api/metrics/query_range", parameters)
            return Answer(tuple(_tempo_series(found)))
        parameters = {"q": query, "limit": str(model.get("limit") or 20), "spss": str(model.get("spss") or 3), **ranged}
        found = self._get(f"{self._at.tempo}/api/search", parameters)
        return Answer(rows=tuple(found.get("traces") or ()))

    def _get(self, url: str, parameters: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Any:
        response = self._client.get(url, params=parameters, headers=dict(headers or {}))
        if response.is_client_error:
            raise NotAsked(f"{response.status_code} {response.text.strip()[:500]}: {parameters}")
        return response.raise_for_status().json()


def _series(data: Mapping[str, Any]) -> Iterator[Series]:
    if data["resultType"] in {"scalar", "string"}:
        yield Series({}, _numbers([data["result"]]))
        return
    for one in data["result"]:
        yield Series(one["metric"], _numbers(one["values"] if "values" in one else [one["value"]]))


def _numbers(samples: Any) -> tuple[tuple[float, float], ...]:
    pairs = ((float(at), float(value)) for at, value in samples)
    return tuple(pair for pair in pairs if math.isfinite(pair[1]))


def _tempo_series(found: Mapping[str, Any]) -> Iterator[Series]:
    for one in found.get("series") or ():
        labels = {label["key"]: str(next(iter(label["value"].values()), "")) for label in one.get("labels") or ()}
        samples = ((int(each["timestampMs"]) / 1000, float(each.get("value", 0))) for each in one.get("samples") or ())
        yield Series(labels, tuple(pair for pair in samples if math.isfinite(pair[1])))
