"""Panels about Loki, Tempo and Prometheus, and about volume, for the board Pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dashboards import panel
from dashboards.columns import Column
from dashboards.facts import Facts
from dashboards.limits import NO_LIMITS, above
from dashboards.links import SERVICE_LOGS, column, label, to_board
from dashboards.panel import Sized
from dashboards.queries import LOGS, RATE, log_metric, metric, rows

_AWAY: Final = "Prometheus reads nothing from the stores: is it up itself?"
_ALERTS: Final = to_board("alerts", "Alerts", kept=("environment",))
_RUNTIME: Final = to_board("runtime", "Machines")


def panels() -> Sequence[Sized]:
    """Return the panels about the stores, in order."""
    return (_up(), _errors(), _discarded(), _retention(), _storage(), _memory())


def volume() -> Sequence[Sized]:
    """Return the panels about who sends how much."""
    return (_by_service(), _by_key(), _series(), _largest())


def _up() -> Sized:
    return panel.states(
        Facts(
            title="Components",
            question="Is a part of the stack down?",
            reading="Whether Prometheus can read its figures. Short gaps are restarts.",
            next_step="read its log; `otel-kit stack check --live` says what mends it.",
            unit="short",
            empty=_AWAY,
            limits=NO_LIMITS,
            links=(_ALERTS,),
        ),
        metric("max by (job) (up)", "{{job}}"),
        mapped={"1": ("up", "green"), "0": ("down", "red")},
        height=6,
    )


def _errors() -> Sized:
    def failed(name: str, code: str = "status_code") -> str:
        of_all = f'sum by (job) (rate({name}{{route!="ready"}}{RATE}))'
        errors = f'sum by (job) (rate({name}{{route!="ready",{code}=~"5..|error"}}{RATE}))'
        return f"({errors} or 0 * {of_all}) / {of_all}"

    return panel.time_series(
        Facts(
            title="Failed requests of stores",
            question="Which store is in trouble?",
            reading="Share of the requests, to write and to ask, that each answered with an error of its own.",
            next_step="memory and disk first; then its log.",
            unit="percentunit",
            empty=_AWAY,
            limits=above("backend_error_ratio"),
            links=(_ALERTS, _RUNTIME),
        ),
        metric(failed("loki_request_duration_seconds_count"), "{{job}}"),
        metric(failed("tempo_request_duration_seconds_count"), "{{job}}"),
        metric(failed("prometheus_http_requests_total", "code"), "{{job}}"),
        height=6,
        highest=1,
    )


def _discarded() -> Sized:
    nothing_in_loki = f"0 * sum(rate(loki_distributor_lines_received_total{RATE}))"
    return panel.time_series(
        Facts(
            title="Discarded by stores",
            question="Does a store throw away what it took?",
            reading="Records a second, by reason. Zero is normal; each is lost.",
            next_step="the reason is the name of a limit in backends/: too large, too old, too many.",
            unit="cps",
            empty=_AWAY,
            limits=NO_LIMITS,
            links=(_ALERTS,),
        ),
        metric(
            f"sum by (reason) (rate(loki_discarded_samples_total{RATE})) or {nothing_in_loki}",
            "Loki {{reason}}",
        ),
        metric(f"sum by (reason) (rate(tempo_discarded_spans_total{RATE}))", "Tempo {{reason}}"),
        metric(f'sum(rate(prometheus_tsdb_too_old_samples_total{{job="prometheus"}}{RATE}))', "Prometheus too old"),
        width=6,
        height=7,
    )


def _retention() -> Sized:
    return panel.time_series(
        Facts(
            title="Time since old logs were deleted",
            question="Does retention work?",
            reading="Loki deletes what is too old every ten minutes or so. A line that only rises: it does not.",
            next_step="Loki's log says what keeps the compactor; the disk fills meanwhile.",
            unit="s",
            empty="Loki has not deleted anything since its start.",
            limits=above("retention_stalled"),
            links=(_ALERTS, _RUNTIME),
        ),
        metric("time() - max(loki_compactor_apply_retention_last_successful_run_timestamp_seconds > 0)", "Loki"),
        width=6,
        height=7,
    )


def _storage() -> Sized:
    wal = "sum by (job) (prometheus_tsdb_wal_storage_size_bytes)"
    return panel.time_series(
        Facts(
            title="Stored",
            question="How large are the stores?",
            reading="Bytes on disk as the stores tell. Of Loki only what is not in chunks yet: it does not tell more.",
            next_step="shorten STACK_RETENTION_*, or find who sends so much below.",
            unit="bytes",
            empty=_AWAY,
            limits=NO_LIMITS,
            links=(_RUNTIME,),
        ),
        metric(
            f"(sum by (job) (prometheus_tsdb_storage_blocks_bytes) + {wal}) "
            f'or (sum by (job) (tempodb_backend_bytes_total{{status="live"}}) + {wal}) or {wal}',
            "{{job}}",
        ),
        width=6,
        height=7,
    )


def _memory() -> Sized:
    return panel.time_series(
        Facts(
            title="Memory of components",
            question="Does a part of the stack need more than it may have?",
            reading="Resident memory of each. In containers STACK_*_MEMORY is where it is killed.",
            next_step="raise its variable, or ask for less: shorter queries, fewer series.",
            unit="bytes",
            empty=_AWAY,
            limits=NO_LIMITS,
            links=(_ALERTS, _RUNTIME),
        ),
        metric(
            "sum by (job) (process_resident_memory_bytes) or sum by (job) (otelcol_process_memory_rss_bytes)", "{{job}}"
        ),
        width=6,
        height=7,
    )


def _by_service() -> Sized:
    return panel.time_series(
        Facts(
            title="Log bytes by service",
            question="Which service writes so much?",
            reading="Bytes of log lines in each interval, without their fields.",
            next_step="click it for its logs: the noisiest logger stands on the board Logs.",
            unit="bytes",
            empty="No log records in this time range.",
            limits=NO_LIMITS,
            links=(to_board("logs", "Its logs", given={"service": label("service_name")}), SERVICE_LOGS),
        ),
        log_metric(f"sum by (service_name) (bytes_over_time({LOGS} [$__auto]))", "{{service_name}}"),
        stacked=True,
        width=8,
    )


def _by_key() -> Sized:
    return panel.time_series(
        Facts(
            title="Bytes by ingest key",
            question="Whose data is it that costs?",
            reading="Bytes a second, uncompressed, all signals, by key.",
            next_step="the key's tenant and note are in `otel-kit keys list`.",
            unit="Bps",
            empty="No key was used since the Collector started.",
            limits=NO_LIMITS,
            links=(to_board("security", "Keys"),),
        ),
        metric(f"sum by (key_id) (rate(otelcol_ingest_guard_bytes_total{RATE}))", "{{key_id}}"),
        stacked=True,
        width=8,
    )


def _series() -> Sized:
    return panel.time_series(
        Facts(
            title="Series and streams",
            question="Does the number of series grow without end?",
            reading="Series in the memory of each Prometheus, and streams in Loki's. Each costs memory all the time.",
            next_step="the table beside names the metrics; an attribute with too many values is the usual cause.",
            unit="short",
            empty=_AWAY,
            limits=above("metric_series"),
            links=(_ALERTS,),
        ),
        metric("sum by (job) (prometheus_tsdb_head_series)", "{{job}}"),
        metric("sum(loki_ingester_memory_streams)", "streams of Loki"),
        width=8,
    )


def _largest() -> Sized:
    return panel.listing(
        Facts(
            title="Metrics with the most series",
            question="Which metric has too many series?",
            reading="Series of each metric and sender at the end of the time range.",
            next_step="find the label with many values; docs/metrics.md says how the kit bounds them.",
            unit="short",
            empty=_AWAY,
            limits=NO_LIMITS,
            links=(_ALERTS,),
        ),
        rows('topk(20, count by (__name__, job) ({__name__!=""}))'),
        columns_=(
            Column(field="__name__", title="Metric"),
            Column(
                field="job",
                title="Sender",
                links=(to_board("service", "Service", given={"service": column("Sender")}),),
            ),
            Column(field="Value", title="Series"),
        ),
        sort="Series",
        height=7,
    )
