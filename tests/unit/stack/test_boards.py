"""Every board in grafana/generated: nothing in it that Grafana would show as an empty panel or a dead link."""

from __future__ import annotations

import importlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest

from dashboards.__main__ import FOLDER, main, stale
from otel_kit.stack import boards
from otel_kit.stack.alerting import thresholds
from otel_kit.stack.alerting.families import service
from otel_kit.stack.catalogue import known, metrics_in
from otel_kit.stack.live.panels import panels_of, queries_of
from tests.unit.stack.board_schema import SCHEMA

FILES = {path.stem: path for path in sorted(FOLDER.glob("*.json"))}
BOARDS: Mapping[str, dict[str, Any]] = {name: json.loads(path.read_text()) for name, path in FILES.items()}
AROUND = boards.shipped()
RATE_INTERVAL = timedelta(minutes=7)
of_each_board = pytest.mark.parametrize("name", FILES)


def panels(name: str) -> Sequence[Mapping[str, Any]]:
    """The panels of a board without rows."""
    return list(panels_of(BOARDS[name]))


def links(panel: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """All links of a panel: of its head, its values, its columns."""
    yield from panel["links"]
    yield from panel["fieldConfig"]["defaults"].get("links", ())
    for override in panel["fieldConfig"]["overrides"]:
        yield from (link for one in override["properties"] if one["id"] == "links" for link in one["value"])


def promql(name: str) -> Iterator[tuple[str, str]]:
    """Panel and query of each that Prometheus gets, ready for a parser, with $__rate_interval as seven minutes."""
    for query in queries_of(BOARDS[name]):
        if AROUND.sources[query.source] == "prometheus":
            text = query.model["expr"].replace("$__rate_interval", "7m")
            yield query.panel, re.sub(r"\$__(?:range|interval)(?!_)", "11m", re.sub(r"\$__\w+_m?s\b", "660", text))


def test_all_boards_are_there() -> None:
    """Ten questions, ten files."""
    wanted = "home service dependencies logs runtime llm security objectives pipeline alerts"
    assert set(FILES) == set(wanted.split())
    assert {board["uid"] for board in BOARDS.values()} == {f"otel-kit-{name}" for name in FILES}


def test_files_are_those_that_the_generator_writes(tmp_path: Path) -> None:
    """Each byte; and what differs, is missing or left over is named."""
    assert stale() == [], "run `python -m dashboards`"
    assert main(["--check"]) == 0
    copy = Path(shutil.copytree(FOLDER, tmp_path / "generated"))
    (copy / "home.json").write_text(FILES["home"].read_text().replace("Home", "House"))
    (copy / "logs.json").unlink()
    (copy / "old.json").write_text("{}")
    assert stale(copy) == ["home.json", "logs.json", "old.json"]


@of_each_board
def test_schema(name: str) -> None:
    """Title, description, unit, a sentence for no data and nothing that we do not know."""
    validator = jsonschema.Draft202012Validator(SCHEMA)
    assert [f"{one.json_path}: {one.message[:200]}" for one in validator.iter_errors(BOARDS[name])] == []


@of_each_board
def test_nothing_is_named_that_is_not_there(name: str) -> None:
    """Metrics, data sources, variables, boards; every PromQL query can be read; no variable is defined in vain."""
    assert [str(fault) for fault in boards.faults_of(FILES[name], AROUND)] == []
    assert boards.unused_variables(BOARDS[name]) == []


@of_each_board
def test_ids_and_places(name: str) -> None:
    """Each id and letter once, no panel over another, at most 25 panels and one text."""
    placed = BOARDS[name]["panels"]
    assert len({panel["id"] for panel in placed}) == len(placed)
    assert len(panels(name)) <= 25
    assert sum(panel["type"] == "text" for panel in placed) <= 1
    taken: dict[tuple[int, int], str] = {}
    for panel in placed:
        letters = [target["refId"] for target in panel.get("targets", ())]
        assert letters == sorted(set(letters)), panel["title"]
        grid = panel["gridPos"]
        assert grid["x"] + grid["w"] <= 24, panel["title"]
        for x in range(grid["x"], grid["x"] + grid["w"]):
            for y in range(grid["y"], grid["y"] + grid["h"]):
                assert (x, y) not in taken, f"{panel['title']} is over {taken[x, y]}"
                taken[x, y] = panel["title"]
    titles = [panel["title"] for panel in panels(name)]
    doubled = sorted({title for title in titles if titles.count(title) > 1})
    assert [title for title in doubled if _sections_of(name, title) == 1] == []


@of_each_board
def test_texts(name: str) -> None:
    """A question, how to read it, a next step."""
    for panel in panels(name):
        asked, reading, following, *_ = panel["description"].split("\n\n")
        assert re.fullmatch(r"\*\*.+\?\*\*", asked), panel["title"]
        assert len(reading) > 20, panel["title"]
        assert following.startswith("Next: "), panel["title"]


@of_each_board
def test_every_panel_leads_on(name: str) -> None:
    """A link each; from each board to traces and logs; links give other boards only variables that these have."""
    addresses = []
    for panel in panels(name):
        found = [link["url"] for link in links(panel)]
        assert found or panel["type"] == "text", panel["title"]
        addresses += found
    for address in addresses:
        if match := re.match(r"/d/otel-kit-(\w+)/", address):
            there = {one["name"] for one in BOARDS[match[1]]["templating"]["list"]}
            given = {*re.findall(r"var-(\w+)=", address)}
            assert given <= there, address
    explored = unquote(" ".join(addresses))
    kinds = {panel["type"] for panel in panels(name)}
    searched = any(target.get("tableType") for panel in panels(name) for target in panel["targets"])
    assert searched or '"datasource":"tempo"' in explored
    assert "logs" in kinds or '"datasource":"loki"' in explored


@of_each_board
def test_points_of_quantiles_lead_to_traces(name: str) -> None:
    """They are the way from a metric to a trace. On a line of anything else a duration would fit no axis."""
    for panel in panels(name):
        asked = [
            one for one in panel.get("targets", ()) if re.search(r"\b(?!prometheus)\w+_bucket\{", one.get("expr", ""))
        ]
        quantiles = [one for one in asked if "histogram_quantile" in one["expr"] or panel["type"] == "heatmap"]
        if panel["type"] in {"timeseries", "heatmap"}:
            assert not quantiles or any(one["exemplar"] for one in quantiles), panel["title"]
            assert not any(one["exemplar"] for one in asked if one not in quantiles), panel["title"]


@of_each_board
def test_rates_fit_the_interval_of_the_data(name: str) -> None:
    """A rate over less than four samples is empty, over a fixed range it is wrong when one zooms."""
    parser = importlib.import_module("promql_parser")
    for title, text in promql(name):
        for call in _calls(parser.parse(text)):
            if call.func.name in {"rate", "irate"}:
                assert call.args[0].range == RATE_INTERVAL, f"{title}: {text}"


@of_each_board
def test_counters_are_only_shown_as_rates(name: str) -> None:
    """A counter itself is how long a process has lived."""
    counters = {s for one in known().values() if one.kind in {"counter", "histogram"} for s in one.series}
    parser = importlib.import_module("promql_parser")
    for title, text in promql(name):
        bare = set(_bare(parser.parse(text))) & counters
        assert not bare, f"{title}: {bare}"


@of_each_board
def test_of_budgets_the_least_is_shown(name: str) -> None:
    """A service of the same name in another namespace or tenant must not hide one that has spent its budget."""
    parser = importlib.import_module("promql_parser")
    for title, text in promql(name):
        for node in _nodes(parser.parse(text)):
            if type(node).__name__ == "AggregateExpr" and "error_budget_remaining" in str(node.expr):
                assert str(node.op) in {"min", "count", "bottomk"}, f"{title}: {node}"


@of_each_board
def test_a_missing_counter_empties_no_sum(name: str) -> None:
    """``a + b`` is nothing while b was never counted; as part of an ``or`` it has something in its place."""
    parser = importlib.import_module("promql_parser")
    for title, text in promql(name):
        instead = set()
        for node in _nodes(parser.parse(text)):
            if type(node).__name__ == "BinaryExpr" and str(node.op) == "or":
                instead |= {str(side).strip("()") for side in (node.lhs, node.rhs)}
            if type(node).__name__ == "BinaryExpr" and str(node.op) == "+" and str(node).strip("()") not in instead:
                sides = [metrics_in(str(side)) for side in (node.lhs, node.rhs) if " or " not in str(side)]
                named = [side for side in sides if side and not any(one.startswith("slo:") for one in side)]
                assert len(named) < 2 or named[0] == named[1], f"{title}: {node}"


@of_each_board
def test_alerts_are_counted_once(name: str) -> None:
    """Each critical one has an escalation of the same name and labels, pending from the same moment."""
    parser = importlib.import_module("promql_parser")
    for title, text in promql(name):
        for node in _nodes(parser.parse(text)):
            if getattr(node, "name", None) in {"ALERTS", "ALERTS_FOR_STATE"}:
                matched = {one.name: one for one in node.matchers.matchers}
                watchdog = "Watchdog" in str(matched.get("alertname")) and "NotEqual" not in str(matched["alertname"])
                assert watchdog or "escalation" in matched, f"{title}: {node}"


@of_each_board
def test_limits_are_those_of_the_file(name: str) -> None:
    """By the names that the description gives; a coloured step without a name is nobody's."""
    values = {one.name: one for one in thresholds.load().values()}
    for panel in panels(name):
        said = {
            column: dict(re.findall(r"(\w+) `(\w+)`", names))
            for column, names in re.findall(
                r"^Limits(?: of (.+?))? \((?:above|below)\): (.*)\.$", panel["description"], re.M
            )
        }
        drawn = {"": panel["fieldConfig"]["defaults"]["thresholds"]["steps"]}
        for override in panel["fieldConfig"]["overrides"]:
            for one in override["properties"]:
                if one["id"] == "thresholds":
                    drawn[override["matcher"]["options"]] = one["value"]["steps"]
        for column, steps in drawn.items():
            wanted = sorted(float(values[limit].value) for limit in said.get(column, {}).values())
            assert [step["value"] for step in steps[1:]] == wanted, f"{panel['title']} {column}"
            assert {step["color"] for step in steps} - {"green", "text"} == set(said.get(column, {})), panel["title"]


@of_each_board
def test_limits_of_requests_and_calls_are_of_what_is_drawn(name: str) -> None:
    """Some alert has the limit on the same histogram, quantile and matchers: p95 at the limit of p99 is no alert."""
    for panel in panels(name):
        asked = " ".join(target.get("expr", "") for target in panel.get("targets", ()))
        if not re.search(r"http_(?:server|client)_request_duration_seconds", asked):
            continue
        for limit in re.findall(r"\w+ `(\w+)`", " ".join(re.findall(r"^Limits.*$", panel["description"], re.M))):
            rules = [rule.expr for rule in service.RULES if f"${{{limit}}}" in rule.expr]
            assert not rules or any(_about_the_same(rule, asked) for rule in rules), f"{panel['title']}: {limit}"


def _about_the_same(rule: str, asked: str) -> bool:
    histograms = r"\bhttp_\w+_duration_seconds"
    quantiles, matchers = r"histogram_quantile\(([\d.]+)", r'\b(http_\w+=~".*?"|error_type!="")'
    return all(set(re.findall(one, rule)) <= set(re.findall(one, asked)) for one in (histograms, quantiles, matchers))


@of_each_board
def test_traces_are_narrowed_to_the_environment_and_version(name: str) -> None:
    """What is asked of Tempo, by panels and links, and of the metrics that Tempo makes."""
    narrowed = {one["name"] for one in BOARDS[name]["templating"]["list"]} & {"environment", "version"}
    for panel in panels(name):
        for target in panel.get("targets", ()):
            asked = target.get("query") or target["expr"]
            # The service graph has no versions: two services are in it.
            wanted = {
                "tempo": narrowed,
                "prometheus": {"environment"}
                if "traces_service" in asked
                else narrowed
                if "traces_" in asked
                else set(),
            }.get(target["datasource"]["type"], set())
            assert wanted <= set(re.findall(r"\$(\w+)", asked)), panel["title"]
        for link in links(panel):
            # Backslashes of a name with dots would end neither in the JSON of the address nor in a text in quotes.
            assert ":regex}" not in link["url"], f"{panel['title']}: {link['title']}"
            for asked in re.findall(r'"query":"(.*?)(?<!\\)"', unquote(link["url"])):
                if "service.name" in asked:
                    assert "${environment:pipe}" in asked, f"{panel['title']}: {link['title']}"
                    assert "$service" not in asked, f"{panel['title']}: {link['title']}"
                    assert asked.count("{") == asked.count("}"), asked
                    assert "{{" not in asked, asked


@of_each_board
def test_columns_are_in_the_answers(name: str) -> None:
    """A column is a label of a query, or its value by the name that Grafana gives it: else it is not shown."""
    for panel in panels(name):
        for step in panel.get("transformations", ()):
            if step["id"] == "filterFieldsByName":
                shown = step["options"]["include"]["names"]
                asked = " ".join(target["expr"] for target in panel["targets"])
                labels = set(re.findall(r"\w+", asked))
                assert set(shown) <= labels | _values_of(panel), panel["title"]
                assert _values_of(panel) <= set(shown) | {"Time"}, panel["title"]
                (named,) = (one["options"] for one in panel["transformations"] if one["id"] == "organize")
                titles = set(named["renameByName"].values())
                overridden = {one["matcher"]["options"] for one in panel["fieldConfig"]["overrides"]}
                assert overridden <= titles, panel["title"]


def _values_of(panel: Mapping[str, Any]) -> set[str]:
    """Return what Grafana calls the values of a table; one query of Prometheus alone has no letter."""
    letters = [target["refId"] for target in panel["targets"]]
    alone = len(letters) == 1 and panel["targets"][0]["datasource"]["type"] == "prometheus"
    return {"Value"} if alone else {f"Value #{letter}" for letter in letters}


def test_the_tests_see_what_is_wrong() -> None:
    """The schema refuses what it is there for."""
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for spoil in (
        lambda board: board.update(schemaVersion=41),
        lambda board: board["panels"][1].pop("description"),
        lambda board: board["panels"][1]["fieldConfig"]["defaults"].pop("noValue"),
        lambda board: board["panels"][1]["fieldConfig"]["defaults"].update(unit=""),
        lambda board: board["panels"][1]["targets"][0].pop("refId"),
        lambda board: board["panels"][1]["targets"][0].update(interval="1m"),
        lambda board: board["panels"][1].update(repeat="service"),
        lambda board: board["annotations"]["list"].pop(0),
        lambda board: board["templating"]["list"][0].update(allValue=""),
    ):
        board = json.loads(FILES["home"].read_text())
        spoil(board)
        assert not validator.is_valid(board)


def _sections_of(name: str, title: str) -> int:
    """Return in how many sections a title stands."""
    section, found = "", set()
    for panel in BOARDS[name]["panels"]:
        section = panel["title"] if panel["type"] == "row" else section
        if panel["title"] == title:
            found.add(section)
    return len(found)


def _children(node: Any) -> Iterator[Any]:
    for name in ("expr", "lhs", "rhs", "param", "vector_selector"):
        child = getattr(node, name, None)
        if child is not None:
            yield child
    yield from getattr(node, "args", None) or ()


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for child in _children(node):
        yield from _nodes(child)


def _calls(node: Any) -> Iterator[Any]:
    return (one for one in _nodes(node) if hasattr(one, "func"))


def _bare(node: Any) -> Iterator[str]:
    """Yield the names of metrics that are neither in a range nor only counted."""
    if type(node).__name__ == "VectorSelector" and node.name:
        yield node.name
    if type(node).__name__ == "MatrixSelector" or (hasattr(node, "op") and str(node.op) in {"count", "group"}):
        return
    for child in _children(node):
        yield from _bare(child)
