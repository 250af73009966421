"""What the gateway finds in spans becomes an alert, by way of Tempo's figures."""

from __future__ import annotations

import time
import uuid
from pathlib import Path

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AGGREGATION_TEMPORALITY_CUMULATIVE, Metric, Sum

from otel_kit import semconv
from otel_kit.stack.alerting import declaration
from otel_kit.stack.alerting.expansion import alerts_of
from otel_kit.stack.http_json import Api
from otel_kit.stack.native import Stack
from tests.conditions import eventually
from tests.stack.otlp_client import Request, send_http
from tests.stack.payloads import key_values, new_point, new_span

pytestmark = [pytest.mark.stack, pytest.mark.timeout(240)]


def test_an_address_in_a_span_of_the_kit(stack: Stack, tmp_path: Path) -> None:
    """The rule finds the service that has a pipeline of the kit, and neither another SDK nor clean spans."""
    leaking, clean, other = (f"spans-{uuid.uuid4().hex}" for _ in range(3))
    section = tmp_path / "alerting.yaml"
    # Tempo begins a series with a zero at the end of the minute before: a shorter window may see no step from it.
    section.write_text("thresholds: {leak_window: 90s}")
    declared = declaration.load(section, own=True)
    (expr,) = {alert.expr for alert in alerts_of(declared) if alert.name == "PersonalDataInSpans"}
    # What it compares with: the stack as it was a window ago.
    eventually(lambda: ask(stack, 'up{job="tempo"} offset 90s == 1'), "Tempo was there", 120, 0.5)
    for service, note in ((leaking, "for anna@example.com"), (clean, "for somebody"), (other, "for anna@example.com")):
        traces = ExportTraceServiceRequest()
        group = traces.resource_spans.add()
        group.resource.attributes.extend(key_values({semconv.SERVICE_NAME: service}))
        group.scope_spans.add().spans.append(new_span("one", note=note))
        _send(stack, traces)
    for service in (leaking, clean):
        metrics = ExportMetricsServiceRequest()
        of_service = metrics.resource_metrics.add()
        of_service.resource.attributes.extend(key_values({semconv.SERVICE_NAME: service}))
        created = Sum(
            data_points=[new_point("one")],
            is_monotonic=True,
            aggregation_temporality=AGGREGATION_TEMPORALITY_CUMULATIVE,
        )
        of_service.scope_metrics.add().metrics.append(
            Metric(name=semconv.PIPELINE_CREATED, unit="{record}", sum=created)
        )
        _send(stack, metrics)

    def found() -> set[str]:
        return {labels["service_name"] for labels in ask(stack, expr)} & {leaking, clean, other}

    eventually(lambda: found() == {leaking}, "the rule finds the service", 60, 0.5)


def ask(stack: Stack, expr: str) -> list[dict[str, str]]:
    """Return the labels of what an expression found in two minutes: Tempo's figures are seconds on their way."""
    now = time.time()
    asked = {"query": expr, "start": f"{now - 120}", "end": f"{now}", "step": "1s"}
    answer = Api(stack.addresses.prometheus).get("/api/v1/query_range", **asked)
    assert answer.is_ok, answer.told
    return [one["metric"] for one in answer.body["data"]["result"]]


def _send(stack: Stack, request: Request) -> None:
    port = int(stack.addresses.otlp_http.rpartition(":")[2])
    assert send_http(port, request, str(stack.addresses.key)) == 200
