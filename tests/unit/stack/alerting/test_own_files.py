"""``otel-kit alerts check`` and ``build`` as a user runs them, with rules and boards of one's own."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import yaml

from otel_kit.cli import main
from otel_kit.errors import ConfigError
from otel_kit.stack import assets
from otel_kit.stack.alerting.own_rules import faults_of_rule_file
from otel_kit.stack.alerting.placing import placed, remarks
from otel_kit.stack.variables import defaults
from tests.unit.stack.composed import initialised

OWN = """\
groups:
  - name: shop
    interval: 1m
    rules:
      - record: shop:orders:rate5m
        expr: sum by (service_name) (rate(orders_total[5m]))
      - alert: NoOrders
        expr: shop:orders:rate5m == 0
        for: 10m
        labels: {severity: warning}
        annotations: {summary: "{{ $labels.service_name }} sells nothing"}
"""
WRONG = """\
groups:
  - name: shop
    interval: often
    rules:
      - alert: NoOrders
        expr: sum(rate(orders_totl[5m])) == 0
        for: 10 minutes
        lables: {severity: warning}
        annotations: {summary: "{{ $labels.service_name }} sells nothing", runbook: 5}
      - alert: ServiceErrorRatioHigh
        expr: up ==
        labels: {severity: critcal}
      - expr: up
  - name: shop
    rules: []
"""


def test_an_own_rule_file_is_taken(tmp_path: Path) -> None:
    """What it records itself is known; its own metrics are named in the section."""
    file = tmp_path / "shop.yml"
    file.write_text(OWN, "utf-8")

    assert [] == faults_of_rule_file(file, ["orders_total"])
    assert ["orders_total"] == [
        str(fault).partition("unknown metric ")[2].partition(";")[0] for fault in faults_of_rule_file(file, [])
    ]


def test_every_fault_of_an_own_rule_file_is_said_with_its_line(tmp_path: Path) -> None:
    """As Prometheus would at start, and what Prometheus would take and never fire."""
    file = tmp_path / "shop.yml"
    file.write_text(WRONG, "utf-8")

    said = [str(fault).replace(f"{tmp_path}/", "") for fault in faults_of_rule_file(file, ["orders_total"])]

    assert [
        "shop.yml:3 has interval: 'often'; a duration such as 5m is needed.",
        "shop.yml:8 has the unknown key lables; did you mean labels?",
        "shop.yml:7 has for: '10 minutes'; a duration such as 5m is needed.",
        "shop.yml:9 has annotations that are not texts; put numbers in quotes.",
        "shop.yml:5 has the severity None; one of critical, warning, info, none decides who is told.",
        "shop.yml:6 asks for the unknown metric orders_totl (did you mean orders_total?); nothing that kit and stack "
        "know sends it. Name your own under alerting.metrics.",
        "shop.yml:10 is named as the shipped rule ServiceErrorRatioHigh. "
        "Choose another name, or change the shipped one in the section alerting.",
        "shop.yml:12 has the severity 'critcal'; did you mean critical?",
    ] == said[:8]
    assert said[8].startswith("shop.yml:11 has a query that cannot be read")
    assert [
        "shop.yml:13 is no rule; a map with expr and either alert or record is.",
        "shop.yml:14 names the group shop again; shop.yml:2 does already.",
    ] == said[9:]


def test_rules_on_logs_are_checked_for_what_can_be_known(tmp_path: Path) -> None:
    """In a folder ``loki``: the query is not read, the labels of texts are."""
    file = tmp_path / "loki" / "shop.yml"
    file.parent.mkdir()
    query = 'sum by (service_name) (count_over_time({service_name=~".+"} |= "panic" [5m])) > 0'
    rule = {"alert": "Panic", "expr": query, "labels": {"severity": "warning"}}
    rule["annotations"] = {"summary": "{{ $labels.service_name }} {{ $labels.host_name }}"}
    file.write_text(yaml.safe_dump({"groups": [{"name": "shop", "rules": [rule]}]}), "utf-8")

    (fault,) = faults_of_rule_file(file, [])

    assert "names the label host_name in its summary; its query keeps service_name" in str(fault)
    elsewhere = file.parent / "alerts" / "own" / "shop.yml"
    elsewhere.parent.mkdir(parents=True)
    elsewhere.write_bytes(file.read_bytes())
    assert "has a query that cannot be read" in str(faults_of_rule_file(elsewhere, []))


def test_check_takes_folders_of_rules_and_boards(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The status is 1 with faults, also as JSON; boards are known by their ending."""
    config = tmp_path / "alerting.yaml"
    config.write_text("metrics: [orders_total]\n", "utf-8")
    own = tmp_path / "own"
    own.mkdir()
    (own / "shop.yml").write_text(OWN, "utf-8")
    panel = {"id": 1, "type": "stat", "title": "Orders", "datasource": {"type": "prometheus", "uid": "prometheus"}}
    panel["targets"] = [{"refId": "A", "expr": "sum(rate(orders_totl[$__rate_interval]))"}]
    (own / "shop.json").write_text(json.dumps({"uid": "shop", "title": "Shop", "panels": [panel]}), "utf-8")

    status = main(["alerts", "check", "--config", str(config), "--json", str(own)])

    found = json.loads(capsys.readouterr().out)
    assert 1 == status
    assert {"the shipped rules", str(own / "shop.yml"), str(own / "shop.json")} == set(found)
    assert [] == found[str(own / "shop.yml")]
    assert "orders_totl" in found[str(own / "shop.json")][0]["what"]


def test_check_lists_what_can_be_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the user's own values."""
    config = tmp_path / "alerting.yaml"
    config.write_text("thresholds: {error_ratio: 2%}\n", "utf-8")

    status = main(["alerts", "check", "--config", str(config), "--list"])

    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert 0 == status
    assert "ServiceErrorRatioHigh critical service" in lines
    assert [line for line in lines if line.startswith("error_ratio 2 % ") and line.endswith("(also per service)")]


def test_build_writes_with_the_users_values(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ready to load: no variable is left; a second run changes nothing."""
    (tmp_path / "alerting.yaml").write_text("alerting: {thresholds: {error_ratio: 2%}}\n", "utf-8")
    (tmp_path / ".env").write_text("STACK_GRAFANA_URL=https://grafana.example.com\n", "utf-8")
    words = ["alerts", "build", "--config", str(tmp_path / "alerting.yaml"), "--env-file", str(tmp_path / ".env")]

    assert 0 == main([*words, "-o", str(tmp_path / "out")])
    capsys.readouterr()
    assert 0 == main([*words, "-o", str(tmp_path / "out")])

    assert f"nothing changed in {tmp_path / 'out'}\n" == capsys.readouterr().out
    text = (tmp_path / "out" / "prometheus" / "service.yml").read_text("utf-8")
    assert "> 0.02" in text
    assert "https://grafana.example.com/d/otel-kit-service" in text
    assert "${" not in text


def test_build_refuses_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Faults of the section end with 2, with file and line."""
    (tmp_path / "alerting.yaml").write_text("thresholds: {error_ratoi: 2%}\n", "utf-8")

    status = main(["alerts", "build", "--config", str(tmp_path / "alerting.yaml"), "-o", str(tmp_path / "out")])

    assert 2 == status
    assert "alerting.yaml:1 is no threshold; did you mean error_ratio?" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_build_refuses_what_the_check_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With thresholds of an older version a rule would be left with an open place."""
    (tmp_path / "alerts").mkdir()
    shipped = yaml.safe_load((assets.root() / "alerts" / "thresholds.yaml").read_text("utf-8"))
    del shipped["thresholds"]["error_ratio"]
    (tmp_path / "alerts" / "thresholds.yaml").write_text(yaml.safe_dump(shipped), "utf-8")

    status = main(["alerts", "build", "--files", str(tmp_path), "-o", str(tmp_path / "out")])

    assert 2 == status
    assert "uses the unknown threshold error_ratio" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


UNUSABLE = {
    "alerts/own/open.yml": ("sum(up", "has a query that cannot be read"),
    "alerts/own/set.yml": ("up == ${STACK_UNHEARD_OF}", "STACK_UNHEARD_OF"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_cannot_be_used_is_refused_before_anything_is_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Prometheus would not start with a query that it cannot read: init, a native start and the check say so."""
    folder = initialised(tmp_path / "observability").folder
    query, said = UNUSABLE[name]
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    rule = {"alert": "Mine", "expr": query, "labels": {"severity": "info"}}
    (folder / name).write_text(yaml.safe_dump({"groups": [{"name": "mine", "rules": [rule]}]}), "utf-8")
    (folder / ".env").unlink()
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    with pytest.raises(ConfigError, match=said):
        initialised(folder)
    with pytest.raises(ConfigError, match=said):
        placed(folder, defaults())
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for here in (tmp_path, folder):
        monkeypatch.chdir(here)
        assert 1 == main(["alerts", "check"])
        assert said in capsys.readouterr().out


def test_a_board_that_stays_empty_is_named_and_stops_nothing(tmp_path: Path) -> None:
    """No alert depends on it; so do own rules that nobody evaluates where Grafana is the engine."""
    folder = initialised(tmp_path / "observability").folder
    panel = {"id": 1, "type": "stat", "datasource": {"type": "prometheus", "uid": "prometheus"}}
    panel["targets"] = [{"refId": "A", "expr": "sum(orders_totl)"}]
    board = folder / "grafana" / "dashboards" / "own" / "shop.json"
    board.parent.mkdir(parents=True, exist_ok=True)
    board.write_text(json.dumps({"uid": "shop", "panels": [panel]}), "utf-8")
    (folder / "alerts" / "own" / "mine.yml").write_text("groups: [{name: mine, rules: []}]", "utf-8")

    said = "\n".join(initialised(folder).remarks)
    assert "asks for the metric orders_totl" in said
    assert "evaluated by nobody" not in said
    by_grafana = {**defaults(), "STACK_ALERT_ENGINE": "grafana"}
    assert "evaluated by nobody" in "\n".join(remarks(folder, by_grafana))


def test_a_rule_that_prometheus_takes_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A metric of an exporter, a severity of one's own: said by init, a fault only for the check."""
    folder = initialised(tmp_path / "observability").folder
    rule = {"alert": "Mine", "expr": "pg_up == 0", "labels": {"severity": "urgent"}}
    own = {"groups": [{"name": "mine", "rules": [rule]}]}
    (folder / "alerts" / "own" / "mine.yml").write_text(yaml.safe_dump(own), "utf-8")

    said = "\n".join(initialised(folder).remarks)

    assert "unknown metric pg_up" in said
    assert "has the severity 'urgent'" in said
    assert "pg_up" in (folder / "rendered" / "prometheus" / "rules" / "own-mine.yml").read_text("utf-8")
    monkeypatch.chdir(folder)
    assert 1 == main(["alerts", "check"])
    assert "unknown metric pg_up" in capsys.readouterr().out


def test_own_files_may_name_what_others_record(tmp_path: Path) -> None:
    """And variables of the stack; a metric of one's own is declared in the folder's section."""
    folder = initialised(tmp_path / "observability").folder
    (folder / "otel-kit.yaml").write_text("alerting: {metrics: [orders_total]}\n", "utf-8")
    record = {"record": "shop:orders", "expr": "sum(rate(orders_total[5m])) > ${STACK_MINE:-3}"}
    alert = {"alert": "Mine", "expr": "shop:orders == 0", "labels": {"severity": "info"}}
    for name, rule in {"a": alert, "b": record}.items():
        text = yaml.safe_dump({"groups": [{"name": name, "rules": [rule]}]})
        (folder / "alerts" / "own" / f"{name}.yml").write_text(text, "utf-8")

    initialised(folder)

    assert "> 3" in (folder / "rendered" / "prometheus" / "rules" / "own-b.yml").read_text("utf-8")


def test_without_a_parser_the_form_is_checked_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The package is in an extra; None is how Python notes that a module cannot be imported."""
    monkeypatch.setitem(sys.modules, "promql_parser", None)
    (tmp_path / "shop.yml").write_text(WRONG, "utf-8")

    assert 1 == main(["alerts", "check", str(tmp_path)])

    shown = capsys.readouterr()
    assert "promql-parser is not installed" in shown.err
    assert "critcal" in shown.out
    assert "query" not in shown.out.replace("has no name or no query", "")


def test_the_section_that_is_taken_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By check, build and init, with what it declares, and with the one that is not used."""
    folder = initialised(tmp_path / "observability").folder
    monkeypatch.chdir(tmp_path)
    words = {"check": ["alerts", "check"], "build": ["alerts", "build", "-o", "out"], "init": ["stack", "init"]}

    def said(command: str) -> str:
        assert 0 == main(words[command])
        shown = capsys.readouterr()
        return shown.out if command == "init" else shown.err

    assert "no otel-kit.yaml is there" in said("check")
    Path("otel-kit.yaml").write_text("service_name: shop\nalerts: {}\n", "utf-8")
    assert "otel-kit.yaml has no section alerting" in said("build")
    assert "no otel-kit.yaml is there" in said("init")
    section = "alerting: {thresholds: {error_ratio: 0.02, rate_window: 10s}, services: {a: {error_ratio: 0.01}}"
    Path("otel-kit.yaml").write_text(f"{section}, disabled: [ProcessMemoryGrowing]}}", "utf-8")
    taken = "otel-kit.yaml: 2 thresholds, 1 service, 1 disabled\n"
    short = "rate_window is 10s, shorter than two exports of 60 s: "
    for command in ("check", "build"):
        assert (text := said(command)).startswith(taken)
        assert short in text
    assert "otel-kit.yaml has a section alerting too, which is not used here" in said("init")
    (folder / "otel-kit.yaml").write_text(f"{section}}}", "utf-8")
    text = said("init")
    assert "observability/otel-kit.yaml: 2 thresholds, 1 service\n" in text
    assert short in text


def test_a_misspelt_section_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Otherwise all of it would be ignored; a file of other settings, taken for the section, is told its head."""
    (tmp_path / "otel-kit.yaml").write_text(
        "service_name: a\nalerts: {}\nalertng: {thresholds: {error_ratio: 0.01}}\n", "utf-8"
    )
    assert 2 == main(["alerts", "check", "--config", str(tmp_path / "otel-kit.yaml")])
    assert "otel-kit.yaml:3 is no section; did you mean alerting?" in capsys.readouterr().err
    (tmp_path / "all.yaml").write_text("service_name: a\n", "utf-8")
    assert 2 == main(["alerts", "check", "--config", str(tmp_path / "all.yaml")])
    assert "Other settings beside them need the head `alerting:`." in capsys.readouterr().err
