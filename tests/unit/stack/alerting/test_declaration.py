"""The section ``alerting``: what it changes in the rules, and what is refused with file and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from otel_kit.errors import ConfigError
from otel_kit.settings.load import load as load_settings
from otel_kit.stack.alerting.declaration import Declaration, load
from otel_kit.stack.alerting.expansion import alerts_of
from otel_kit.stack.alerting.rule import Rule
from otel_kit.stack.alerting.thresholds import Threshold

ROOT = Path(__file__).parents[4]
THRESHOLDS = {
    "error_ratio": Threshold("error_ratio", 0.05, "ratio", "", per_service=True),
    "latency_p95": Threshold("latency_p95", 1.0, "s", "", per_service=True),
    "disk": Threshold("disk", 0.1, "ratio", ""),
    "patience": Threshold("patience", "5m", "duration", ""),
    "escalation_delay": Threshold("escalation_delay", "30m", "duration", ""),
}
FAMILIES = {
    "shop": (
        Rule(name="Errors", severity="critical", board="service", for_="${patience}", keep_firing_for="10m",
             expr='sum by (${by}) (errors{${service},code=~"5..$"}) > ${error_ratio}',
             summary="{{ $labels.service_name }}", description="more than ${error_ratio} for ${patience}",
             layer="pipeline"),
        Rule(name="Disk", severity="warning", board="runtime", expr="disk < ${disk}", summary="s", description="d",
             needs="backend"),
    )
}  # fmt: skip
SECTION = """\
thresholds: {disk: 20%, patience: 2m}
services:
  payments: {error_ratio: 0.01}
  slow: {latency_p95: 3s}
disabled: []
severities: {Disk: critical}
durations: {Errors: 90s}
metrics: [orders_total]
default_objectives: false
"""


def declared(text: str, folder: Path, *, own: bool = True) -> Declaration:
    """Return what a file with this text declares."""
    file = folder / "otel-kit.yaml"
    file.write_text(text, "utf-8")
    return load(file, own=own, thresholds=THRESHOLDS, families=FAMILIES)


def test_alerts_are_made_of_rules_and_section(tmp_path: Path) -> None:
    """A copy for the service with its own value, the rest for all others, and a second alert for critical ones."""
    alerts = list(alerts_of(declared(SECTION, tmp_path), FAMILIES))

    by = "sum by (otel_kit_ingest_tenant, service_namespace, service_name, deployment_environment_name)"
    others = f'{by} (errors{{service_name=~".+",service_name!~"payments",code=~"5..$"}}) > 0.05'
    payments = f'{by} (errors{{service_name="payments",code=~"5..$"}}) > 0.01'
    assert [
        ("Errors", "", others, "90s"),
        ("Errors", "", others, "1890s"),
        ("Errors", "payments", payments, "90s"),
        ("Errors", "payments", payments, "1890s"),
        ("Disk", "", "disk < 0.2", "0s"),
        ("Disk", "", "disk < 0.2", "30m"),
    ] == [(one.name, one.service, one.expr, one.for_) for one in alerts]
    assert {"severity": "critical", "family": "shop", "layer": "pipeline", "service_name": "payments",
            "escalation": "2"} == alerts[3].labels  # fmt: skip
    assert {"severity": "critical", "family": "shop", "needs": "backend"} == alerts[4].labels
    assert "more than 1 % for 2m" == alerts[2].annotations["description"]
    assert "Not acknowledged for 30m: {{ $labels.service_name }}" == alerts[1].annotations["summary"]
    assert ("10m", "1m") == (alerts[0].keep_firing_for, alerts[0].interval)


def test_nothing_declared_is_what_is_shipped(tmp_path: Path) -> None:
    """A settings file without the section, an empty section, and no file at all."""
    nothing = load(None, thresholds=THRESHOLDS, families=FAMILIES)

    for text in ("service: {name: shop}\nmetrics: {enabled: true}\n", "alerting:\n", "alerting: {}\n"):
        assert nothing == declared(text, tmp_path, own=False)
    assert 3 == len(list(alerts_of(nothing, FAMILIES)))


def test_a_rule_can_be_switched_off_and_evaluated_more_often(tmp_path: Path) -> None:
    """Disabled rules have no second alert either."""
    alerts = list(alerts_of(declared("alerting: {disabled: [Errors], interval: 5s}", tmp_path), FAMILIES))

    assert [("Disk", "5s")] == [(one.name, one.interval) for one in alerts]


def test_every_fault_is_said_with_file_line_and_key(tmp_path: Path) -> None:
    """Also those of the same line, and none hides another."""
    with pytest.raises(ConfigError) as raised:
        declared(
            "alerting:\n"
            "  treshholds: {}\n"
            "  thresholds:\n"
            "    eror_ratio: 0.1\n"
            "    disk: 10 percent\n"
            "    patience: 0s\n"
            "  services:\n"
            "    payments: {disk: 0.2, latency_p95: soon}\n"
            "    shop: 0.1\n"
            "  disabled: [Eror]\n"
            "  severities: {Errors: fatal, Nothing: info}\n"
            "  durations: {Disk: 5}\n"
            "  metrics: ['orders-total']\n"
            "  default_objectives: 'no'\n"
            "  interval: fast\n",
            tmp_path,
        )

    said = [str(fault).replace(f"{tmp_path}/", "") for fault in raised.value.faults]
    expected = [
        "alerting.treshholds in otel-kit.yaml:2 is no key of alerting; did you mean thresholds?",
        "alerting.thresholds.eror_ratio in otel-kit.yaml:4 is no threshold; did you mean error_ratio?",
        "alerting.thresholds.disk in otel-kit.yaml:5 is '10 percent'; a number from 0 to 1, or 5%.",
        "alerting.thresholds.patience in otel-kit.yaml:6 is '0s'; a duration above zero, such as 5m or 1h30m.",
        "alerting.services.payments.disk in otel-kit.yaml:8 cannot be set for one service; it holds for all. "
        "Put it under thresholds.",
        "alerting.services.payments.latency_p95 in otel-kit.yaml:8 is 'soon'; seconds, such as 0.3, 300ms or 5s.",
        "alerting.services.shop in otel-kit.yaml:9 is 0.1; a map of thresholds is needed.",
        "alerting.disabled.Eror in otel-kit.yaml:10 names the unknown rule 'Eror'; did you mean Errors?",
        "alerting.severities.Nothing in otel-kit.yaml:11 names the unknown rule 'Nothing'; "
        "`otel-kit alerts check --list` names all there are.",
        "alerting.severities.Errors in otel-kit.yaml:11 is 'fatal'; critical, warning, info are.",
        "alerting.durations.Disk in otel-kit.yaml:12 is 5; a duration such as 0s, 90s or 1h30m.",
        "alerting.metrics in otel-kit.yaml:13 has 'orders-total'; names as Prometheus has them: orders_total.",
        "alerting.default_objectives in otel-kit.yaml:14 is 'no'; true or false.",
        "alerting.interval in otel-kit.yaml:15 is 'fast'; a duration above zero.",
    ]
    assert sorted(expected) == sorted(said)


@pytest.mark.parametrize("text", ["alerting: [1]", "alerting: {thresholds: [1], disabled: Errors, services: 5}"])
def test_what_has_another_shape_is_refused(text: str, tmp_path: Path) -> None:
    """Lists where maps belong, and the other way round."""
    with pytest.raises(ConfigError, match="is needed"):
        declared(text, tmp_path)


def test_the_settings_of_the_sdk_leave_the_section_alone(tmp_path: Path) -> None:
    """One file for all: what is not the SDK's is read by the stack."""
    file = tmp_path / "otel-kit.yaml"
    file.write_text("service: {name: shop}\nalerting: {thresholds: {error_ratio: 0.01}}\n", "utf-8")

    assert "shop" == load_settings(config=file, environ={}).settings.service_name


def test_the_documented_section_can_be_declared(tmp_path: Path) -> None:
    """With the shipped rules and thresholds; what the page says of it is what comes out."""
    page = (ROOT / "docs" / "alert-rules.md").read_text("utf-8")
    file = tmp_path / "otel-kit.yaml"
    file.write_text(next(block for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "alerting:" in block))

    found = load(file)

    assert ("3 %", "300 ms") == (
        found.thresholds["error_ratio"].in_words, found.services["payments"]["latency_p95"].in_words
    )  # fmt: skip
    assert ("critical", "2m", "30s") == (
        found.severities["HostDiskWillFill"], found.durations["ServiceErrorRatioHigh"], found.interval
    )  # fmt: skip


def test_a_typo_of_the_section_is_still_said(tmp_path: Path) -> None:
    """Only the section itself is left alone."""
    file = tmp_path / "otel-kit.yaml"
    file.write_text("allerting: {thresholds: {error_ratio: 0.01}}\n", "utf-8")

    with pytest.raises(ConfigError, match="allerting"):
        load_settings(config=file, environ={})
