"""The file of a user's own board: each name that nobody has is told with its line and what is nearest."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from otel_kit.stack import boards

AROUND = boards.Surroundings(
    sources={"prometheus": "prometheus", "loki": "loki"}, boards={"otel-kit-service"}, metrics=("orders_total",)
)
SOURCE = {"type": "prometheus", "uid": "prometheus"}


def board() -> dict[str, Any]:
    """A board without a fault."""
    return {
        "uid": "orders",
        "title": "Orders",
        "templating": {"list": [{"name": "service", "type": "query", "datasource": SOURCE, "includeAll": True}]},
        "panels": [
            {
                "id": 1,
                "title": "Orders a minute",
                "datasource": SOURCE,
                "targets": [{"refId": "A", "expr": 'rate(orders_total{service_name=~"$service"}[$__rate_interval])'}],
                "fieldConfig": {"defaults": {"links": [{"title": "s", "url": "/d/otel-kit-service/x?var-service=a"}]}},
            },
            {"id": 2, "type": "row", "title": "More", "panels": [{"id": 3, "title": "Up", "targets": [
                {"refId": "A", "datasource": SOURCE, "expr": "up"}]}]},
        ],
    }  # fmt: skip


def faults(tmp_path: Path, made: object) -> list[str]:
    """What is said of a board, without the folder."""
    path = tmp_path / "orders.json"
    path.write_text(made if isinstance(made, str) else json.dumps(made, indent=1), encoding="utf-8")
    return [str(one).replace(f"{tmp_path}/", "") for one in boards.faults_of(path, AROUND)]


def test_a_board_without_faults(tmp_path: Path) -> None:
    """Own metrics that are declared, variables of its own, Grafana's own sources, a wrapper around it."""
    assert faults(tmp_path, board()) == []
    assert faults(tmp_path, {"dashboard": board()}) == []
    assert boards.unused_variables(board()) == []
    assert boards.is_board(json.dumps(board()))
    assert not boards.is_board("groups: []")


def panel(made: dict[str, Any]) -> dict[str, Any]:
    """The first panel of a board."""
    return made["panels"][0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda b: b.pop("uid"), ["orders.json", "has the uid None"]),
        (lambda b: b.update(uid="a b"), ["orders.json:2", "has the uid 'a b'"]),
        (lambda b: panel(b).update(id=3), ["orders.json:49 (panel 'Up') has the id 3"]),
        (
            lambda b: panel(b).update(datasource={"uid": "promethus"}),
            ["(panel 'Orders a minute')", "unknown data source promethus; did you mean prometheus?"],
        ),
        (
            lambda b: panel(b)["targets"][0].update(datasource={"uid": "${DS_PROMETHEUS}"}),
            ["which only an import by hand fills in", "prometheus, loki"],
        ),
        (
            lambda b: panel(b)["targets"][0].update(expr='rate(orders_total{service_name="$servce"}[5m])'),
            ["orders.json:28", "uses the variable $servce", "did you mean $service?"],
        ),
        (
            lambda b: panel(b)["targets"][0].update(expr="rate(http_server_request_duration_seconds_cuont[5m])"),
            ["orders.json:28 ('Orders a minute', query A)", "_cuont (did you mean", "alerting.metrics"],
        ),
        (lambda b: b["panels"][1]["panels"][0]["targets"][0].update(expr="upp"), ["query A) asks for the metric upp"]),
        (lambda b: panel(b)["targets"][0].update(expr="rate(orders_total[5m]"), ["is no PromQL"]),
        (
            lambda b: b["templating"]["list"][0].update(query={"query": "label_values(target_inof, service_name)"}),
            ["('service', query A) asks for the metric target_inof (did you mean target_info?)"],
        ),
        (
            lambda b: b.update(annotations={"list": [{"name": "Alerts", "datasource": SOURCE, "expr": "ALERTZ"}]}),
            ["('Alerts', query A) asks for the metric ALERTZ"],
        ),
        (
            lambda b: panel(b).update(links=[{"url": "/d/otel-kit-servce/x"}]),
            ["leads to the board otel-kit-servce", "did you mean otel-kit-service?"],
        ),
    ],
)
def test_each_mistake_is_told(spoil: Callable[[dict[str, Any]], object], told: list[str], tmp_path: Path) -> None:
    """With its place, and what it should have been."""
    made = board()
    spoil(made)
    text = "\n".join(faults(tmp_path, made))
    for part in told:
        assert part in text


def test_all_at_once(tmp_path: Path) -> None:
    """Two metrics, a variable, a link."""
    made = board()
    panel(made)["targets"] = [{"refId": "A", "expr": "nothing_a + nothing_b", "datasource": SOURCE}]
    panel(made)["title"] = "$region"
    panel(made)["links"] = [{"url": "/d/gone/x"}]
    assert len(faults(tmp_path, made)) == 4


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{\n 1}", "orders.json:2 is no JSON"),
        ("[]", "orders.json is no JSON object"),
        ('{"elements": {}}', "orders.json:1 has no panels"),
    ],
)
def test_what_is_no_board(text: str, told: str, tmp_path: Path) -> None:
    """Broken JSON, something else, the new format that file provisioning refuses."""
    assert faults(tmp_path, text)[0].startswith(told)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """Told, not raised."""
    assert "cannot be read" in str(boards.faults_of(tmp_path / "gone.json", AROUND)[0])


def test_a_source_chosen_by_a_variable_is_let_pass(tmp_path: Path) -> None:
    """Whoever has several Prometheuses chooses in the page."""
    made = board()
    made["templating"]["list"].append({"name": "source", "type": "datasource", "query": "prometheus"})
    panel(made)["datasource"] = {"type": "prometheus", "uid": "${source}"}
    assert faults(tmp_path, made) == []
