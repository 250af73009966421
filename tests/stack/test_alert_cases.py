"""Every rule by its cases under the real promtool: fires, stays quiet, resolves, bears resets and missing series."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from otel_kit.stack.alerting import declaration, writing
from otel_kit.stack.alerting.expansion import alerts_of
from otel_kit.stack.rendering import render
from tests.stack.alert_cases import (
    CASES,
    FAMILY_OF,
    KINDS,
    CaseFile,
    moved,
    prometheus_rules,
    promtool_test,
    read,
    run_promtool,
    write,
)

# Several of them at once on a busy machine; alone a family takes a few seconds.
pytestmark = [pytest.mark.stack, pytest.mark.timeout(180)]

_FAMILIES = sorted({family for family, _ in prometheus_rules()})
# With a threshold a hundred times as high nothing of it is left.
_BITING = {
    "ServiceErrorRatioHigh": "error_ratio",
    "ServiceLatencyP95High": "latency_p95",
    "HostCpuSaturated": "host_cpu",
}


@pytest.mark.parametrize("family", _FAMILIES)
def test_rules_do_what_their_cases_say(family: str, promtool: Path, tmp_path: Path) -> None:
    """One process a family, as promtool evaluates all rules of a file for each case."""
    files = [read(rule.name, tmp_path) for of, rule in prometheus_rules() if of == family]

    ran = promtool_test(promtool, *(path for file in files for path in write(file, tmp_path)))

    assert 0 == ran.returncode, ran.stdout + ran.stderr


@pytest.mark.parametrize("rule", [rule.name for _, rule in prometheus_rules() if rule.severity != "none"])
def test_each_rule_has_all_kinds_of_cases(rule: str, tmp_path: Path) -> None:
    """What no case shows is not known; a reason stands for a reset or a missing series only.

    The one that always fires is never quiet.
    """
    file = read(rule, tmp_path)

    reasons = {case["kind"]: case["because"] for case in file.cases if "because" in case}

    assert set(KINDS) == {case["kind"] for case in file.cases}
    assert reasons.keys() <= {"reset", "missing"}
    assert all(reasons.values())


@pytest.mark.parametrize("rule", [rule.name for _, rule in prometheus_rules()])
def test_cases_expect_what_their_kind_says(rule: str, tmp_path: Path) -> None:
    """One that fires does at one time, a quiet one never does, one that resolves ends without."""
    for case in read(rule, tmp_path).runnable:
        counts = list(case["firing"].values())
        expected = {
            "fires": max(counts) > 0,
            "quiet": max(counts) == 0,
            "resolves": max(counts) > 0 and counts[-1] == 0,
        }
        assert expected.get(case["kind"], True), case.get("name")


@pytest.mark.parametrize("name", _BITING)
def test_every_wrong_expectation_fails(name: str, promtool: Path, tmp_path: Path) -> None:
    """One more firing alert than there is, in each case by itself."""
    files = write(read(name, tmp_path), tmp_path, flipped=True)

    passed = [path.name for path in files if promtool_test(promtool, path).returncode == 0]

    assert [] == passed


@pytest.mark.parametrize(("name", "threshold"), _BITING.items())
def test_another_threshold_fails_the_case_that_fires(name: str, threshold: str, promtool: Path, tmp_path: Path) -> None:
    """The cases know where the line is: with one a hundred times as high nothing fires."""
    file = read(name, tmp_path)
    fires = dataclasses.replace(file, cases=[case for case in file.runnable if case["kind"] == "fires"])

    ran = promtool_test(promtool, *write(moved(fires, threshold, 100), tmp_path))

    assert 0 != ran.returncode, ran.stdout


def test_the_second_alert_fires_when_nobody_acted(promtool: Path, tmp_path: Path) -> None:
    """For as long as the first had to wait, and ``escalation_delay`` longer."""
    file = read("ServiceErrorRatioHigh", tmp_path)
    second = next(one for one in alerts_of(file.declared) if one.name == file.rule and one.escalates)
    case = {
        "kind": "fires",
        "series": {
            'http_server_request_duration_seconds_count{service_name="shop",http_response_status_code="500"}': "0+60x90"
        },
        "firing": {"30m": 0, "50m": 1},
        "labels": {"escalation": "2", "severity": "critical"},
    }

    ran = promtool_test(promtool, *write(CaseFile(file.rule, file.declared, [case], "1m"), tmp_path, lambda _: second))

    assert 0 == ran.returncode, ran.stdout + ran.stderr


def test_a_service_with_its_own_threshold_is_judged_by_it_alone(promtool: Path, tmp_path: Path) -> None:
    """3 % of errors are too many for payments, and not for any other."""
    section = tmp_path / "alerting.yaml"
    section.write_text("services: {payments: {error_ratio: 0.01}, 'odd.$name': {error_ratio: 50%}}", "utf-8")
    ok = 'http_server_request_duration_seconds_count{service_name="%s",http_response_status_code="200"}'
    bad = ok.replace("200", "500")
    rates = {"payments": ("97", "3"), "shop": ("97", "3"), "odd.$name": ("80", "20"), "odd-Xname": ("80", "20")}
    case = {
        "kind": "fires",
        "series": {
            metric % name: f"0+{rate}x40"
            for name, pair in rates.items()
            for metric, rate in zip((ok, bad), pair, strict=True)
        },
        "firing": {"30m": 2},
        "labels": {"service_name": "payments"},
    }
    file = CaseFile("ServiceErrorRatioHigh", declaration.load(section, own=True), [case], "1m")

    ran = promtool_test(promtool, *write(file, tmp_path))

    assert 0 == ran.returncode, ran.stdout + ran.stderr


def test_promtool_accepts_what_is_generated(promtool: Path, tmp_path: Path) -> None:
    """Every rule of every file, also with a service of its own thresholds; the head of its lint says nothing."""
    section = tmp_path / "alerting.yaml"
    section.write_text("services: {payments: {error_ratio: 0.01, latency_p99: 2s}}", "utf-8")
    texts = writing.render(declaration.load(section, own=True))
    paths = []
    for relative, text in texts.items():
        if relative.startswith("prometheus/"):
            paths.append(tmp_path / Path(relative).name)
            paths[-1].write_text(render(text, {}, relative), "utf-8")

    ran = run_promtool(promtool, "check", "rules", *paths)

    assert (0, "") == (ran.returncode, ran.stderr)
    assert not re.search(r"duplicate|FAILED", ran.stdout)


def test_every_case_file_is_of_a_rule() -> None:
    """One whose rule was renamed is never run again."""
    assert [] == [path.name for path in CASES.iterdir() if path.stem not in FAMILY_OF]
