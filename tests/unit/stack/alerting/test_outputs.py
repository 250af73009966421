"""What is generated: the same rules for each engine, always the same text, and the committed files are up to date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from otel_kit.stack import assets, rendering
from otel_kit.stack.alerting import expansion, grafana, writing
from otel_kit.stack.alerting.declaration import Declaration, load
from otel_kit.stack.alerting.expansion import Alert, alerts_of
from otel_kit.stack.alerting.families import FAMILIES
from otel_kit.stack.alerting.rule import Rule
from otel_kit.stack.alerting.rule_file import groups_of

GENERATED = assets.root() / "alerts" / "generated"
RECORDS = "prometheus/objective-records.yml"


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Declaration:
    """A declaration that makes copies, takes one rule out and lets another one page."""
    file = tmp_path_factory.mktemp("declared") / "alerting.yaml"
    file.write_text(
        "services: {payments: {error_ratio: 0.01}, 'a \"b\".*$': {latency_p95: 0.3s}}\n"
        "disabled: [ServiceAvailabilityLow]\nseverities: {HostDiskWillFill: critical}\n",
        "utf-8",
    )
    return load(file, own=True)


def of_rule_files(texts: dict[str, str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield uid in Grafana, engine and rule of all alerts in the files of Prometheus and Loki."""
    for name, text in texts.items():
        if name.startswith("grafana/") or name == RECORDS:
            continue
        for group in yaml.safe_load(text)["groups"]:
            for rule in group["rules"]:
                labels = rule["labels"]
                made = grafana.uid(rule["alert"], labels.get("service_name", ""), escalates="escalation" in labels)
                yield made, name.partition("/")[0], rule


def of_grafana(texts: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return the rules of Grafana's files by uid."""
    documents = [yaml.safe_load(text) for name, text in texts.items() if name.startswith("grafana/")]
    rules = [rule for one in documents for group in one.get("groups", []) for rule in group["rules"]]
    assert len(rules) == len({rule["uid"] for rule in rules}) == len({rule["title"] for rule in rules})
    return {rule["uid"]: rule for rule in rules}


def test_the_committed_files_are_up_to_date() -> None:
    """`make generate` writes them anew."""
    texts = writing.render(load(None))

    committed = {str(path.relative_to(GENERATED)): path.read_text("utf-8") for path in GENERATED.rglob("*.y*ml")}

    assert sorted(texts) == sorted(committed)
    assert [] == [name for name, text in texts.items() if committed[name] != text]


def test_grafana_asks_the_same_rule_by_rule(everything: Declaration) -> None:
    """Expression, waits, labels and texts; `$value` is what Grafana calls otherwise."""
    texts = dict(writing.render(everything))
    theirs = of_grafana(texts)

    ours = list(of_rule_files(texts))

    assert {uid for uid, _, _ in ours} == set(theirs)
    assert len(ours) > 80
    for uid, engine, rule in ours:
        his = theirs[uid]
        query, condition = his["data"]
        assert (rule["expr"], engine, engine) == (
            query["model"]["expr"], query["datasourceUid"], query["model"]["datasource"]["uid"]
        )  # fmt: skip
        assert ("B", "B", "is_number($A) || is_inf($A)") == (
            his["condition"], condition["refId"], condition["model"]["expression"]
        )  # fmt: skip
        assert (rule.get("for", "0s"), rule.get("keep_firing_for")) == (his["for"], his.get("keepFiringFor"))
        assert {**rule["labels"], "rule": rule["alert"]} == his["labels"]
        texts_of = {name: text.replace("$value", "$values.A.Value") for name, text in rule["annotations"].items()}
        assert texts_of == his["annotations"]
        assert ("OK", "Error", False) == (his["noDataState"], his["execErrState"], his["isPaused"])


def test_what_was_there_before_is_taken_out_of_grafana(everything: Declaration) -> None:
    """It keeps a rule whose file is gone: the disabled one, and second alerts of those that do not escalate."""
    texts = dict(writing.render(everything))
    removed = {row["uid"] for row in yaml.safe_load(texts["grafana/removed.yaml"])["deleteRules"]}
    all_of_them = {row["uid"] for row in yaml.safe_load(grafana.delete_all())["deleteRules"]}

    assert {"otk-ServiceAvailabilityLow", "otk-ServiceAvailabilityLow-2", "otk-HostCpuSaturated-2"} <= removed
    assert not removed & set(of_grafana(texts))
    assert removed < all_of_them
    assert {f"otk-{rule.name}" for rules in FAMILIES.values() for rule in rules} <= all_of_them


def test_uids_are_such_as_grafana_takes(everything: Declaration) -> None:
    """At most 40 characters, whatever a service is called."""
    uids = set(of_grafana(dict(writing.render(everything))))

    assert [] == [uid for uid in uids if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", uid)]
    assert grafana.uid("A" * 60, "", escalates=False) != grafana.uid("A" * 60, "", escalates=True)


def test_links_are_filled_in_when_the_files_are_placed(everything: Declaration) -> None:
    """Templates survive, and no place is left."""
    variables = {"STACK_GRAFANA_URL": "https://grafana.example.com", "STACK_RUNBOOKS_URL": "https://wiki.example.com"}

    filled = "".join(rendering.render(text, variables, name) for name, text in writing.render(everything).items())

    assert "runbook_url: https://wiki.example.com/ServiceErrorRatioHigh.md" in filled
    assert "dashboard_url: https://grafana.example.com/d/otel-kit-service/service?orgId=1{{ with" in filled
    assert "{{ $labels.service_name }}" in filled
    assert not re.search(r"\$\{", filled)
    assert "127.0.0.1" not in filled


def test_the_same_declaration_gives_the_same_texts(everything: Declaration) -> None:
    """Byte for byte, with a head that says where it comes from."""
    first, second = writing.render(everything), writing.render(everything)

    assert list(first.items()) == list(second.items())
    assert [] == [name for name, text in first.items() if not text.startswith("# Generated ")]


def test_a_family_has_a_group_for_each_interval() -> None:
    """Prometheus evaluates a group as one; the first keeps the name of the family."""
    rules = [Rule(name=f"R{n}", severity="info", board="service", expr="x", summary="s", description="d",
                  interval=interval) for n, interval in enumerate(("1m", "5m", "1m"))]  # fmt: skip
    alerts: list[Alert] = list(alerts_of(load(None), {"few": rules}))

    assert {"few": ["R0", "R2"], "few-5m": ["R1"]} == {
        name: [one.name for one in members] for name, members in groups_of(alerts).items()
    }


def test_writing_leaves_the_files_of_others_alone(tmp_path: Path) -> None:
    """What an earlier build had is removed, what somebody else put there stays."""
    (tmp_path / "prometheus").mkdir()
    for name, text in {"mine.yml": "groups: []\n", "old.yml": "# Generated by `otel-kit alerts build`\n"}.items():
        (tmp_path / "prometheus" / name).write_text(text, "utf-8")

    changed, removed = writing.write({"prometheus/new.yml": "# Generated x\n"}, tmp_path)
    again = writing.write({"prometheus/new.yml": "# Generated x\n"}, tmp_path)

    assert (["new.yml"], ["old.yml"]) == ([one.name for one in changed], [one.name for one in removed])
    assert ([], []) == again
    assert ["mine.yml", "new.yml"] == sorted(path.name for path in (tmp_path / "prometheus").iterdir())


def test_links_have_the_defaults_of_the_variables() -> None:
    """One default, wherever it stands."""
    from otel_kit.stack.variables import defaults

    dashboards = {
        name: value for name, value in defaults().items() if name in {"STACK_GRAFANA_URL", "STACK_RUNBOOKS_URL"}
    }

    assert {f"${{{name}:-{value}}}" for name, value in dashboards.items()} == {expansion.GRAFANA, expansion.RUNBOOKS}
