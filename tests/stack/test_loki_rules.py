"""The rules over logs, in the real Loki: the cases of alerts/cases, and what the gateway makes of real records."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import SEVERITY_NUMBER_ERROR, LogRecord

from otel_kit import semconv
from otel_kit.stack.alerting import declaration
from otel_kit.stack.alerting.declaration import Declaration
from otel_kit.stack.alerting.durations import seconds_of
from otel_kit.stack.alerting.expansion import alerts_of
from otel_kit.stack.alerting.families import FAMILIES
from otel_kit.stack.alerting.loki import files
from otel_kit.stack.http_json import Api
from otel_kit.stack.native import Stack
from otel_kit.stack.rendering import render
from tests.conditions import eventually
from tests.stack import alert_cases
from tests.stack.loki_process import TENANT, Loki
from tests.stack.otlp_client import PROTOBUF, post, send_http
from tests.stack.payloads import Plain, any_value, key_values, log_request, new_record

pytestmark = pytest.mark.stack

RULES = sorted(rule.name for rules in FAMILIES.values() for rule in rules if rule.engine == "loki")
# Loki's name of a label -> how OTLP calls it, where Loki would not know it by its own.
RESOURCE_LABELS = {name.replace(".", "_"): name for name in (semconv.SERVICE_NAME, semconv.SERVICE_NAMESPACE)}
RECORD_LABELS = {name.replace(".", "_"): name for name in (semconv.EVENT_CATEGORY, semconv.RETENTION_TIER)}
LEVEL = "severity_number"


@pytest.mark.parametrize("rule", RULES)
def test_cases(stack: Stack, tmp_path: Path, rule: str) -> None:
    """Each case is a tenant of its own, whose records are as old as its last question demands."""
    file = alert_cases.read(rule, tmp_path)
    assert {case["kind"] for case in file.cases} == set(alert_cases.KINDS)
    expr = expression(rule, file.declared)

    for case in file.runnable:
        tenant = f"rules-{uuid.uuid4().hex}"
        start_s = time.time() - max(map(seconds_of, case["firing"])) - 5
        for log in case["logs"]:
            push(stack, tenant, start_s, log)
        for at, count in case["firing"].items():
            found = ask(stack, tenant, expr, start_s + seconds_of(at))
            assert len(found) == count, (case["kind"], case.get("name"), at, found)
        for label, value in case.get("labels", {}).items():
            assert found[0][label] == value


def test_what_comes_through_the_gateway_has_the_names_that_the_rules_ask_for(stack: Stack, tmp_path: Path) -> None:
    """One record of the kit with everything in it, by the gateway: with thresholds of 0 every rule finds it."""
    service = f"rules-{uuid.uuid4().hex}"
    attributes: dict[str, Plain] = {
        semconv.EVENT_CATEGORY: "security",
        semconv.SECURITY_KIND: "authentication",
        semconv.EVENT_OUTCOME: "failure",
        semconv.CLIENT_ADDRESS: "203.0.113.0",
        semconv.EXCEPTION_TYPE: "KeyError",
    }
    records = [
        new_record("one", "signed in as anna@example.com", **attributes),
        new_record("two", "denied", **{**attributes, semconv.SECURITY_KIND: "authorization"}),
    ]
    request = ExportLogsServiceRequest()
    group = request.resource_logs.add()
    resource: dict[str, Plain] = {semconv.SERVICE_NAME: service, semconv.TELEMETRY_DISTRO_NAME: "otel-kit"}
    group.resource.attributes.extend(key_values(resource))
    for record in records:
        record.MergeFrom(LogRecord(severity_number=SEVERITY_NUMBER_ERROR, severity_text="ERROR"))
        group.scope_logs.add().log_records.append(record)
    # The service was there the day before: of a new one no exception is new.
    day_before = new_record("three", "started")
    day_before.time_unix_nano -= int((24.5 * 3600) * 1e9)
    group.scope_logs.add().log_records.append(day_before)
    zero = ("authentication_failures", "authentication_failures_by_address", "authorization_denials", "error_log_rate")
    section = tmp_path / "alerting.yaml"
    section.write_text("thresholds: {" + ", ".join(f"{name}: 0" for name in zero) + "}")
    declared = declaration.load(section, own=True)

    assert send_http(port_of(stack.addresses.otlp_http), request, str(stack.addresses.key)) == 200

    expressions = {rule: expression(rule, declared) for rule in RULES}

    def missing() -> list[str]:
        tenant = stack.addresses.loki_tenant
        found = {rule: ask(stack, tenant, expr, time.time()) for rule, expr in expressions.items()}
        return [rule for rule in RULES if service not in [labels["service_name"] for labels in found[rule]]]

    eventually(lambda: missing() == [], "every rule finds the record", 20, 0.5)


def test_the_ruler_takes_and_evaluates_all_of_them(loki: Path, tmp_path: Path) -> None:
    """The generated files in a Loki of their own, evaluated each second: no rule has a fault, one fires."""
    section = tmp_path / "alerting.yaml"
    section.write_text("interval: 1s\nseverities: {PersonalDataFound: critical}")
    folder = tmp_path / "rules" / TENANT
    folder.mkdir(parents=True)
    for name, text in files(alerts_of(declaration.load(section, own=True))).items():
        (folder / name).write_text(render(text, {}, name))
    server = Loki(loki, tmp_path / "loki", variables={"STACK_LOKI_RULES": str(tmp_path / "rules")})
    leak: Mapping[str, Plain] = {"telemetry_distro_name": "otel-kit", "redaction_masked_count": 1}
    try:
        server.start()
        assert server.push(log_request([new_record("leak", "paid", **leak)]))[0] == 204

        def states() -> set[tuple[str, str]]:
            groups = json.loads(server.request("GET", "/prometheus/api/v1/rules")[1])["data"]["groups"]
            rules = [rule for group in groups for rule in group["rules"]]
            assert {rule["health"] + rule.get("lastError", "") for rule in rules} == {"ok"}
            return {(rule["name"], rule["state"]) for rule in rules}

        quiet = {(rule, "inactive") for rule in RULES if rule != "PersonalDataFound"}
        # Firing, and its second alert waits for somebody to act.
        leaking = {("PersonalDataFound", "firing"), ("PersonalDataFound", "pending")}
        eventually(lambda: states() == quiet | leaking, "all are evaluated, one fires", 40, 0.5)
    finally:
        server.kill()  # an orderly stop waits for a Prometheus that is not there


def expression(rule: str, declared: Declaration) -> str:
    """Return the expression that Loki's ruler gets."""
    (expr,) = {alert.expr for alert in alerts_of(declared) if alert.name == rule}
    return expr


def push(stack: Stack, tenant: str, start_s: float, log: Mapping[str, Any]) -> None:
    """Send the lines of one entry, a second apart."""
    request = ExportLogsServiceRequest()
    group = request.resource_logs.add()
    scope = group.scope_logs.add()
    labels, metadata = log["labels"], dict(log.get("metadata", {}))
    level = metadata.pop(LEVEL, 0)
    of_resource = {RESOURCE_LABELS[name]: value for name, value in labels.items() if name in RESOURCE_LABELS}
    of_record = {RECORD_LABELS[name]: value for name, value in labels.items() if name in RECORD_LABELS}
    assert len(of_record) + len(of_resource) == len(labels)
    group.resource.attributes.extend(key_values(of_resource))
    for number in range(log["times"]):
        scope.log_records.add(
            time_unix_nano=int((start_s + seconds_of(log["at"]) + number) * 1e9),
            severity_number=level,
            body=any_value(log.get("line", "an event")),
            attributes=key_values({**of_record, **metadata}),
        )
    headers = {"Content-Type": PROTOBUF, "X-Scope-OrgID": tenant}
    assert post(port_of(stack.addresses.loki), "/otlp/v1/logs", request.SerializeToString(), headers) == 204


def ask(stack: Stack, tenant: str, expr: str, at_s: float) -> list[dict[str, str]]:
    """Return the labels of what an expression finds at a time."""
    api = Api(stack.addresses.loki, {"X-Scope-OrgID": tenant})
    answer = api.get("/loki/api/v1/query", query=expr, time=str(int(at_s * 1e9)))
    assert answer.is_ok, answer.told
    return [found["metric"] for found in answer.body["data"]["result"]]


def port_of(address: str) -> int:
    """Return the port of an address."""
    return int(address.rpartition(":")[2])
