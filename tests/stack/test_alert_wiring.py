"""The rules in the running programs: the user's section and own files reach Prometheus and Loki's ruler."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality, Metric

from otel_kit.errors import ConfigError
from otel_kit.semconv import HTTP_DURATION_BOUNDARIES, HTTP_SERVER_REQUEST_DURATION
from otel_kit.stack.http_json import Api
from otel_kit.stack.native import Stack, configuration
from tests.conditions import eventually
from tests.stack.otlp_client import send_http
from tests.stack.stack_fixture import NewStack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(120)]
SECTION = """\
alerting:
  thresholds: {error_ratio: 0.031}
  interval: 2s
  objectives:
    - {name: pay-availability, service: pay, kind: availability, target: 99.5, window: 28d}
    - {name: pay-latency, service: pay, kind: latency, threshold: 1s, target: 99, window: 7d}
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
    found = [rule for group in answer.body["data"]["groups"] for rule in group["rules"]]
    assert not [(rule["name"], rule["lastError"]) for rule in found if rule.get("lastError")]
    return {rule["name"]: rule for rule in found}


def measured(stack: Stack, name: str) -> dict[str, float]:
    """Return the values of a record for the service `pay` by its objectives."""
    query = f'{name}{{service_name="pay"}}'
    found = Api(stack.addresses.prometheus).get("/api/v1/query", query=query).body["data"]["result"]
    return {series["metric"]["slo"]: round(float(series["value"][1]), 6) for series in found}


def send_requests(stack: Stack) -> None:
    """Let `pay` have answered 100 requests within a minute: 3 with an error, 10 others in more than ten seconds."""
    metric = Metric(name=HTTP_SERVER_REQUEST_DURATION, unit="s")
    metric.histogram.aggregation_temporality = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
    now = time.time_ns()
    for status, quick, late in ((200, 87, 10), (500, 3, 0)):
        for at, share in ((now - 60 * 10**9, 0), (now, 1)):
            counts = [quick * share, *[0] * (len(HTTP_DURATION_BOUNDARIES) - 1), late * share]
            point = metric.histogram.data_points.add(
                start_time_unix_nano=now - 120 * 10**9, time_unix_nano=at, count=sum(counts), sum=1.0,
                bucket_counts=counts, explicit_bounds=HTTP_DURATION_BOUNDARIES,
            )  # fmt: skip
            point.attributes.add(key="http.response.status_code").value.int_value = status
    request = ExportMetricsServiceRequest()
    sent = request.resource_metrics.add()
    sent.resource.attributes.add(key="service.name").value.string_value = "pay"
    sent.scope_metrics.add().metrics.append(metric)
    port = int(stack.addresses.otlp_http.rpartition(":")[2])
    assert send_http(port, request, stack.addresses.key) == 200


def test_running_programs_have_the_users_rules(new_stack: NewStack, user: Path) -> None:
    """A changed threshold, an objective, own rules, and what is shipped; each of them evaluated without a fault."""
    stack = new_stack(own=user)
    stack.start()

    loaded = eventually(lambda: _all_well(rules(stack.addresses.prometheus)), "all rules were evaluated", 60)
    assert "> 0.031" in loaded["ServiceErrorRatioHigh"]["query"]
    assert {"OwnAlert", "slo:objective:ratio", "usage:events:rate5m"} <= loaded.keys()

    send_requests(stack)
    eventually(
        # 3 % where 0.5 % is allowed, 10 % where 1 % is.
        lambda: measured(stack, "slo:burn_rate:5m") == {"pay-availability": 6.0, "pay-latency": 10.0},
        "objectives are measured", 30,
    )  # fmt: skip
    assert measured(stack, "slo:objective:ratio") == {"pay-availability": 0.995, "pay-latency": 0.99}
    eventually(
        lambda: measured(stack, "slo:error_budget_remaining:ratio") == {"pay-availability": -5.0, "pay-latency": -9.0},
        "the budget is overspent", 30,
    )  # fmt: skip

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
    """Return the rules when every one was evaluated; nothing before."""
    return found if found and all(rule["health"] == "ok" for rule in found.values()) else {}
