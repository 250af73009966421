"""The stores and what evaluates and delivers alerts: gone, refusing, behind, or growing out of their limits."""

from __future__ import annotations

from typing import Final

from otel_kit.stack.alerting.counters import risen
from otel_kit.stack.alerting.rule import Rule

# As backends/prometheus/prometheus.yml calls them.
JOBS: Final = ("alertmanager", "collector", "loki", "prometheus", "tempo", "usage")

_STORAGE_FAULTS: Final = {
    "write-ahead log damaged": "prometheus_tsdb_wal_corruptions_total",
    "writing failed": "prometheus_tsdb_wal_writes_failed_total",
    "compaction failed": "prometheus_tsdb_compactions_failed_total",
}
_HTTP_OF_LOKI: Final = 'route!~"ready|metrics|/.*"'

_DELIVERY: Final = """\
sum by (job, integration) (rate(alertmanager_notifications_failed_total[${delivery_window}]))
  / sum by (job, integration) (rate(alertmanager_notifications_total[${delivery_window}])) > ${delivery_failed_ratio}
or
label_replace(
  sum by (job) (rate(prometheus_notifications_errors_total{job="prometheus"}[${delivery_window}]))
    / sum by (job) (rate(prometheus_notifications_sent_total{job="prometheus"}[${delivery_window}])),
  "integration", "alertmanager", "", ""
) > ${delivery_failed_ratio}"""

RULES: Final = (
    Rule(
        name="BackendDown",
        severity="critical",
        expr=f'max by (job) (up{{job=~"{"|".join(JOBS)}"}}) == 0\n'
        + "\n".join(f'or absent(up{{job="{job}"}})' for job in JOBS),
        for_="2m",
        summary="{{ $labels.job }} does not answer",
        description="Prometheus could not read the metrics of {{ $labels.job }} for two minutes, or does not know it "
        "at all. What is meant for a store waits in the Collector's queue on disk meanwhile.",
        board="pipeline",
        layer="backend",
    ),
    Rule(
        name="LokiRequestErrors",
        severity="warning",
        expr='(\n  sum by (job, route) (rate(loki_request_duration_seconds_count{status_code=~"5..",'
        + _HTTP_OF_LOKI
        + "}[${rate_window}]))\n  /\n  sum by (job, route) (rate(loki_request_duration_seconds_count{"
        + _HTTP_OF_LOKI
        + "}[${rate_window}]))\n) > ${backend_error_ratio}\n"
        'and sum by (job, route) (increase(loki_request_duration_seconds_count{status_code=~"5..",'
        + _HTTP_OF_LOKI
        + "}[${rate_window}])) > ${backend_errors}",
        for_="10m",
        summary="Loki fails {{ $value | humanizePercentage }} of {{ $labels.route }}",
        description="More than ${backend_error_ratio} of its requests end in an error of the server. For otlp_v1_logs "
        "the Collector tries again; queries and rules over logs fail.",
        board="pipeline",
        layer="backend",
        needs="backend",
    ),
    Rule(
        name="LokiDiscardingLines",
        severity="warning",
        expr="sum by (job, tenant, reason) (" + risen("loki_discarded_samples_total") + ") > 0",
        for_="1m",
        summary="Loki refuses log records: {{ $labels.reason }}",
        description="{{ $value | humanize }} records within ${rate_window} of tenant {{ $labels.tenant }}. With "
        "rate_limited they come again, with any other reason they are lost to Loki.",
        board="pipeline",
        layer="backend",
        needs="backend",
    ),
    Rule(
        name="LokiRetentionStalled",
        severity="warning",
        # It is 0 from a start to the first run: then the start counts.
        expr="time() - max by (job) (\n"
        '  loki_compactor_apply_retention_last_successful_run_timestamp_seconds{job="loki"} > 0\n'
        '  or process_start_time_seconds{job="loki"}\n'
        ") > ${retention_stalled}",
        for_="15m",
        summary="Loki has not deleted what is too old for {{ $value | humanizeDuration }}",
        description="Records stay longer than their tier allows, requests to delete wait, and the disk fills.",
        board="pipeline",
        layer="backend",
        needs="backend",
    ),
    Rule(
        name="TempoDiscardingSpans",
        severity="warning",
        expr="sum by (job, tenant, reason) (" + risen("tempo_discarded_spans_total") + ") > 0",
        for_="1m",
        summary="Tempo drops spans: {{ $labels.reason }}",
        description="{{ $value | humanize }} spans within ${rate_window}. They are lost; their traces have gaps.",
        board="pipeline",
        layer="backend",
        needs="backend",
    ),
    Rule(
        name="PrometheusRuleFailures",
        severity="warning",
        expr="sum by (job, rule_group) (increase(prometheus_rule_evaluation_failures_total[${rate_window}])) > 0",
        for_="5m",
        summary="Rules of {{ $labels.rule_group }} cannot be evaluated",
        description="{{ $value | humanize }} evaluations within ${rate_window} failed: alerts of this group are blind.",
        board="alerts",
        layer="backend",
    ),
    Rule(
        name="PrometheusStorageFailing",
        severity="warning",
        expr="sum by (job, fault) (\n  "
        + "\n  or ".join(
            f'label_replace(increase({metric}{{job=~"prometheus|usage"}}[${{rate_window}}]), "fault", "{fault}", "", '
            f'"")'
            for fault, metric in _STORAGE_FAULTS.items()
        )
        + "\n) > 0",
        keep_firing_for="30m",
        summary="The storage of {{ $labels.job }}: {{ $labels.fault }}",
        description="{{ $value | humanize }} times within ${rate_window}. Mostly its disk is full or broken; samples "
        "are lost.",
        board="pipeline",
        layer="backend",
    ),
    Rule(
        name="UsageWriteFailing",
        severity="warning",
        expr='max by (job) (prometheus_remote_storage_highest_timestamp_in_seconds{job="prometheus"})\n'
        "- on (job) group_right ()\n"
        "max by (job, remote_name) "
        '(prometheus_remote_storage_queue_highest_sent_timestamp_seconds{job="prometheus",remote_name="usage"} > 0)\n'
        "> ${usage_lag}",
        for_="5m",
        summary="Recorded series reach the long-term store {{ $value | humanizeDuration }} late",
        description="Prometheus cannot write usage:*, capacity:* and slo:* to the second Prometheus. It catches up as "
        "long as its write-ahead log reaches back, about two hours; then there is a hole.",
        board="pipeline",
        layer="backend",
        needs="backend",
    ),
    Rule(
        name="AlertDeliveryFailing",
        severity="critical",
        expr=_DELIVERY,
        for_="5m",
        summary="Alerts do not get from {{ $labels.job }} to {{ $labels.integration }}",
        description="{{ $value | humanizePercentage }} of the notifications fail: people are not told of what fires. "
        "This one may reach you by another receiver.",
        board="alerts",
    ),
    Rule(
        name="CardinalityTooHigh",
        severity="warning",
        expr='max by (job) (prometheus_tsdb_head_series{job="prometheus"}) > ${metric_series}',
        for_="15m",
        summary="Prometheus holds {{ $value | humanize }} series",
        description="More than ${metric_series}: about 4 KiB of memory each. Mostly one label has too many values.",
        board="pipeline",
        layer="backend",
    ),
    Rule(
        name="CardinalityGrowing",
        severity="warning",
        expr='max by (job) (prometheus_tsdb_head_series{job="prometheus"})\n'
        '> ${series_growth} * max by (job) (prometheus_tsdb_head_series{job="prometheus"} offset 1d)\n'
        'and max by (job) (prometheus_tsdb_head_series{job="prometheus"}) > ${metric_series} / 10',
        for_="1h",
        summary="Prometheus holds {{ $value | humanize }} series, more than ${series_growth} times those of yesterday",
        description="A new label with many values came in with a release, or there are many more instances.",
        board="pipeline",
        layer="backend",
    ),
)
