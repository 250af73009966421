"""What is wrong with the file of a board: names that nobody has, which Grafana would show as "No data" for ever."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from otel_kit.errors import Fault, nearest
from otel_kit.stack import assets
from otel_kit.stack.catalogue import NotPromQL, unknown_in
from otel_kit.stack.live.panels import PanelQuery, panels_of, queries_of, read

PROMETHEUS: Final = "prometheus"
# Grafana's own: annotations, other panels, several at once.
_OWN_SOURCES: Final = frozenset({"-- Grafana --", "-- Dashboard --", "-- Mixed --", "grafana"})
# Grafana's limits: it refuses another uid.
_UID: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
_BOARD_LINK: Final = re.compile(r"(?<![\w.:])/d/([A-Za-z0-9_-]+)")
# $name, ${name}, ${name:format}, [[name]]. $1 belongs to regular expressions, $__name to Grafana.
_PLACE: Final = re.compile(r"\$(?:\{([A-Za-z]\w*)(?::\w+)?\}|([A-Za-z]\w*))|\[\[([A-Za-z]\w*)(?::\w+)?\]\]")
# What variables ask of Prometheus that is PromQL.
_OF_A_VARIABLE: Final = re.compile(r"label_values\((?P<series>.+),\s*\w+\s*\)|query_result\((?P<query>.+)\)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a board may refer to. Made by ``shipped``, with more for the boards and metrics of a user."""

    sources: Mapping[str, str]
    """Uids of data sources and their types."""
    boards: Collection[str]
    """Uids of the boards that links may lead to."""
    metrics: Collection[str] = field(default=())
    """Names that the catalogue does not have: the application's own."""


def shipped(metrics: Collection[str] = (), boards: Collection[str] = ()) -> Surroundings:
    """Return the data sources and boards that come with the kit, and what is given besides.

    Reads files of the package, blocks only for that.
    """
    grafana = assets.root() / "grafana"
    provisioned = yaml.safe_load((grafana / "provisioning/datasources/otel-kit.yaml").read_text(encoding="utf-8"))
    uids = [str(json.loads(path.read_text(encoding="utf-8"))["uid"]) for path in (grafana / "generated").glob("*.json")]
    return Surroundings(
        sources={source["uid"]: source["type"] for source in provisioned["datasources"]},
        boards=frozenset({*uids, *boards}),
        metrics=metrics,
    )


def is_board(text: str) -> bool:
    """Return whether a text is meant as a board: a JSON object with panels."""
    try:
        return "panels" in read(text)
    except ValueError:
        return False


def faults_of(path: Path, around: Surroundings, *, queries: bool = True) -> list[Fault]:
    """Return everything that is wrong with the board in a file, in the order of the file's checks; empty: nothing.

    Looked at are its uid and the ids of its panels, the data sources, the variables, the metrics of each PromQL query
    and the boards that its links lead to. ``queries``: whether queries are read, which needs ``promql-parser``.
    """
    try:
        text = path.read_text(encoding="utf-8")
        board = read(text)
    except OSError as error:
        return [Fault(str(path), f"cannot be read: {error.strerror}")]
    except json.JSONDecodeError as error:
        return [Fault(f"{path}:{error.lineno}", f"is no JSON: {error.msg}", mend="Export the board from Grafana anew.")]
    except ValueError as error:
        return [Fault(str(path), str(error), "a board exported from Grafana is")]
    if "panels" not in board:
        wanted = "a board in the classic format has panels (Grafana: Export, Export the dashboard as JSON, Classic)"
        return [Fault(f"{path}:1", "has no panels", wanted)]
    checked = _File(path, text, board, around)
    of_queries = checked.metrics() if queries else ()
    return [*checked.ids(), *checked.sources(), *checked.variables(), *of_queries, *checked.links()]


def unused_variables(board: Mapping[str, Any]) -> list[str]:
    """Return the variables of a board that nothing in it uses."""
    used = {name for text in _texts(_without_choices(board)) for name in _places(text)}
    return sorted(set(_variables(board)) - used)


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    text: str
    board: Mapping[str, Any]
    around: Surroundings

    def ids(self) -> Iterator[Fault]:
        """Yield what Grafana would not load, or mix up."""
        uid = self.board.get("uid")
        if not isinstance(uid, str) or not _UID.fullmatch(uid):
            yield Fault(
                self._where('"uid"'), f"has the uid {uid!r}", "up to 40 letters, digits, - and _ are one",
                "Without one Grafana makes a new one at each start, and no link finds the board.",
            )  # fmt: skip
        seen: set[Any] = set()
        for panel in panels_of(self.board):
            number = panel.get("id")
            if number is not None and number in seen:
                yield Fault(self._panel(panel), f"has the id {number}, as another panel does", "ids are unique")
            seen.add(number)

    def sources(self) -> Iterator[Fault]:
        """Yield data sources that are not provisioned."""
        declared = {name for name, one in _variables(self.board).items() if one.get("type") == "datasource"}
        for owner, source in self._named_sources():
            uid = source.get("uid") if isinstance(source, Mapping) else source
            if not isinstance(uid, str) or uid in self.around.sources or uid in _OWN_SOURCES:
                continue
            if set(_places(uid)) & declared or uid.startswith("${DS_"):
                if uid.startswith("${DS_"):
                    yield Fault(
                        owner, f"asks the data source {uid}, which only an import by hand fills in",
                        f"provisioned are {', '.join(self.around.sources)}",
                    )  # fmt: skip
                continue
            close = nearest(uid, self.around.sources)
            hint = f"did you mean {close}?" if close else f"provisioned are {', '.join(self.around.sources)}"
            yield Fault(owner, f"asks the unknown data source {uid}", hint)

    def variables(self) -> Iterator[Fault]:
        """Yield variables that are used and not defined: they reach the query as text."""
        defined = _variables(self.board)
        reported: set[str] = set()
        for text in _texts(_without_choices(self.board)):
            for name in _places(text):
                if name in defined or name in reported or name.startswith("DS_"):
                    continue
                reported.add(name)
                close = nearest(name, defined)
                hint = f"did you mean ${close}?" if close else f"defined are {', '.join(defined) or 'none'}"
                yield Fault(self._where(text), f"uses the variable ${name}, which is not defined", hint)

    def metrics(self) -> Iterator[Fault]:
        """Yield queries that are no PromQL, and metrics that nobody sends: of panels, variables and annotations."""
        for panel in (*panels_of(self.board), *self._beside()):
            for query in queries_of({**self.board, "panels": [panel]}):
                if self._is_prometheus(query):
                    yield from self._unknown(panel, query)

    def links(self) -> Iterator[Fault]:
        """Yield links to boards that do not exist."""
        there = {*self.around.boards, str(self.board.get("uid"))}
        reported: set[str] = set()
        for text in _texts(self.board):
            for uid in _BOARD_LINK.findall(text):
                if uid not in there and uid not in reported:
                    reported.add(uid)
                    close = nearest(uid, there)
                    yield Fault(
                        self._where(text), f"leads to the board {uid}, which does not exist",
                        f"did you mean {close}?" if close else "",
                    )  # fmt: skip

    def _unknown(self, panel: Mapping[str, Any], query: PanelQuery) -> Iterator[Fault]:
        original = next(
            (one.get("expr", "") for one in panel.get("targets") or () if one.get("refId", "A") == query.ref_id), ""
        )
        where = f"{self._where(original)} ({query.panel!r}, query {query.ref_id})"
        try:
            unknown = unknown_in(str(query.model.get("expr", "")), self.around.metrics)
        except NotPromQL as error:
            yield Fault(where, str(error))
            return
        for name in unknown:
            yield Fault(
                where, f"asks for the metric {name}", "nothing in the catalogue has this name",
                "Metrics of your own are listed under alerting.metrics in otel-kit.yaml.",
            )  # fmt: skip

    def _beside(self) -> Iterator[Mapping[str, Any]]:
        """Yield what annotations and variables ask, as panels with one query."""
        asked = [(one, one.get("expr") or (one.get("target") or {}).get("expr")) for one in self._annotations()]
        for variable in _variables(self.board).values():
            query = variable.get("query")
            text = str(query.get("query", "") if isinstance(query, Mapping) else query)
            if match := _OF_A_VARIABLE.fullmatch(text.strip()):
                asked.append((variable, match["series"] or match["query"]))
        for one, expr in asked:
            if expr:
                target = {"refId": "A", "expr": expr, "datasource": one.get("datasource")}
                yield {"title": str(one.get("name", "")), "targets": [target]}

    def _annotations(self) -> Iterator[Mapping[str, Any]]:
        yield from (self.board.get("annotations") or {}).get("list") or ()

    def _is_prometheus(self, query: PanelQuery) -> bool:
        kind = self.around.sources.get(query.source, query.kind)
        return kind == PROMETHEUS and bool(query.model.get("expr"))

    def _named_sources(self) -> Iterator[tuple[str, Any]]:
        for panel in panels_of(self.board):
            yield self._panel(panel), panel.get("datasource")
            for target in panel.get("targets") or ():
                yield self._panel(panel), target.get("datasource")
        for variable in _variables(self.board).values():
            yield f"{self.path}, variable {variable.get('name')}", variable.get("datasource")
        for one in self._annotations():
            yield f"{self.path}, annotation {one.get('name')}", one.get("datasource")

    def _panel(self, panel: Mapping[str, Any]) -> str:
        title = str(panel.get("title", ""))
        return f"{self._where(title)} (panel {title!r})"

    def _where(self, text: str) -> str:
        """Return the file with the line that has this text first, as JSON writes it."""
        found = self.text.find(text if text.startswith('"') else json.dumps(text)[1:-1])
        if found < 0:
            found = self.text.find(json.dumps(text, ensure_ascii=False)[1:-1])
        return f"{self.path}:{self.text.count(chr(10), 0, found) + 1}" if found >= 0 else str(self.path)


def _variables(board: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    listed = (board.get("templating") or {}).get("list") or ()
    return {str(one["name"]): one for one in listed if one.get("name")}


def _without_choices(board: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the board without what was chosen when it was saved, and without its words."""
    words = {"current", "description", "definition"}

    def thinned(given: Any) -> Any:
        if isinstance(given, Mapping):
            return {key: thinned(value) for key, value in given.items() if key not in words}
        return [thinned(one) for one in given] if isinstance(given, list) else given

    return dict(thinned(board))


def _texts(given: Any) -> Iterator[str]:
    if isinstance(given, str):
        yield given
    elif isinstance(given, Mapping):
        for value in given.values():
            yield from _texts(value)
    elif isinstance(given, list):
        for value in given:
            yield from _texts(value)


def _places(text: str) -> Iterator[str]:
    for match in _PLACE.finditer(text):
        yield next(name for name in match.groups() if name)
