"""Sampling with the real backends: Tempo holds the sample, Prometheus counts all, nothing is there twice."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.conditions import eventually
from tests.stack.otlp_client import send_http
from tests.stack.payloads import new_span, trace_request
from tests.stack.stack_fixture import NewStack

pytestmark = pytest.mark.stack

_TIMEOUT_S = 10


def test_sample_in_tempo_all_in_prometheus(new_stack: NewStack) -> None:
    """No destination is changed by the sampler's overlay; Tempo's own counting is off."""
    stack = new_stack(
        overlays=("tail_sampling", "span_metrics"),
        OTELCOL_SAMPLING_PERCENT="0",
        OTELCOL_SAMPLING_WAIT="1s",
        OTELCOL_SPAN_METRICS_INTERVAL="1s",
        STACK_TEMPO_GENERATOR_PROCESSORS="[local-blocks]",
    )
    stack.start()
    failed, usual = _span(error=True), [_span() for _ in range(9)]
    port = int(stack.addresses.otlp_http.rpartition(":")[2])

    assert send_http(port, trace_request([failed, *usual]), stack.addresses.key) == 200

    def value(query: str) -> float:
        _, answer = _get(f"{stack.addresses.prometheus}/api/v1/query?{urlencode({'query': query})}")
        return sum(float(row["value"][1]) for row in answer["data"]["result"])

    def is_in_tempo(span: Span) -> bool:
        status, _ = _get(f"{stack.addresses.tempo}/api/traces/{span.trace_id.hex()}")
        assert status in (200, 404)
        return status == 200

    by_route = '{http_route="/orders/{id}",span_kind="SPAN_KIND_SERVER"}'
    eventually(lambda: value(f"traces_span_metrics_calls_total{by_route}") == 10, "all calls", 20)
    eventually(lambda: value(f"traces_span_metrics_duration_seconds_count{by_route}") == 10, "all durations", 20)
    assert value('traces_span_metrics_calls_total{status_code="STATUS_CODE_ERROR"}') == 1
    eventually(lambda: is_in_tempo(failed), "the trace with an error", 20)
    # Of the others the decision was the same moment's.
    assert [span for span in usual if is_in_tempo(span)] == []
    assert value("traces_spanmetrics_calls_total") == 0


def _span(*, error: bool = False) -> Span:
    span = new_span("sampled", **{"http.route": "/orders/{id}"})
    if error:
        span.status.code = Status.STATUS_CODE_ERROR
    return span


def _get(url: str) -> tuple[int, Any]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}", headers={"Accept": "application/json"})
        response = connection.getresponse()
        body = response.read()
        return response.status, json.loads(body) if response.status == 200 else None
    finally:
        connection.close()
