"""What Alertmanager's configuration goes by is there in the rules: names, and labels that it compares."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from otel_kit.stack import assets, rendering
from otel_kit.stack.alerting import declaration
from otel_kit.stack.alerting.expansion import Alert, alerts_of
from otel_kit.stack.alerting.kept_labels import kept_by_promql
from otel_kit.stack.alertmanager import matchers

TEXT = (assets.root() / "backends" / "alertmanager" / "alertmanager.yml").read_text()
CONFIGURATION: dict[str, Any] = yaml.safe_load(rendering.render(TEXT, {}, "alertmanager.yml"))
ALERTS = {alert.name: alert for alert in alerts_of(declaration.load(None)) if not alert.escalates}
RULES: dict[str, Any] = {rule["name"]: rule for rule in CONFIGURATION["inhibit_rules"]}


def fitting(texts: list[str]) -> Iterator[Alert]:
    """Yield the shipped alerts that matchers on labels of rules select; those on others are of the result."""
    found = [matchers.read(text) for text in texts]
    for alert in ALERTS.values():
        labels = {"alertname": alert.name, **alert.labels}
        fits = [
            bool(re.fullmatch(one.value, labels.get(one.name, ""))) == one.is_equal
            if one.is_regex
            else (labels.get(one.name, "") == one.value) == one.is_equal
            for one in found
            if one.name in ("alertname", "severity", "family", "layer", "needs", "escalation")
        ]
        if all(fits):
            yield alert


def test_names_in_routes_and_inhibition_are_names_of_rules() -> None:
    """One that nothing has would route and mute nothing, and nobody would see it."""
    named = set(re.findall(r'alertname!?="(\w+)"', TEXT))
    assert named
    assert named <= ALERTS.keys()


@pytest.mark.parametrize("name", RULES)
def test_both_sides_are_there_and_have_what_is_compared(name: str) -> None:
    """A label that only one side has would never be equal."""
    rule = RULES[name]
    sources, targets = list(fitting(rule["source_matchers"])), list(fitting(rule["target_matchers"]))
    assert sources
    assert targets
    if not any("alertname=" in text for text in rule["source_matchers"]):
        return  # compares names: own rules, in two severities
    compared = set(rule.get("equal", ()))
    for alert in sources:
        assert compared <= {label for label in compared if label in kept_by_promql(alert.expr)}, alert.name
    assert any(compared <= {label for label in compared if label in kept_by_promql(alert.expr)}
               for alert in targets if alert.engine == "prometheus"), "none can be muted"  # fmt: skip
