"""From a metric to its trace, to its logs, back to the trace and to metrics: each step asked as Grafana would ask.

The addresses, labels, headers and queries are those of the provisioned file; only host names are the native run's.
"""

from __future__ import annotations

import http.client
import json
import logging
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

import pytest

from otel_kit.stack.native import Stack
from tests.asgi_client import request
from tests.conditions import eventually
from tests.conftest import StartKit
from tests.pipeline.web_app import build
from tests.stack.otlp_client import send_http
from tests.stack.payloads import new_span, trace_request
from tests.unit.stack.data_sources import Provisioning, load

pytestmark = pytest.mark.stack


@dataclass(frozen=True)
class Grafana:
    """Asks a data source as its plugin does."""

    sources: Provisioning
    stack: Stack

    def get(self, uid: str, path: str, **parameters: str | int) -> Any:
        """Return the JSON of a 200 from that data source."""
        source = self.sources.of(uid)
        parts = urlsplit(source.url)
        native = urlsplit(getattr(self.stack.addresses, str(parts.hostname)))
        headers = {"Accept": "application/json"}
        if uid == "loki":
            loki = self.sources.loki
            headers[loki.json_data.http_header_name1] = loki.secure_json_data["httpHeaderValue1"]
            headers["X-Loki-Response-Encoding-Flags"] = "categorize-labels"
        connection = http.client.HTTPConnection(native.netloc, timeout=20)
        try:
            connection.request("GET", f"{parts.path}{path}?{urlencode(parameters)}", headers=headers)
            answer = connection.getresponse()
            body = answer.read().decode()
        finally:
            connection.close()
        assert answer.status == 200, (uid, path, parameters, answer.status, body[:500])
        return json.loads(body)

    def metrics(self, uid: str, expression: str) -> list[dict[str, Any]]:
        """Return the series of an instant query."""
        return list(self.get(uid, "/api/v1/query", query=expression)["data"]["result"])

    def exemplars(self, expression: str) -> set[str]:
        """Return the trace ids that the exemplars of a series lead to."""
        (destination,) = self.sources.prometheus.json_data.exemplar_trace_id_destinations
        assert destination.datasource_uid == "tempo"
        now = int(time.time())
        found = self.get("prometheus", "/api/v1/query_exemplars", query=expression, start=now - 600, end=now + 60)
        return {one["labels"][destination.name] for series in found["data"] for one in series["exemplars"]}

    def trace(self, trace_id: str) -> list[dict[str, Any]]:
        """Return the resource spans of a trace, looked for around now as ``traceQuery`` has it."""
        now = int(time.time())
        found = self.get("tempo", f"/api/v2/traces/{trace_id}", start=now - 3600, end=now + 3600)
        return list(found["trace"]["resourceSpans"])

    def logs(self, query: str) -> list[tuple[dict[str, str], str]]:
        """Return labels of every kind and body of each record."""
        now = time.time_ns()
        asked: dict[str, str | int] = {"query": query, "start": now - 10**12, "end": now + 60 * 10**9, "limit": 1000}
        found = self.get("loki", "/loki/api/v1/query_range", **asked)["data"]["result"]
        return [
            (stream["stream"] | rest[0].get("structuredMetadata", {}) | rest[0].get("parsed", {}), body)
            for stream in found
            for _at, body, *rest in stream["values"]
        ]

    def search(self, query: str) -> list[dict[str, Any]]:
        """Return the traces of a TraceQL query."""
        return list(self.get("tempo", "/api/search", q=query, limit=20).get("traces", []))


@pytest.fixture
def grafana(stack: Stack) -> Grafana:
    """The data sources of the file over the running stack."""
    return Grafana(load(), stack)


@pytest.fixture
def service(stack: Stack, kit: StartKit) -> tuple[str, Any]:
    """A service whose requests are measured, traced and logged, and its name, which no other test has."""
    name = f"linked-{uuid.uuid4().hex[:6]}"
    running = kit(
        name,
        settings={
            "export.endpoint": stack.addresses.otlp_http,
            "export.headers": {"authorization": f"Bearer {stack.addresses.key}"},
            "metrics.interval": 3600,
            "metrics.machine": True,
            "environment": "test",
        },
    )
    app = build()

    @app.get("/logged")
    async def logged() -> dict[str, str]:
        logging.getLogger("app").warning("the order is late")
        return {}

    instrumented = running.instrument_app(app)

    def visit() -> None:
        for path in ("/logged", "/handled"):
            request(instrumented, path)
        assert running.flush(20)

    visit()
    return name, visit


def filled(query: str, **variables: str) -> str:
    """Return a query with Grafana's variables filled in; none may be left."""
    for name, value in variables.items():
        for form in (f"$${{{name}}}", f"$${name}"):
            query = query.replace(form, value)
    assert "$" not in query, query
    return query


def attributes(spans: Mapping[str, Any]) -> dict[str, str]:
    """Return the attributes of a resource."""
    return {one["key"]: one["value"].get("stringValue", "") for one in spans["resource"]["attributes"]}


def test_from_a_metric_all_the_way_round(grafana: Grafana, service: tuple[str, Any]) -> None:
    """Metric, exemplar, trace, logs of the trace, trace of the log, metrics of the service."""
    name, visit = service
    selector = f'{{service_name="{name}",http_route="/logged"}}'
    exemplars = eventually(
        lambda: grafana.exemplars(f"http_server_request_duration_seconds_bucket{selector}"), "there is an exemplar", 20
    )
    (trace_id,) = exemplars
    (spans,) = eventually(lambda: grafana.trace(trace_id), "its trace is there", 20)

    to_logs = grafana.sources.tempo.json_data.traces_to_logs_v2
    assert to_logs.datasource_uid == "loki"
    tags = ", ".join(f'{tag.value}="{attributes(spans)[tag.key]}"' for tag in to_logs.tags)
    query = filled(to_logs.query, __tags=tags, **{"__trace.traceId": trace_id})
    ((labels, body),) = eventually(lambda: grafana.logs(query), "its log record is there", 20)
    assert body == "the order is late"

    to_trace, to_metrics = grafana.sources.loki.json_data.derived_fields
    assert to_trace.datasource_uid == "tempo"
    assert filled(to_trace.url, **{"__value.raw": labels[to_trace.matcher_regex]}) == trace_id

    eventually(
        lambda: visited_and(visit, lambda: grafana.metrics("prometheus", f"rate({LATENCY}{selector}[5m]) > 0")),
        "twice",
        20,
    )
    link = filled(to_metrics.url, **{"__value.raw": labels[to_metrics.matcher_regex]})
    panes = json.loads(unquote(link.partition("panes=")[2]))
    asked = panes["a"]["queries"][0]
    assert asked["datasource"]["uid"] == panes["a"]["datasource"] == "prometheus"
    assert {series["metric"]["http_route"] for series in grafana.metrics("prometheus", asked["expr"])} >= {"/logged"}
    metrics = grafana.sources.tempo.json_data.traces_to_metrics
    tags = ", ".join(f'{tag.value}="{attributes(spans)[tag.key]}"' for tag in metrics.tags)
    for one in metrics.queries:
        expression = filled(one.query, __tags=tags, __rate_interval="5m")
        assert grafana.metrics(metrics.datasource_uid, expression), one.name


LATENCY = "http_server_request_duration_seconds_count"


def visited_and(visit: Any, check: Any) -> Any:
    """Make more traffic, then look."""
    visit()
    return check()


def test_correlations_of_a_series(grafana: Grafana, service: tuple[str, Any]) -> None:
    """From its service to the logs and to the failed traces of it."""
    name, _ = service
    to_logs, to_traces = grafana.sources.prometheus.correlations
    series = eventually(lambda: grafana.metrics("prometheus", f'{LATENCY}{{service_name="{name}"}}'), "it is there", 20)
    assert series[0]["metric"][to_logs.config.field] == name
    query = filled(str(to_logs.config.target["expr"]), service_name=name)
    eventually(lambda: grafana.logs(query), "its logs", 20)
    query = filled(str(to_traces.config.target["query"]), service_name=name)
    (failed,) = eventually(lambda: grafana.search(query), "its failed traces", 20)
    assert failed["rootServiceName"] == name


def test_the_service_map_and_span_metrics_lead_to_traces(grafana: Grafana, stack: Stack) -> None:
    """Both sides of a call make an edge; exemplars of either kind have the label that the link needs."""
    client, server = (f"{side}-{uuid.uuid4().hex[:6]}" for side in ("client", "server"))
    uid = grafana.sources.tempo.json_data.service_map.datasource_uid
    called: dict[str, int] = {}

    def edge_and_exemplars() -> set[str]:
        if int(time.monotonic()) not in called.values():  # once a second
            called[call(stack, client, server)] = int(time.monotonic())
        assert grafana.metrics(uid, f'traces_service_graph_request_total{{client="{client}",server="{server}"}}')
        return grafana.exemplars(f'traces_spanmetrics_latency_bucket{{service="{server}"}}')

    found = eventually(edge_and_exemplars, "there are an edge and exemplars", 50)
    # Tempo cuts the zeros at the start of an id in its exemplars, and finds it all the same.
    assert {trace_id.zfill(32) for trace_id in found} <= set(called)
    assert len(grafana.trace(found.pop())) == 2


def call(stack: Stack, client: str, server: str) -> str:
    """Send both sides of one call; returns the trace id."""
    asking, answering = new_span("c"), new_span("s")
    asking.kind = asking.SPAN_KIND_CLIENT
    answering.trace_id, answering.parent_span_id = asking.trace_id, asking.span_id
    port = int(stack.addresses.otlp_http.rpartition(":")[2])
    for span, name in ((asking, client), (answering, server)):
        sent = trace_request([span])
        (named,) = sent.resource_spans[0].resource.attributes
        named.value.string_value = name
        assert send_http(port, sent, stack.addresses.key) == 200
    return asking.trace_id.hex()


def test_alerts_rules_and_recorded_series_are_seen(grafana: Grafana, service: tuple[str, Any]) -> None:
    """What the alert pages of Grafana ask of each source that manages alerts, and the long memory."""
    name, visit = service
    assert grafana.sources.prometheus.json_data.manage_alerts
    groups = grafana.get("prometheus", "/api/v1/rules")["data"]["groups"]
    assert {group["name"] for group in groups} >= {"usage", "capacity", "objectives"}
    assert {rule["health"] for group in groups for rule in group["rules"]} <= {"ok", "unknown"}
    assert grafana.get("loki", "/prometheus/api/v1/rules")["status"] == "success"
    assert grafana.get("alertmanager", "/api/v2/status")["config"]["original"]
    assert isinstance(grafana.get("alertmanager", "/api/v2/alerts"), list)
    recorded = f'usage:http_requests:rate5m{{service_name="{name}"}}'
    found = eventually(lambda: visited_and(visit, lambda: grafana.metrics("usage", recorded)), "it is recorded", 30)
    assert {series["metric"]["otel_kit_ingest_tenant"] for series in found} == {grafana.stack.addresses.loki_tenant}


def test_a_notification_of_the_running_stack_is_in_its_history(grafana: Grafana) -> None:
    """With no receiver at all: what would have been sent is known."""
    name = f"Wired{uuid.uuid4().hex[:6]}"
    connection = http.client.HTTPConnection(urlsplit(grafana.stack.addresses.alertmanager).netloc, timeout=10)
    try:
        alert = json.dumps([{"labels": {"alertname": name, "severity": "warning"}}])
        connection.request("POST", "/api/v2/alerts", alert, {"Content-Type": "application/json"})
        assert connection.getresponse().status == 200
    finally:
        connection.close()
    query = f'{{event_category="alert"}} | otel_kit_alert_name="{name}"'
    ((labels, _body),) = eventually(lambda: grafana.logs(query), "it is written down", 30)
    assert labels["otel_kit_alert_receiver"] == "team"
