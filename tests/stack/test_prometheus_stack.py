"""Prometheus with the stack's own files: how late a sample may be, what is promoted, what is kept for a year."""

from __future__ import annotations

import http.client
import json
import logging
import re
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import yaml
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from otel_kit import event, semconv
from otel_kit.stack import assets
from otel_kit.stack.native import Stack
from tests.asgi_client import request
from tests.conditions import eventually
from tests.conftest import StartKit
from tests.pipeline.web_app import build
from tests.stack.backend_process import Backend, rendered
from tests.stack.otlp_client import send_http
from tests.stack.payloads import log_request, new_record, new_span, trace_request

pytestmark = pytest.mark.stack
RULES = sorted((assets.root() / "backends" / "prometheus" / "rules").glob("*.yml"))
# Rules on what the Collector, Loki, Tempo and alerts make.
NOT_OF_THE_SDK = {
    "usage:ingest_requests:rate5m",
    "usage:ingest_bytes:rate5m",
    "usage:alerts_firing",
    "capacity:collector_queue:ratio",
    "capacity:loki_received:bytes_rate5m",
    "capacity:loki_streams",
    "capacity:tempo_received:bytes_rate5m",
}
_MINUTE, _HOUR = 60, 3600


@pytest.fixture(scope="module")
def pair(prometheus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Backend, Backend]]:
    """Both Prometheus, evaluating each second."""
    variables = {
        "STACK_SCRAPE_INTERVAL": "1s",
        "STACK_SCRAPE_TIMEOUT": "1s",
        "STACK_EVALUATION_INTERVAL": "1s",
        "STACK_LOKI_HOST": "127.0.0.1",
        "STACK_TEMPO_HOST": "127.0.0.1",
        "STACK_COLLECTOR_HOST": "127.0.0.1",
        "STACK_ALERTMANAGER_HOST": "127.0.0.1",
    }
    main = Backend("prometheus", prometheus, tmp_path_factory.mktemp("prometheus"), variables)
    usage = Backend("usage", prometheus, tmp_path_factory.mktemp("usage"), variables)
    usage.start()
    main.start()
    yield main, usage
    main.stop()
    usage.stop()


def test_promtool_accepts_files_and_rules(promtool: Path, tmp_path: Path) -> None:
    """With the defaults of the files, which are those of the compose network."""
    for name in ("prometheus", "usage"):
        path = rendered(name, tmp_path / name, {})
        checked = subprocess.run(
            [promtool, "check", "config", "--lint=all", "--lint-fatal", path],
            capture_output=True,
            text=True,
            check=False,
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr
        assert name != "prometheus" or "rules found" in checked.stdout


def test_what_is_recorded_is_named_for_the_second_prometheus() -> None:
    """A name that its write rule does not let through would be kept 30 days only, and nobody would notice."""
    configuration = yaml.safe_load((assets.root() / "backends" / "prometheus" / "prometheus.yml").read_text())
    (kept,) = configuration["remote_write"][0]["write_relabel_configs"]
    names = recorded()
    assert len(names) == len(set(names)) > 20
    assert [name for name in names if not re.fullmatch(kept["regex"], name)] == []
    assert set(semconv.PROMOTED_RESOURCE_ATTRIBUTES) < set(configuration["otlp"]["promote_resource_attributes"])


@pytest.mark.parametrize(
    ("age_s", "is_kept"),
    [
        (10 * _MINUTE, True),
        (3 * _HOUR, True),
        (26 * _HOUR, True),
        (167 * _HOUR, True),
        (169 * _HOUR, False),
        (-9 * _MINUTE, True),
        (-11 * _MINUTE, False),
    ],
)
def test_late_samples_are_kept_for_as_long_as_a_queue_may_replay(
    pair: tuple[Backend, Backend], age_s: int, is_kept: bool
) -> None:
    """Beyond it Prometheus refuses the whole request for good: why the Collector takes such points out before."""
    main, _ = pair
    now = time.time()
    late, beside = f"late{age_s % 10**6}", f"beside{age_s % 10**6}"
    assert send(main, {late: [(now - 1, 2.0)]}) == 200
    assert send(main, {late: [(now - age_s, 1.0)], beside: [(now - 1, 3.0)]}) == (200 if is_kept else 400)

    def values(name: str) -> set[str]:
        found = main.get("/api/v1/query", query=f"{name}[200h]", time=str(now + _HOUR))["data"]["result"]
        return {value for series in found for _at, value in series["values"]}

    assert values(late) == ({"1", "2"} if is_kept else {"2"})
    assert values(beside) == ({"3"} if is_kept else set())


def test_a_resend_is_harmless(pair: tuple[Backend, Backend]) -> None:
    """The Collector sends a batch again when the answer was lost: the same samples, once more."""
    main, _ = pair
    now = time.time() - _HOUR
    samples = [(now + second, float(second)) for second in range(5)]
    assert [send(main, {"again": samples}) for _ in range(3)] == [200, 200, 200]
    found = main.get("/api/v1/query", query="again[2h]")["data"]["result"]
    assert [value for _at, value in found[0]["values"]] == ["0", "1", "2", "3", "4"]


def test_recorded_series_reach_the_second_prometheus_and_nothing_else(
    pair: tuple[Backend, Backend], kit: StartKit
) -> None:
    """Every rule on what the SDK emits finds it; the rest of the rules is tested with the whole stack."""
    main, usage = pair
    running = kit(
        "shop",
        settings={
            "export.metrics.endpoint": f"{main.url}/api/v1/otlp/v1/metrics",
            "metrics.machine": True,
            "metrics.interval": 3600,
            "environment": "test",
        },
    )
    app = running.instrument_app(build())
    running.health.check("db", lambda: True)
    expected = set(recorded()) - NOT_OF_THE_SDK

    def not_yet_there() -> set[str]:
        for path in ("/items/1", "/handled"):
            request(app, path)
        for model in ("gpt-4o-mini", "of-nobody-knows-where"):
            event.llm.record(provider="openai", model=model, input_tokens=1000, output_tokens=50, duration_s=1.0)
        event.business("order.paid", entity="order", entity_id=17)
        logging.getLogger("app").warning("slow")
        running.health.run()
        assert running.flush(20)
        return expected - set(usage.get("/api/v1/label/__name__/values")["data"])

    eventually(lambda: not not_yet_there(), "all are recorded", 45)
    kept = set(usage.get("/api/v1/label/__name__/values")["data"])
    assert kept - set(recorded()) == set()
    (errors,) = usage.query("slo:http_errors:rate5m > 0")
    assert errors["metric"]["service_name"] == "shop"
    (cost,) = usage.query("usage:llm_cost_usd:rate5m > 0")
    assert cost["metric"]["gen_ai_request_model"] == "gpt-4o-mini"
    within = {series["metric"]["le"] for series in usage.query("slo:http_requests_within:rate5m")}
    assert within == {"0.25", "1", "5"} or within == {"0.25", "1.0", "5.0"}


def test_an_outage_of_the_second_prometheus_leaves_no_gap(pair: tuple[Backend, Backend]) -> None:
    """What was recorded meanwhile is sent when it is back, from the write-ahead log of the first."""
    main, usage = pair
    name = 'capacity:prometheus_series{job="prometheus"}'

    def times(server: Backend) -> list[float]:
        found = server.get("/api/v1/query", query=f"{name}[1m]")["data"]["result"]
        return [at for at, _value in found[0]["values"]] if found else []

    before = eventually(lambda: times(usage), "it is recorded", 20)[-1]
    usage.stop()
    eventually(lambda: times(main)[-1] > before + 6, "some seconds go by", 20)
    usage.start()
    back = time.time()
    eventually(lambda: times(usage)[-1] > back, "it is written again", 30)
    kept, sent = set(times(usage)), [at for at in times(main) if at <= back]
    assert [at for at in sent if at > before and at not in kept] == []


def test_every_rule_finds_something_in_the_whole_stack(stack: Stack) -> None:
    """The names that the Collector, Loki and Tempo have for their own figures; alerts come with their rules."""
    port = int(stack.addresses.otlp_http.rpartition(":")[2])
    expected = NOT_OF_THE_SDK - {"usage:alerts_firing"}

    def missing() -> set[str]:
        for sent in (log_request([new_record("r")]), trace_request([new_span("r")])):
            assert send_http(port, sent, stack.addresses.key) == 200
        return expected - set(asked(stack.addresses.usage, "label/__name__/values"))

    eventually(lambda: not missing(), "all are recorded", 45)
    scraped = asked(stack.addresses.prometheus, f"query?query={quote('up')}")["result"]
    parts = {"alertmanager", "collector", "loki", "prometheus", "tempo", "usage"}
    assert {series["metric"]["job"]: series["value"][1] for series in scraped} == dict.fromkeys(parts, "1")


def asked(address: str, path: str) -> Any:
    """Return ``data`` of an answer of a Prometheus."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    try:
        connection.request("GET", f"/api/v1/{path}")
        return json.loads(connection.getresponse().read())["data"]
    finally:
        connection.close()


def recorded() -> Sequence[str]:
    """Return the names of all recorded series."""
    groups = [group for path in RULES for group in yaml.safe_load(path.read_text())["groups"]]
    return [rule["record"] for group in groups for rule in group["rules"] if "record" in rule]


def send(server: Backend, gauges: Mapping[str, Sequence[tuple[float, float]]], service: str = "late") -> int:
    """Send the samples of gauges by OTLP, in one request; returns the status."""
    request = ExportMetricsServiceRequest()
    sent = request.resource_metrics.add()
    for key, text in {"service.name": service, semconv.INGEST_TENANT: "shop"}.items():
        sent.resource.attributes.add(key=key).value.string_value = text
    scope = sent.scope_metrics.add()
    for name, samples in gauges.items():
        metric = scope.metrics.add(name=name)
        for at, value in samples:
            metric.gauge.data_points.add(time_unix_nano=int(at * 1e9), as_double=value)
    status, _ = server.request(
        "POST", "/api/v1/otlp/v1/metrics", request.SerializeToString(), Content_Type="application/x-protobuf"
    )
    return status
