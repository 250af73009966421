"""The rules in the running programs: the user's section and own files reach Prometheus and Loki's ruler."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from otel_kit.errors import ConfigError
from otel_kit.stack.http_json import Api
from otel_kit.stack.native import Stack, configuration
from tests.conditions import eventually
from tests.stack.stack_fixture import NewStack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(120)]
SECTION = """\
alerting:
  thresholds: {error_ratio: 0.031}
  interval: 2s
  objectives:
    - {name: pay-availability, service: pay, kind: availability, target: 99.5, window: 28d}
"""
OWN = """\
groups:
  - name: own
    rules:
      - { alert: OwnAlert, expr: %s, labels: { severity: info }, annotations: { summary: own } }
"""


@pytest.fixture
def user(tmp_path: Path) -> Path:
    """A folder with a section and own rules."""
    folder = tmp_path / "user"
    (folder / "alerts" / "own" / "loki").mkdir(parents=True)
    (folder / "otel-kit.yaml").write_text(SECTION)
    (folder / "alerts" / "own" / "mine.yml").write_text(OWN % "vector(1) > 2")
    (folder / "alerts" / "own" / "loki" / "mine.yml").write_text(
        OWN % """'count_over_time({service_name="pay"} |= "no" [1m]) > 2'"""
    )
    return folder


def rules(address: str, path: str = "/api/v1/rules", **headers: str) -> dict[str, dict[str, Any]]:
    """Return the loaded rules by name, as Prometheus and the ruler tell them."""
    answer = Api(address, headers).get(path)
    assert answer.status == 200, answer
    return {rule["name"]: rule for group in answer.body["data"]["groups"] for rule in group["rules"]}


def value(stack: Stack, query: str) -> str | None:
    """Return the value of the only series of a query; None while there is none."""
    found = Api(stack.addresses.prometheus).get("/api/v1/query", query=query).body["data"]["result"]
    return str(found[0]["value"][1]) if len(found) == 1 else None


def test_running_programs_have_the_users_rules(new_stack: NewStack, user: Path) -> None:
    """A changed threshold, an objective, own rules, and what is shipped; each of them evaluated without a fault."""
    stack = new_stack(own=user)
    stack.start()

    loaded = eventually(lambda: _all_well(rules(stack.addresses.prometheus)), "all rules were evaluated", 60)
    assert "> 0.031" in loaded["ServiceErrorRatioHigh"]["query"]
    assert {"OwnAlert", "slo:objective:ratio", "usage:events:rate5m"} <= loaded.keys()
    eventually(lambda: value(stack, 'slo:objective:ratio{service_name="pay"}') == "0.995", "it is recorded", 20)

    headers = {"X-Scope-OrgID": stack.addresses.loki_tenant}
    logs = eventually(
        lambda: rules(stack.addresses.loki, "/prometheus/api/v1/rules", **headers), "the ruler has its rules", 90
    )
    assert {"OwnAlert", "LogErrorBurst"} <= logs.keys()


def test_grafana_as_engine_leaves_records_only(new_stack: NewStack, user: Path) -> None:
    """Prometheus has nothing that it could send."""
    # With a key file of the user's there is no history of notifications, which would need a key.
    stack = new_stack(own=user, STACK_ALERT_ENGINE="grafana", OTELCOL_KEYS_FILE=str(user / "keys.json"))
    stack.layout.make()
    configuration.write(stack.options.files, stack.layout.rendered, stack.variables, user)
    stack.start_one("prometheus")

    loaded = rules(stack.addresses.prometheus)
    assert {rule["type"] for rule in loaded.values()} == {"recording"}
    assert "slo:burn_rate:1h" in loaded


def test_a_wrong_section_stops_the_start(new_stack: NewStack, user: Path) -> None:
    """Named with file and line, before anything runs."""
    (user / "otel-kit.yaml").write_text(SECTION.replace("error_ratio", "eror_ratio").replace("28d", "28h"))
    stack = new_stack(own=user)

    with pytest.raises(ConfigError) as raised:
        stack.start()

    assert [fault.where.rpartition("/")[2] for fault in raised.value.faults] == ["otel-kit.yaml:2", "otel-kit.yaml:5"]
    assert not [name for name in stack.names if stack.is_running(name)]


def _all_well(found: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the rules when every one was evaluated; nothing before; a fault fails at once."""
    assert not [(name, rule["lastError"]) for name, rule in found.items() if rule.get("lastError")]
    return found if found and all(rule["health"] == "ok" for rule in found.values()) else {}
