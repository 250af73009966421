"""The catalogue of metrics: which names a query uses, which of them nothing sends, and that the file is current."""

from __future__ import annotations

import pytest
import yaml

from catalogue.__main__ import document, rendered
from otel_kit.stack import assets
from otel_kit.stack.catalogue import NotPromQL, known, metrics_in, unknown_in
from otel_kit.stack.catalogue.names import FILE, parsed

QUERIES = {
    "a selector": ("up", {"up"}),
    "a name in braces": ('{__name__="up", job="x"}', {"up"}),
    "matchers hold what they want": ('up{job="process_uptime_seconds"}', {"up"}),
    "both sides, arguments and parameters": (
        "topk(scalar(a), sum by (x) (rate(b_total[5m]))) / ignoring(y) group_left d > bool quantile(0.5, f)",
        {"a", "b_total", "d", "f"},
    ),
    "a sub-query, offset and @": ("max_over_time(rate(a_total[5m])[1h:1m] offset 1d) - b @ end()", {"a_total", "b"}),
    "unary and parentheses": ("-(a or b unless c)", {"a", "b", "c"}),
    "Grafana's variables": (
        'rate(a_total{x=~"$service"}[$__rate_interval]) + increase(b_total[$__range]) / $__range_s'
        " + last_over_time(c[${__interval}:])",
        {"a_total", "b_total", "c"},
    ),
    "colons, as recorded series have": ("sum(slo:http_requests:rate5m)", {"slo:http_requests:rate5m"}),
    "no metric": ("vector(1) + time()", set()),
}


@pytest.mark.parametrize(("query", "expected"), QUERIES.values(), ids=QUERIES)
def test_the_metrics_of_a_query_are_found_wherever_they_stand(query: str, expected: set[str]) -> None:
    """In functions, joins, sub-queries; what stands in strings, labels and variables is none."""
    assert metrics_in(query) == expected


def test_what_is_no_query_is_said_with_the_query() -> None:
    """And with what the parser says."""
    with pytest.raises(NotPromQL, match=r"'sum\(up' is no PromQL: .*parenthesis"):
        metrics_in("sum(up")


def test_names_that_nothing_sends_are_told_with_the_nearest_there_is() -> None:
    """In order; own names are known, a histogram's series as well, and a pattern must match something."""
    query = (
        "rate(http_server_duration_milliseconds_count[5m]) + http_server_request_duration_seconds"
        " + otel_kit_health_statuss + zzz + my_sales_bucket"
        '+ count({__name__=~"nothing_.+"}) + {__name__=~"otelcol_.+"}'
    )

    assert unknown_in(query, extra=["my_sales"]) == [
        "http_server_duration_milliseconds_count (did you mean http_server_request_duration_seconds_count?)",
        # A histogram's own name has no series.
        "http_server_request_duration_seconds (did you mean http_server_request_duration_seconds_sum?)",
        "__name__=~'nothing_.+' (no known metric)",
        "otel_kit_health_statuss (did you mean otel_kit_health_status?)",
        "zzz",
    ]


def test_a_metric_says_what_it_is_and_who_sends_it() -> None:
    """What two send is one metric; the first one's kind and unit count."""
    duration = known()["http_server_request_duration_seconds_bucket"]
    time = known()["system_cpu_time_seconds_total"]

    assert (duration.name, duration.kind, duration.unit, duration.source) == (
        "http_server_request_duration_seconds", "histogram", "s", "kit",
    )  # fmt: skip
    assert (time.kind, time.source) == ("counter", "kit, overlay host_metrics")
    assert known()["otelcol_exporter_enqueue_failed_spans_total"].source == "collector"


def test_a_kind_that_there_is_not_is_refused() -> None:
    """By the name of the metric."""
    with pytest.raises(ValueError, match="a_total: 'countr' is no kind of metric"):
        parsed({"kit": {"a_total": "countr s"}})


def test_the_file_is_current() -> None:
    """Else run `python -m catalogue`."""
    assert FILE.read_text("utf-8") == rendered()


def test_no_source_is_missing() -> None:
    """One for each part of the stack, and none is nearly empty."""
    assert {source: len(rows) >= 3 for source, rows in document().items()} == dict.fromkeys(
        ["kit", "recording rules", "alertmanager", "collector", "loki", "overlay host_metrics", "overlay http_check",
         "overlay span_metrics", "prometheus", "tempo", "tempo's generator", "every target"], True,
    )  # fmt: skip


def test_the_shipped_recording_rules_name_nothing_unknown() -> None:
    """Each is looked up."""
    files = sorted((assets.root() / "backends/prometheus/rules").glob("*.yml"))
    groups = [group for path in files for group in yaml.safe_load(path.read_text("utf-8"))["groups"]]

    found = {rule["record"]: unknown_in(rule["expr"]) for group in groups for rule in group["rules"]}

    assert {name: unknown for name, unknown in found.items() if unknown} == {}
