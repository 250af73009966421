"""Every query of every panel, asked of the real stack while the shop runs and fails: no panel is empty for ever."""

from __future__ import annotations

import base64
import fnmatch
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from dashboards.answers import Answer, Asker, NotAsked, Window
from otel_kit.stack import assets
from otel_kit.stack.catalogue import known, metrics_in
from otel_kit.stack.live.panels import PanelQuery, queries_of, read
from tests.conditions import eventually
from tests.stack.watched_shop import FAULTS, WatchedShop

pytestmark = [pytest.mark.stack, pytest.mark.timeout(540)]

BOARDS = [read(path.read_text("utf-8")) for path in sorted((assets.root() / "grafana/generated").glob("*.json"))]
QUERIES = [query for board in BOARDS for query in queries_of(board)]

# Panels (patterns of `board / panel / query`) that a shop in good health leaves empty: waited for after the faults.
FAILING = (
    "otel-kit-alerts / Acknowledged, silenced, expired / *",
    "otel-kit-alerts / Alerts that are kept silent / *",
    "otel-kit-alerts / Firing* / *",
    "otel-kit-alerts / Noisiest / *",
    "otel-kit-alerts / What kept them silent / *",
    "otel-kit-alerts / When what fired / *",
    "otel-kit-alerts / Who acted / *",
    "otel-kit-home / Alerts that fire / *",
    "otel-kit-llm / Calls of unknown cost / *",
    "otel-kit-llm / Errors by kind / *",
    "otel-kit-llm / Failed calls / *",
    "otel-kit-llm / Time to the first chunk / *",
    "otel-kit-objectives / Slow requests / *",
    "otel-kit-security / Changes of rights* / *",
    "otel-kit-security / Data accessed and exported / *",
    "otel-kit-security / Denied accesses* / *",
    "otel-kit-security / Failed sign-ins by address / *",
    "otel-kit-security / Ingest keys / [BD]",
    "otel-kit-security / Masked at the gateway / *",
    "otel-kit-security / Personal data found / *",
    "otel-kit-security / Refused at the gateway / *",
    "otel-kit-security / Settings and policies changed / *",
    "otel-kit-security / Sign-ins / *",
)
# Metrics that a board or rule names and this stack does not have, with the reason.
_KINDS = ("log_records", "metric_points", "spans")
_UNLIMITED = re.compile("udget|in 24 hours")
_CGROUP = "only within a limit of memory or CPU, as containers have"
_FULL = "only when a queue is full (test_durability.py, test_audit.py)"
_MEMORY = "only when the Collector runs out of memory (test_overload.py)"
_REFUSED = "only when a store refuses for good what the Collector has taken (test_audit.py)"
NOT_HERE: Mapping[str, str] = {
    "container_memory_usage_bytes": _CGROUP,
    "otel_kit_container_cpu_throttled_time_seconds_total": _CGROUP,
    "otel_kit_container_memory_limit_bytes": _CGROUP,
    "httpcheck_tls_cert_remaining_seconds": "only of https addresses with a certificate that is trusted",
    **dict.fromkeys((f"otelcol_exporter_enqueue_failed_{kind}_total" for kind in _KINDS), _FULL),
    **dict.fromkeys((f"otelcol_processor_memory_limiter_refused_{kind}_total" for kind in _KINDS), _MEMORY),
    **dict.fromkeys((f"otelcol_exporter_send_failed_{kind}_total" for kind in _KINDS), _REFUSED),
    "loki_discarded_samples_total": _REFUSED,
    "otel_kit_sink_dropped_total": "only when a disk or a server of log files does not keep up",
}
# Those that Tempo looks at every few minutes only.
LATE = {"tempodb_backend_bytes_total"}


@dataclass
class Watched:
    """The shop that is watched, and what each query has returned so far."""

    shop: WatchedShop
    asker: Asker
    started_s: float
    answers: dict[str, Answer] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    by_faults: set[str] = field(default_factory=set)

    @property
    def window(self) -> Window:
        """From the start until now."""
        return Window(self.started_s, time.time(), step_s=5, rate_s=30)

    def missing(self, queries: list[PanelQuery]) -> list[PanelQuery]:
        """Ask what had no data yet; return what still has none."""
        for query in queries:
            if query.place in self.answers or query.place in self.refused:
                continue
            try:
                answer = self.asker.answer(query, self.window)
            except NotAsked as error:
                self.refused[query.place] = str(error)
                continue
            except httpx.HTTPError:
                continue
            if answer.has_data:
                self.answers[query.place] = answer
        return [query for query in queries if query.place not in self.answers and query.place not in self.refused]

    def wait_for(self, queries: list[PanelQuery], timeout_s: float) -> None:
        """Return when all have data, or when the time is up: the tests tell what is missing."""
        try:
            eventually(lambda: not self.missing(queries), "all panels have data", timeout_s, 0.5)
        except AssertionError:
            return


@pytest.fixture(scope="module")
def watched(binaries: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Every query asked: first in good health, then after the faults."""
    shop = WatchedShop(tmp_path_factory.mktemp("watched"), binaries)
    made = Watched(shop, Asker(shop.addresses), time.time())
    try:
        shop.start()
        daily = [
            query for query in QUERIES if not any(fnmatch.fnmatchcase(query.place, pattern) for pattern in FAILING)
        ]
        made.wait_for(daily, 120.0)
        before = set(made.answers)
        shop.fail()
        made.wait_for(QUERIES, 180.0)
        made.by_faults = set(made.answers) - before
        yield made
    finally:
        shop.stop()
        made.asker.close()


def test_every_query_of_every_panel_returns_data(watched: Watched) -> None:
    """What only a fault fills is printed: `pytest -s`."""
    empty = {query.place: str(query.model.get("expr") or query.model["query"]) for query in watched.missing(QUERIES)}

    panels = {query.place.rpartition(" / ")[0] for query in QUERIES}
    print(f"\n{len(BOARDS)} boards, {len(panels)} panels, {len(watched.answers)} of {len(QUERIES)} queries have data,")
    print(f"{len(watched.by_faults)} of them only after the faults ({', '.join(FAULTS)}):")
    print("\n".join(sorted(watched.by_faults)))
    assert watched.refused == {}
    assert empty == {}


def test_every_variable_of_every_board_has_values(watched: Watched) -> None:
    """What a person picks from."""
    asked = {
        f"{board['uid']} / {variable['name']}": variable["query"]["query"]
        for board in BOARDS
        for variable in board["templating"]["list"]
        if variable["type"] == "query"
    }

    values = {place: watched.asker.values(_all_chosen(query), watched.window) for place, query in asked.items()}

    assert [place for place, found in values.items() if not any(found)] == []
    assert set(values["otel-kit-service / service"]) >= {"shop", "orders", "payments"}
    assert "test" in values["otel-kit-service / environment"]
    assert "1.4.0" in values["otel-kit-service / version"]


def test_traces_and_what_tempo_makes_of_them_are_of_the_environment_chosen(watched: Watched) -> None:
    """The services are in ``test``; nothing of them is on a board that is narrowed to another."""

    def found(environment: str) -> set[str]:
        return {
            query.place
            for board in BOARDS
            for query in queries_of(_narrowed(board, environment))
            if (query.kind == "tempo" or "traces_" in query.model["expr"])
            and watched.asker.answer(query, watched.window).has_data
        }

    there = found("test")

    assert there >= {"otel-kit-home / Service map / A", "otel-kit-home / Failed traces / A"}
    assert there >= {"otel-kit-dependencies / Connections / A", "otel-kit-dependencies / Statements / A"}
    assert found("elsewhere") == set()


def _narrowed(board: Mapping[str, Any], environment: str) -> Mapping[str, Any]:
    variables = [
        {**one, "current": {"value": [environment]}} if one["name"] == "environment" else one
        for one in board["templating"]["list"]
    ]
    return {**board, "templating": {"list": variables}}


def test_what_is_a_share_is_between_nothing_and_all(watched: Watched) -> None:
    """What shows 300 % divides by the wrong thing. A budget may be overdrawn, and the future is an extrapolation."""
    units = {
        f"{board['uid']} / {panel['title']}": panel["fieldConfig"]["defaults"].get("unit")
        for board in BOARDS
        for panel in board["panels"]
        if panel["type"] in {"timeseries", "stat", "bargauge"}
    }
    shares = {
        f"{place} {dict(series.labels)}": [value for _, value in series.points]
        for place, answer in watched.answers.items()
        if units.get(place.rpartition(" / ")[0]) == "percentunit" and not _UNLIMITED.search(place)
        for series in answer.series
    }

    assert {place: values for place, values in shares.items() if not _is_share(values)} == {}
    assert len(shares) > 5


def test_exemplars_lead_to_traces_those_to_logs_and_logs_back(watched: Watched) -> None:
    """From every board that has exemplars."""
    lines = {query.place: query for query in QUERIES if query.model.get("exemplar")}
    boards = {query.board for query in lines.values()}

    led = {query.board for query in lines.values() if _leads_around(watched, query)}

    assert boards >= {"otel-kit-service", "otel-kit-dependencies"}
    assert led == boards


def test_every_metric_of_boards_and_rules_is_on_the_stack(watched: Watched) -> None:
    """The catalogue is no wish list: what it lets through is there, or the reason why not is here."""
    used = {name for query in QUERIES if query.kind == "prometheus" for name in metrics_in(query.model["expr"])} | {
        name for expression in _rules() for name in metrics_in(expression)
    }

    there = set(watched.asker.values("label_values(__name__)", watched.window))
    missing = {known()[name].name for name in used - there} - LATE

    assert not (missing - NOT_HERE.keys()), ", ".join(sorted(missing - NOT_HERE.keys()))
    assert not (NOT_HERE.keys() - missing), f"are there: {', '.join(sorted(NOT_HERE.keys() - missing))}"


def _rules() -> Iterator[str]:
    for folder in ("alerts/generated/prometheus", "backends/prometheus/rules"):
        for path in sorted((assets.root() / folder).glob("*.y*ml")):
            for group in yaml.safe_load(path.read_text("utf-8"))["groups"]:
                yield from (rule["expr"] for rule in group["rules"])


def _leads_around(watched: Watched, query: PanelQuery) -> bool:
    """Whether one of a panel's exemplars has a trace in Tempo that has a record in Loki that names it and its span."""
    at, client = watched.shop.addresses, watched.shop.client
    found = watched.asker.answer(query, watched.window)
    for trace_id in {exemplar[2] for exemplar in found.exemplars[-20:]} - {""}:
        trace = client.get(f"{at.tempo}/api/traces/{trace_id}", headers={"Accept": "application/json"})
        if trace.status_code != httpx.codes.OK:
            continue
        logs = PanelQuery("", "", "A", "loki", "loki", {"expr": f'{{service_name=~".+"}} | trace_id="{trace_id}"'})
        records = watched.asker.answer(logs, watched.window).lines
        spans = {
            span["spanId"]
            for batch in trace.json()["batches"]
            for scope in batch["scopeSpans"]
            for span in scope["spans"]
        }
        if any(
            record.labels["trace_id"] == trace_id and record.labels.get("span_id", "") in _hexadecimal(spans)
            for record in records
        ):
            return True
    return False


def _hexadecimal(span_ids: set[str]) -> set[str]:
    # Tempo's JSON has bytes in base64.
    return {base64.b64decode(span_id).hex() for span_id in span_ids}


def _all_chosen(query: str) -> str:
    for name in ("environment", "service", "version"):
        query = query.replace(f"${name}", ".*")
    return query


def _is_share(values: list[float]) -> bool:
    return all(-1e-9 <= value <= 1 + 1e-9 for value in values)
