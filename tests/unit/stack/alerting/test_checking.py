"""What is refused by name before anything is generated, and that nothing of it is wrong with the shipped rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from otel_kit.stack import assets
from otel_kit.stack.alerting.checking import HEADINGS, faults_of
from otel_kit.stack.alerting.declaration import load
from otel_kit.stack.alerting.rule import Rule

GOOD = Rule(
    name="Good",
    severity="critical",
    board="service",
    expr="sum by (${by}) (rate(http_server_request_duration_seconds_count{${service}}[${rate_window}])) > ${min_rate}",
    summary="{{ $labels.service_name }}",
    description="more than ${min_rate}",
    for_="${rate_window}",
)
RUNBOOK = "\n".join(["# Good", *(f"\n## {heading}\n\ntext" for heading in HEADINGS)])
CASES = "cases: [{kind: fires}, {kind: quiet}, {kind: resolves}, {kind: reset, because: a gauge}, {kind: missing}]"


def said(
    rules: Sequence[Rule], folder: Path, *, runbook: str = RUNBOOK, cases: str = CASES, family: str = "shop"
) -> list[str]:
    """Return what is wrong with rules whose files lie in ``folder``; each has the same runbook and cases."""
    for rule in rules:
        files: Mapping[str, str] = {
            f"alerts/runbooks/{rule.name}.md": runbook.replace("# Good", f"# {rule.name}", 1),
            f"alerts/cases/{rule.name}.yaml": cases,
            "grafana/generated/service.json": "{}",
        }
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")
    return [str(fault) for fault in faults_of(load(None), folder, {family: rules})]


def test_the_shipped_rules_have_no_faults() -> None:
    """Metrics, thresholds, runbooks, cases, boards, labels in texts, number of pages."""
    assert [] == [str(fault) for fault in faults_of(load(None), assets.root())]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"name": "good_rule"}, ["good_rule in families/shop.py is no name of a rule; CamelCase is."]),
        ({"expr": "up{${service}} > ${min_rat}"},
         ["Good in families/shop.py uses the unknown threshold min_rat; did you mean min_rate?"]),
        ({"expr": "sum(up) > ${min_rate}"},
         ["Good in families/shop.py uses min_rate, which a service may have of its own, but is not per service. "
          "Put ${service} into its selectors."]),
        ({"summary": "${service}"},
         ["Good in families/shop.py has ${service} in a text; it has a meaning only in the query."]),
        ({"for_": "soon"},
         ["Good in families/shop.py has 'soon' as a duration; 5m, or ${name} of a threshold that is one."]),
        ({"for_": "${min_rate}"},
         ["Good in families/shop.py waits for min_rate, which is no duration; its unit is per_second."]),
        ({"description": "costs $$ ${min_rate}"},
         ["Good in families/shop.py has $$; what fills in variables would make it one $."]),
        ({"expr": "http_server_request_duration_second_count{${service}} > ${min_rate}"},
         ["Good in families/shop.py asks for the unknown metric http_server_request_duration_second_count (did you "
          "mean http_server_request_duration_seconds_count?); nothing that kit and stack know sends it. "
          "Name your own under alerting.metrics."]),
        ({"summary": "{{ $labels.http_route }}"},
         ["Good in families/shop.py names the label http_route in its summary; its query keeps "
          "deployment_environment_name, otel_kit_ingest_tenant, service_name, service_namespace."]),
        ({"board": "servics"}, ["Good leads to the unknown board 'servics'; grafana/generated has them."]),
    ],
)  # fmt: skip
def test_a_rule_is_refused_by_name(change: dict[str, str], expected: list[str], tmp_path: Path) -> None:
    """With what is wrong with it, where, and what was meant."""
    assert expected == said([replace(GOOD, **change)], tmp_path)  # type: ignore[arg-type]


def test_a_query_that_is_none_is_refused(tmp_path: Path) -> None:
    """With the words of the parser."""
    (fault,) = said([replace(GOOD, expr="sum(up{${service}} > ${min_rate}")], tmp_path)

    assert fault.startswith("Good in families/shop.py has a query that cannot be read")


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"runbook": "# Good\n\n## Meaning\n"}, "alerts/runbooks/Good.md has not the headings of a runbook: ## Impact, "
         "## Diagnose, ## Mend, ## Tune"),
        ({"runbook": RUNBOOK.replace("## Impact", "## Diagnose", 1).replace("## Diagnose", "## Impact", 2)},
         "alerts/runbooks/Good.md has not the headings of a runbook"),
        ({"cases": "cases: [{kind: fires}]"},
         "alerts/cases/Good.yaml has no case that quiet, resolves, reset, missing"),
        ({"cases": CASES.replace("kind: quiet}", "kind: quiet, because: I say so}")},
         "alerts/cases/Good.yaml gives a reason in place of a case"),
        ({"cases": CASES.replace("{kind: quiet}", "{kind: quiet}, {kind: quite}")},
         "alerts/cases/Good.yaml has a case of the unknown kind 'quite'"),
        ({"cases": "- kind"}, "alerts/cases/Good.yaml is no file of cases"),
    ],
)  # fmt: skip
def test_runbook_and_cases_are_whole(texts: dict[str, str], expected: str, tmp_path: Path) -> None:
    """The same headings everywhere, and what it takes to know a rule."""
    (fault,) = said([GOOD], tmp_path, **texts)

    assert fault.startswith(expected)


def test_a_rule_without_runbook_and_cases_is_refused(tmp_path: Path) -> None:
    """Where others have them."""
    said([GOOD], tmp_path)

    found = [str(fault) for fault in faults_of(load(None), tmp_path, {"shop": [replace(GOOD, name="Bare")]})]

    assert [
        "Bare has no runbook; alerts/runbooks/Bare.md is where it stands.",
        "Bare has no cases; alerts/cases/Bare.yaml is where they stand.",
    ] == found


def test_thirteen_kinds_of_pages_are_too_many(tmp_path: Path) -> None:
    """Those of which the application itself says how bad they are do not count."""
    rules = [replace(GOOD, name=f"Good{number}") for number in range(13)]

    (fault,) = said(rules, tmp_path)

    assert fault.startswith("13 rules are critical: Good0, ")
    assert [] == said(rules, tmp_path, family="application")


def test_a_name_stands_for_one_rule(tmp_path: Path) -> None:
    """Silences and runbooks go by the name."""
    assert ["Good is the name of 2 rules."] == said([GOOD, GOOD], tmp_path)
