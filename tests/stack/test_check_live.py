"""``otel-kit stack check --live`` against the real stack; its Grafana is a stand-in with the documented shapes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import yaml

from otel_kit.settings.environment import child_environment
from otel_kit.stack import assets
from otel_kit.stack.http_json import Api
from otel_kit.stack.live import Finding, Outcome, Target, check
from otel_kit.stack.native import Stack
from otel_kit.stack.native.ports import free_ports
from tests.conditions import eventually
from tests.stack.grafana_stand_in import PASSWORD, TOKEN, GrafanaStandIn
from tests.stack.notification_sinks import WebSink
from tests.stack.stack_fixture import make_stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(120)]

_JOBS = yaml.safe_load((assets.root() / "backends" / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
_GOOD = {
    "uid": "good",
    "title": "Good",
    "templating": {"list": [{"name": "job", "type": "query", "includeAll": True, "current": {"value": "$__all"}}]},
    "panels": [
        {
            "type": "row",
            "panels": [
                {
                    "title": "Up",
                    "datasource": {"uid": "prometheus", "type": "prometheus"},
                    "targets": [{"refId": "A", "expr": 'up{job=~"$job"}'}],
                }
            ],
        },
        {
            "title": "Nothing",
            "datasource": {"uid": "prometheus", "type": "prometheus"},
            "fieldConfig": {"defaults": {"noValue": "Nobody sends this."}},
            "targets": [{"refId": "A", "expr": "sum(rate(never_sent_total[$__rate_interval]))"}],
        },
        {
            "title": "Hidden",
            "datasource": {"uid": "prometheus", "type": "prometheus"},
            "targets": [{"refId": "A", "expr": "rate(", "hide": True}],
        },
    ],
}
_BAD = {
    "uid": "bad",
    "title": "Bad",
    "panels": [
        {
            "title": "Broken",
            "datasource": {"uid": "prometheus", "type": "prometheus"},
            "targets": [{"refId": "B", "expr": "sum(rate("}],
        },
        {
            "title": "Elsewhere",
            "datasource": {"uid": "gone", "type": "prometheus"},
            "targets": [{"refId": "A", "expr": "up"}],
        },
    ],
}


@pytest.fixture(scope="module")
def sink() -> Iterator[WebSink]:
    """Who is told of alerts."""
    made = WebSink()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def told_stack(
    binaries: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory, sink: WebSink
) -> Iterator[Stack]:
    """A stack with a receiver for warnings and one for critical alerts."""
    folder = tmp_path_factory.mktemp("live")
    made = make_stack(folder, binaries, {})
    secrets = made.layout.state / "secrets" / "alerts"
    secrets.mkdir(parents=True, exist_ok=True)
    for name in ("team", "page"):
        (secrets / f"{name}.webhook").write_text(f"{sink.url}/{name}\n")
    made.start()
    # What Prometheus has not scraped yet is no component that is down.
    eventually(lambda: _scraped(made) >= {job["job_name"] for job in _JOBS}, "everything scraped", timeout_s=60)
    yield made
    made.stop()


def _scraped(stack: Stack) -> set[str]:
    answer = Api(stack.addresses.prometheus).get("/api/v1/query", query="up offset 3s == 1")
    return {one["metric"]["job"] for one in answer.body["data"]["result"]}


@pytest.fixture
def grafana(told_stack: Stack) -> Iterator[GrafanaStandIn]:
    """A Grafana before that stack, with the one good board."""
    at = told_stack.addresses
    urls = {
        "prometheus": at.prometheus,
        "usage": at.usage,
        "loki": at.loki,
        "tempo": at.tempo,
        "alertmanager": at.alertmanager,
    }
    made = GrafanaStandIn(urls, {"good": _GOOD})
    yield made
    made.stop()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Files of a stack that has the one board."""
    for name in ("grafana/provisioning", "backends/prometheus"):
        shutil.copytree(assets.root() / name, tmp_path / "root" / name)
    _ship(tmp_path / "root", _GOOD)
    return tmp_path / "root"


def _ship(root: Path, board: Mapping[str, Any]) -> None:
    folder = root / "grafana" / "generated"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{board['uid']}.json").write_text(json.dumps(board))


def _gateway(stack: Stack, key: str | None = None) -> Api:
    return Api(stack.addresses.otlp_http, {"Authorization": f"Bearer {key or stack.addresses.key}"})


def _checked(grafana: GrafanaStandIn, root: Path, token: str = TOKEN, **more: Any) -> Sequence[Finding]:
    target = Target(Api(grafana.url, {"Authorization": f"Bearer {token}"}), root, **more)
    return list(check(target, Event()))


def _failed(found: Sequence[Finding]) -> dict[str, str]:
    failed = [one for one in found if one.outcome is Outcome.FAILED]
    assert all(one.mend for one in failed if one.area != "board"), "each failure says what mends it"
    return {f"{one.area} {one.place}": one.seen for one in failed}


def test_a_stack_that_works(grafana: GrafanaStandIn, told_stack: Stack, root: Path, sink: WebSink) -> None:
    """Every point is well; the record is in all three stores, and the test alert at the team's webhook."""
    paged = len(sink.of("/page", alertname="OtelKitTestAlert"))
    found = _checked(grafana, root, gateway=_gateway(told_stack), alert_severity="warning", wait_s=60.0)

    assert _failed(found) == {}
    well = [f"{one.area} {one.place}" for one in found if one.outcome is Outcome.OK]
    assert {"component collector", "component loki", "data source tempo", "data source alertmanager"} <= set(well)
    assert {"arrival tempo", "arrival loki", "arrival prometheus", "arrival exemplar", "board good"} <= set(well)
    assert [one.seen for one in found if one.outcome is Outcome.EMPTY] == ["Nobody sends this."]
    assert [one.seen for one in found if one.area == "alert"] == ["goes to team", "team took it"]
    (first, *_) = eventually(lambda: sink.of("/team", alertname="OtelKitTestAlert", status="firing"), "the alert")
    assert "test" in first["alerts"][0]["annotations"]["summary"].lower()
    assert any(path == "/team" for path, _ in sink.bodies)
    assert len(sink.of("/page", alertname="OtelKitTestAlert")) == paged


def test_what_is_broken_is_named(grafana: GrafanaStandIn, told_stack: Stack, root: Path) -> None:
    """A store that is away, a data source and boards that are not there, queries that fail, a key nobody knows."""
    (dead,) = free_ports(1)
    _ship(root, {"uid": "lost", "title": "Lost", "panels": []})
    _ship(root, {**_GOOD, "panels": [*_GOOD["panels"], {"title": "New"}]})
    grafana.boards["bad"] = _BAD
    grafana.urls["loki"] = f"http://127.0.0.1:{dead}"
    del grafana.urls["usage"]

    found = _failed(_checked(grafana, root, gateway=_gateway(told_stack, "otk_none_x"), alert_severity=None))

    assert found.keys() == {
        "data source loki",
        "data source usage",
        "arrival gateway, traces",
        "arrival gateway, logs",
        "arrival gateway, metrics",
        "board lost",
        "board good",
        "panel bad / Broken / B",
        "panel bad / Elsewhere / A",
        "board bad",
    }
    assert "connection refused" in found["data source loki"]
    assert found["data source usage"] == "is not there"
    assert found["arrival gateway, traces"].startswith("HTTP 401")
    assert found["board good"] == "lacks the panels New"
    assert "parse error" in found["panel bad / Broken / B"]
    assert "not found" in found["panel bad / Elsewhere / A"]


def test_a_record_that_is_lost(grafana: GrafanaStandIn, told_stack: Stack, root: Path) -> None:
    """Accepted, but one store never shows it."""
    (dead,) = free_ports(1)
    grafana.urls["tempo"] = f"http://127.0.0.1:{dead}"
    found = _failed(_checked(grafana, root, gateway=_gateway(told_stack), wait_s=2.0))
    assert found["arrival tempo"] == "does not have the trace after 2 s"


def test_an_alert_that_reaches_nobody(grafana: GrafanaStandIn, told_stack: Stack, root: Path, sink: WebSink) -> None:
    """A receiver that refuses is named; a stranger's Grafana account stops the check at once."""
    sink.status = 400
    try:
        found = _failed(_checked(grafana, root, alert_severity="critical", wait_s=40.0))
    finally:
        sink.status = 200
    assert set(found) == {"alert delivered"}
    assert "did not take it" in found["alert delivered"]

    (stopped,) = [one for one in _checked(grafana, root, token="wrong") if one.outcome is Outcome.FAILED]
    assert (stopped.place, stopped.seen) == ("account", "HTTP 401 Invalid username or password")
    assert "secrets/grafana/admin_password" in stopped.mend


def test_the_shipped_boards_are_asked(grafana: GrafanaStandIn, told_stack: Stack) -> None:
    """Every query of every panel is one that its store understands."""
    grafana.boards.clear()
    for path in sorted((assets.root() / "grafana" / "generated").glob("*.json")):
        board = json.loads(path.read_text())
        grafana.boards[board["uid"]] = board
    found = _checked(grafana, assets.root())
    assert _failed(found) == {}
    assert sum(one.area == "board" for one in found) == len(grafana.boards) > 0


def test_the_command(grafana: GrafanaStandIn, told_stack: Stack, root: Path, tmp_path: Path) -> None:
    """Lines for people or JSON; the status says whether something failed; the password is never shown."""
    password = root / "secrets" / "grafana" / "admin_password"
    password.parent.mkdir(parents=True)
    password.write_text(PASSWORD + "\n")
    environment = child_environment(
        OTEL_EXPORTER_OTLP_ENDPOINT=told_stack.addresses.otlp_http,
        OTEL_EXPORTER_OTLP_HEADERS=f"authorization=Bearer%20{told_stack.addresses.key}",
    )

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "otel_kit", "stack", "check", "--live", grafana.url, *options]
        return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=100)

    done = run("--no-alert", str(root))
    assert (done.returncode, done.stderr) == (0, "")
    assert "ok      arrival     loki: has the log record of the trace" in done.stdout
    assert "skipped alert       trial: no test alert was asked for" in done.stdout
    assert PASSWORD not in done.stdout

    grafana.boards["bad"] = _BAD
    done = run("--no-alert", "--json", str(root))
    counts = json.loads(done.stdout)["counts"]
    assert (done.returncode, counts["failed"]) == (1, 3)

    password.unlink()
    done = run(str(root))
    assert (done.returncode, done.stdout) == (2, "")
    assert "--password-file" in done.stderr
