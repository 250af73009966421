"""Names and labels as Prometheus' own translator makes them (its tests, github.com/prometheus/otlptranslator)."""

from __future__ import annotations

from typing import Any

import pytest

from otel_kit.metrics.prometheus_names import Kind, label_name, labels, metric_name

NAMES: list[tuple[str, str, Kind, str]] = [
    ("http.server.request.duration", "s", "other", "http_server_request_duration_seconds"),
    ("system.memory.usage", "By", "other", "system_memory_usage_bytes"),
    ("system.cpu.time", "s", "counter", "system_cpu_time_seconds_total"),
    ("system.cpu.utilization", "1", "gauge", "system_cpu_utilization_ratio"),
    ("level", "1", "other", "level"),
    ("orders", "1", "counter", "orders_total"),
    ("orders.total", "{order}", "counter", "orders_total"),
    ("total.orders", "", "counter", "orders_total"),
    ("took.seconds", "s", "gauge", "took_seconds"),
    ("llm.cost", "{USD}", "counter", "llm_cost_total"),
    ("llm.cost", "USD", "counter", "llm_cost_USD_total"),
    ("speed", "m/s", "gauge", "speed_meters_per_second"),
    ("speed", "By/s", "gauge", "speed_bytes_per_second"),
    ("rate", "{order}/s", "gauge", "rate_per_second"),
    ("rate", "1/s", "gauge", "rate_per_second"),
    ("fill", "%", "gauge", "fill_percent"),
    ("otel_kit.pipeline.queue.bytes", "By", "other", "otel_kit_pipeline_queue_bytes"),
    ("a..b--c/d", "", "gauge", "a_b_c_d"),
    ("9lives", "", "gauge", "_9lives"),
    ("größe", "", "gauge", "gr_e"),
]
LABELS = {
    "http.route": "http_route",
    "a-b": "a_b",
    "9lives": "key_9lives",
    "_own": "key_own",
    "a..b": "a__b",
    "größe": "gr__e",
}


@pytest.mark.parametrize(("name", "unit", "kind", "wanted"), NAMES)
def test_names_have_unit_and_kind(name: str, unit: str, kind: Kind, wanted: str) -> None:
    """Units in braces are none; what the name says already is not said twice."""
    assert metric_name(name, unit, kind) == wanted


@pytest.mark.parametrize("name", LABELS)
def test_labels_are_legal(name: str) -> None:
    """Digits and underscores at the beginning get a prefix."""
    assert label_name(name) == LABELS[name]


@pytest.mark.parametrize(
    ("attributes", "wanted"),
    [({"a.b": "1", "a_b": "2"}, {"a_b": "1;2"}), ({"n": 1, "f": 0.5, "t": True}, {"n": "1", "f": "0.5", "t": "true"}),
     ({"l": ["a", "b"]}, {"l": '["a","b"]'}), ({"...": "x", "": "y"}, {})],
)  # fmt: skip
def test_values_are_texts_and_alike_labels_are_joined(attributes: dict[str, Any], wanted: dict[str, str]) -> None:
    """A label whose name is nothing but underscores cannot be."""
    assert labels(attributes) == wanted
