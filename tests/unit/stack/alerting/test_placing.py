"""What Prometheus, Loki's ruler and Grafana are given: shipped rules as the user wants them, own rules, one engine."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from otel_kit.errors import ConfigError
from otel_kit.stack import assets
from otel_kit.stack.alerting.placing import GRAFANA, LOKI, PROMETHEUS, placed
from otel_kit.stack.native import configuration
from otel_kit.stack.variables import defaults
from tests.unit.stack.composed import initialised

BY_GRAFANA = {"STACK_ALERT_ENGINE": "grafana"}
SECTION = "alerting:\n  thresholds: {error_ratio: 0.031}\n  disabled: [ServiceLatencyP95High]\n"
OWN = """\
groups:
  - name: own
    rules:
      - { record: "own:sum", expr: 'sum(up)' }
      - { alert: OwnAlert, expr: 'up{job="${STACK_LOKI_HOST:-loki}"} == 0', labels: { severity: info } }
"""
# Prometheus and Loki read these; the tests look at them as they do.
RULE_FOLDERS = (PROMETHEUS, LOKI)


@pytest.fixture
def user(tmp_path: Path) -> Path:
    """A user's folder with a section and own rules."""
    folder = tmp_path / "user"
    (folder / "alerts" / "own" / "loki").mkdir(parents=True)
    (folder / "otel-kit.yaml").write_text(f"service_name: shop\n{SECTION}")
    (folder / "alerts" / "own" / "mine.yml").write_text(OWN)
    (folder / "alerts" / "own" / "loki" / "logs.yml").write_text(OWN.replace("Own", "OwnLog"))
    return folder


def rules(texts: Iterable[str]) -> dict[str, Any]:
    """Return the rules of rule files by the names of their alerts and records."""
    groups = [group for text in texts for group in yaml.safe_load(text)["groups"]]
    return {rule.get("alert") or rule["record"]: rule for group in groups for rule in group["rules"]}


def of(found: dict[str, str], folder: str) -> dict[str, Any]:
    """Return the rules in a folder."""
    return rules(text for name, text in found.items() if name.startswith(f"{folder}/"))


def on_disk(rendered: Path, folder: str) -> dict[str, Any]:
    """Return the rules that lie in a folder."""
    return rules(path.read_text() for path in (rendered / folder).rglob("*.y*ml"))


def test_rules_are_the_shipped_ones_as_the_user_wants_them(user: Path) -> None:
    """Thresholds, what is switched off, and own rules beside them, with variables filled in."""
    shipped, found = placed(None, {}), placed(user, {"STACK_LOKI_HOST": "127.0.0.1", "OTELCOL_LOKI_TENANT": "shop"})

    assert "> 0.05 and" in of(shipped, PROMETHEUS)["ServiceErrorRatioHigh"]["expr"]
    own = of(found, PROMETHEUS)
    assert "> 0.031 and" in own["ServiceErrorRatioHigh"]["expr"]
    assert set(of(shipped, PROMETHEUS)) - set(own) == {"ServiceLatencyP95High"}
    assert set(own) - set(of(shipped, PROMETHEUS)) == {"own:sum", "OwnAlert"}
    assert own["OwnAlert"]["expr"] == 'up{job="127.0.0.1"} == 0'
    assert of(found, f"{LOKI}/shop").keys() - of(shipped, f"{LOKI}/main").keys() == {"own:sum", "OwnLogAlert"}
    assert f"{PROMETHEUS}/own-mine.yml" in found


def test_links_lead_where_the_variables_say() -> None:
    """Alerts carry whole addresses: neither program fills in variables."""
    links = {"STACK_GRAFANA_URL": "https://g.example", "STACK_RUNBOOKS_URL": "https://r.example/books"}
    found = placed(None, links)

    for folder in RULE_FOLDERS:
        for rule in of(found, folder).values():
            if "alert" in rule:
                annotations = rule["annotations"]
                assert annotations["runbook_url"] == f"https://r.example/books/{rule['alert']}.md"
                assert annotations["dashboard_url"].startswith("https://g.example/d/otel-kit-")
    for name, text in {**found, **placed(None, {**links, **BY_GRAFANA})}.items():
        assert "${STACK" not in text, name


def test_only_one_engine_has_alerts(user: Path) -> None:
    """Records stay where they are evaluated; who had the alerts before is told to drop them."""
    here, there = placed(user, {}), placed(user, BY_GRAFANA)

    assert [name for name in here if name.startswith(GRAFANA)] == [f"{GRAFANA}/removed.yaml"]
    removed = {one["uid"] for one in yaml.safe_load(here[f"{GRAFANA}/removed.yaml"])["deleteRules"]}
    evaluated = {rule["uid"] for name, text in there.items() if name.startswith(GRAFANA)
                 for group in yaml.safe_load(text).get("groups", ()) for rule in group["rules"]}  # fmt: skip
    assert len(evaluated) > 40
    assert evaluated <= removed
    for folder in RULE_FOLDERS:
        records = {name for name, rule in of(here, folder).items() if "record" in rule}
        assert of(there, folder).keys() == records
        assert "own:sum" in records


def test_a_file_of_its_own_takes_the_place_of_the_section(user: Path) -> None:
    """With or without the head, counted from the user's folder."""
    for text in ("thresholds: {error_ratio: 0.042}\n", "alerting: {thresholds: {error_ratio: 0.042}}\n"):
        (user / "more.yaml").write_text(text)
        found = of(placed(user, {"STACK_ALERTING_FILE": "more.yaml"}), PROMETHEUS)
        assert "> 0.042 and" in found["ServiceErrorRatioHigh"]["expr"]
        assert "ServiceLatencyP95High" in found


def test_everything_wrong_is_said_at_once(user: Path) -> None:
    """In the section and in own files, each with file and line."""
    (user / "otel-kit.yaml").write_text(
        "service_name: a\nalerting:\n  thresholds: {eror_ratio: 0.03}\n  objectives: 7\n"
    )
    own = user / "alerts" / "own"
    (own / "a.yml").write_text("groups:\n  - name: x\n    rules: {}\n")
    (own / "b.yml").write_text("groups: [}\n")
    (own / "c.yml").write_text(f"{OWN}      - {{ record: x, expr: '${{STACK_UNKNOWN}}' }}\n")
    (own / "mine.yaml").write_text(OWN)

    with pytest.raises(ConfigError) as raised:
        placed(user, {})

    where = [fault.where.rpartition("/")[2] for fault in raised.value.faults]
    assert where == ["otel-kit.yaml:3", "otel-kit.yaml:4", "a.yml:3", "b.yml:1", "c.yml:6", "mine.yml"]
    assert "did you mean error_ratio?" in str(raised.value)


def test_an_objective_cannot_look_back_further_than_prometheus(user: Path) -> None:
    """What is gone is not counted, and nobody would notice; the defaults are no promise of the user's."""
    declared = "alerting:\n  objectives:\n    - {name: a, service: a, kind: availability, target: 99, window: 60d}\n"
    (user / "otel-kit.yaml").write_text(declared)

    with pytest.raises(ConfigError, match="Set STACK_RETENTION_METRICS=60d"):
        placed(user, {})
    assert placed(user, {"STACK_RETENTION_METRICS": "60d"})
    assert placed(None, {"STACK_RETENTION_METRICS": "7d"})


def test_native_run_writes_them_anew(user: Path, tmp_path: Path) -> None:
    """Beside the hand-written files, without what an earlier start left; a wrong section stops it."""
    rendered = tmp_path / "rendered"
    variables = {**defaults(), "STACK_ALERT_SECRETS": str(tmp_path / "none"), "STACK_SCRAPE_INTERVAL": "1s"}
    configuration.write(assets.root(), rendered, variables, user)
    (user / "alerts" / "own" / "mine.yml").unlink()
    configuration.write(assets.root(), rendered, variables, user)

    found = on_disk(rendered, PROMETHEUS)
    assert {"usage:events:rate5m", "slo:objective:ratio", "ServiceErrorRatioHigh"} <= set(found)
    assert "OwnAlert" not in found
    assert "OwnLogAlert" in on_disk(rendered, f"{LOKI}/main")
    (user / "otel-kit.yaml").write_text("alerting:\n  thresholds:\n    error_ratio: much\n")
    with pytest.raises(ConfigError, match=r"otel-kit[.]yaml:3"):
        configuration.write(assets.root(), rendered, variables, user)
    assert "OwnLogAlert" in on_disk(rendered, f"{LOKI}/main"), "what was there stays when a start is refused"


def test_init_renders_them_into_the_folder(tmp_path: Path) -> None:
    """The section of the folder, its own rules, hand-written rules of Loki's; boards with the user's limits."""
    folder = initialised(tmp_path / "stack").folder
    (folder / "otel-kit.yaml").write_text(SECTION)
    (folder / "alerts" / "own" / "mine.yml").write_text(OWN)
    (folder / "alerts" / "own" / "loki").mkdir()
    (folder / "alerts" / "own" / "loki" / "mine.yml").write_text(OWN.replace("Own", "OwnLog"))
    before = yaml.safe_load((folder / "compose.override.yaml").read_text())["services"]

    initialised(folder)

    rendered = folder / "rendered"
    assert "> 0.031 and" in on_disk(rendered, PROMETHEUS)["ServiceErrorRatioHigh"]["expr"]
    assert {"OwnAlert", "usage:events:rate5m"} <= on_disk(rendered, PROMETHEUS).keys()
    assert "OwnLogAlert" in on_disk(rendered, LOKI)
    shipped, made = folder / "grafana" / "generated", rendered / "grafana" / "generated"
    assert {path.name for path in made.iterdir()} == {path.name for path in shipped.glob("*.json")}
    assert [path.name for path in made.iterdir() if path.read_text() != (shipped / path.name).read_text()]
    provisioning = folder / "grafana" / "provisioning" / "datasources" / "otel-kit.yaml"
    assert (rendered / provisioning.relative_to(folder)).read_bytes() == provisioning.read_bytes()
    after = yaml.safe_load((folder / "compose.override.yaml").read_text())["services"]
    changed = {name for name in after if after[name]["labels"] != before[name]["labels"]}
    assert changed == {"prometheus", "usage", "loki", "grafana"}
    (folder / "backends" / "loki" / "rules" / "main").mkdir()
    (folder / "backends" / "loki" / "rules" / "main" / "x.yaml").write_text(OWN.replace("Own", "HandWritten"))
    initialised(folder)
    assert {"OwnLogAlert", "HandWrittenAlert"} <= on_disk(rendered, LOKI).keys()


def test_init_with_grafana_as_engine(tmp_path: Path) -> None:
    """Its rules lie where it reads them, and nobody else has any."""
    folder = initialised(tmp_path / "stack").folder
    env = folder / ".env"
    env.write_text(f"{env.read_text()}\nSTACK_ALERT_ENGINE=grafana\nSTACK_ALERT_SMTP_HOST=mail.example.com:587\n")
    (folder / "alerts" / "own" / "mine.yml").write_text(OWN)
    (folder / "backends" / "prometheus" / "rules" / "more.yml").write_text(OWN)
    (folder / "secrets" / "alerts" / "oncall.webhook").write_text("https://pager.example.com/x\n")

    initialised(folder)

    for name in RULE_FOLDERS:
        assert not [rule for rule in on_disk(folder / "rendered", name).values() if "alert" in rule]
    assert "own:sum" in on_disk(folder / "rendered", PROMETHEUS)
    assert "ServiceErrorRatioHigh" in (folder / "rendered" / GRAFANA / "service.yaml").read_text()
    assert (folder / "rendered" / GRAFANA / "README.md").is_file()
    assert (
        "$__file{/run/secrets/alerts/oncall.webhook}"
        in (folder / "rendered" / GRAFANA / "contact-points.yaml").read_text()
    )
    grafana = yaml.safe_load((folder / "compose.override.yaml").read_text())["services"]["grafana"]
    assert grafana["environment"]["GF_SMTP_HOST"] == "mail.example.com:587"
