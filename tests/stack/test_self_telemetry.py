"""What the Collector says about itself."""

from __future__ import annotations

import contextlib
import http.client
import json
import re

import pytest

from tests.conditions import eventually
from tests.stack.collector_process import BASE, LGTM, TO_FILES, Collector, NewCollector, free_ports
from tests.stack.otlp_client import send_http
from tests.stack.payloads import counted, new_uids

pytestmark = pytest.mark.stack


def test_own_metrics_have_the_names_that_rules_use(new_collector: NewCollector) -> None:
    """Counters end in _total and units are in the name, as Prometheus would name them over OTLP; no scope label."""
    (closed_port,) = free_ports(1)
    collector = new_collector(
        *BASE,
        LGTM,
        OTELCOL_LOKI_ENDPOINT=f"http://127.0.0.1:{closed_port}/otlp",
        OTELCOL_PROMETHEUS_ENDPOINT=f"http://127.0.0.1:{closed_port}/api/v1/otlp",
        OTELCOL_TEMPO_ENDPOINT=f"127.0.0.1:{closed_port}",
    )
    collector.start()
    for request in counted(new_uids(3)):
        assert send_http(collector.http_port, request, collector.token) == 200

    expected = {
        "otelcol_receiver_accepted_spans_total",
        "otelcol_receiver_accepted_log_records_total",
        "otelcol_receiver_accepted_metric_points_total",
        "otelcol_receiver_refused_spans_total",
        "otelcol_exporter_queue_size",
        "otelcol_exporter_queue_capacity",
        "otelcol_ingest_guard_requests_total",
        "otelcol_ingest_guard_bytes_total",
        "otelcol_ingest_guard_reloads_total",
        "otelcol_ingest_guard_key_age_seconds",
        "otelcol_process_memory_rss_bytes",
        "otelcol_process_uptime_seconds_total",
    }
    text = eventually(lambda: seen if expected <= _names(seen := collector.metrics()) else "", f"{expected} are there")
    assert "otel_scope_name" not in text


def test_own_metrics_are_served_where_they_are_wanted(new_collector: NewCollector) -> None:
    """On loopback unless another address is given, and then there alone."""
    collector = new_collector(*BASE, TO_FILES, OTELCOL_METRICS_HOST="127.0.0.2")
    collector.start()

    with contextlib.closing(http.client.HTTPConnection("127.0.0.2", collector.metrics_port, timeout=5)) as connection:
        connection.request("GET", "/metrics")
        assert connection.getresponse().status == 200
    with pytest.raises(ConnectionRefusedError):
        collector.metrics()


def test_own_log_is_json_lines(collector: Collector) -> None:
    """Each line of its log is one JSON object, and an orderly run has no error in it."""
    collector.stop()

    levels = {json.loads(line)["level"] for line in collector.log.read_text().splitlines()}

    assert levels <= {"info", "warn"}


def _names(text: str) -> set[str]:
    return set(re.findall(r"^(\w+)[ {]", text, re.MULTILINE))
