"""Panels about the Collector, for the board Pipeline, and what each signal is called along the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from dashboards import panel
from dashboards.facts import Facts
from dashboards.limits import NO_LIMITS, above
from dashboards.links import to_board, to_logs
from dashboards.panel import Sized
from dashboards.queries import RATE, metric

_AWAY: Final = "The Collector's figures are not there: is it up, and does Prometheus read it?"
_ALERTS: Final = to_board("alerts", "Alerts", kept=("environment",))
_SECURITY: Final = to_board("security", "Keys and redaction")
_NOTIFICATIONS: Final = to_logs("Alerts about the pipeline", '{event_category="alert",service_name="alertmanager"}')


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal by the names that SDK, Collector and store have for it."""

    name: str
    noun: str
    """Of the Collector's counters."""
    exporter: str
    """To the store of this stack; overlays have others."""
    stored: str
    """What the store counts."""
    remark: str = ""

    def sent(self, counter: str) -> str:
        """Return the matchers that leave only what goes to the store, if the counter is of exporters."""
        return f'{{exporter=~"{self.exporter}"}}' if counter.startswith("exporter") else ""


SIGNALS: Final = (
    Signal("traces", "spans", "otlp_grpc/tempo", "tempo_distributor_spans_received_total"),
    Signal("logs", "log_records", "otlp_http/loki(_audit)?", "loki_distributor_lines_received_total"),
    Signal(
        "metrics",
        "metric_points",
        "otlp_http/prometheus",
        'prometheus_tsdb_head_samples_appended_total{job="prometheus"}',
        " Prometheus counts samples: a histogram is many of them, and what it scrapes comes on top.",
    ),
)


def each_signal(expr: Callable[[Signal], str]) -> str:
    """Return one expression with a series for each signal, told apart by the label that the SDK has for it."""
    told = (f'label_replace({expr(one)}, "otel_kit_signal", "{one.name}", "", "")' for one in SIGNALS)
    return " or ".join(told)


def panels() -> Sequence[Sized]:
    """Return the panels, in order."""
    return (_refused(), _queues(), _failed(), _altered())


def _refused() -> Sized:
    return panel.time_series(
        Facts(
            title="Refused by the gateway",
            question="Does it turn data away?",
            reading="Records a second that it could not take: its memory or a queue was full. Senders keep them and "
            "try again. Keys that are refused stand on the board Security.",
            next_step="look which queue is full; without one, give the Collector more memory.",
            unit="cps",
            empty=_AWAY,
            limits=NO_LIMITS,
            links=(_ALERTS, _SECURITY),
        ),
        *(
            metric(
                f"sum by (receiver) (rate(otelcol_receiver_refused_{one.noun}_total{RATE}))",
                f"{{{{receiver}}}} {one.name}",
            )
            for one in SIGNALS
        ),
    )


def _queues() -> Sized:
    return panel.time_series(
        Facts(
            title="Queues on disk",
            question="Which store is too slow, or away?",
            reading="How full each queue is. Nothing is lost while there is room; at 100 % the gateway refuses.",
            next_step="see whether the store of that name is up and what it answers.",
            unit="percentunit",
            empty=_AWAY,
            limits=above("queue_fill"),
            links=(_ALERTS, _NOTIFICATIONS),
        ),
        metric(
            "max by (exporter, data_type) (otelcol_exporter_queue_size / otelcol_exporter_queue_capacity)",
            "{{exporter}} {{data_type}}",
        ),
        highest=1,
    )


def _failed() -> Sized:
    def each(one: Signal, counter: str) -> str:
        failed = f"sum by (exporter) (rate(otelcol_exporter_{counter}_{one.noun}_total{RATE}))"
        return f"{failed} or 0 * sum by (exporter) (rate(otelcol_exporter_sent_{one.noun}_total{RATE}))"

    return panel.time_series(
        Facts(
            title="Lost on the way to stores",
            question="Does a store refuse what it gets?",
            reading="Records a second that a store refused for good, or that found no room in a queue. Zero is normal: "
            "what only fails for now is tried again and is not in here.",
            next_step="the Collector's own log says what the store answered.",
            unit="cps",
            empty=_AWAY,
            limits=NO_LIMITS,
            links=(_ALERTS, _NOTIFICATIONS),
        ),
        *(metric(each(one, "send_failed"), f"{{{{exporter}}}} {one.name} refused") for one in SIGNALS),
        *(metric(each(one, "enqueue_failed"), f"{{{{exporter}}}} {one.name} no room") for one in SIGNALS),
    )


def _altered() -> Sized:
    return panel.time_series(
        Facts(
            title="Searched and left out",
            question="What does the gateway do to data?",
            reading="Records a second that it searched for personal data, in full or, of trusted keys, by key only; "
            "and points that were too old or too new for Prometheus.",
            next_step="everything is searched in full: services with the kit could have trusted keys (docs/keys.md).",
            unit="cps",
            empty=_AWAY,
            limits=NO_LIMITS,
            links=(_SECURITY,),
        ),
        metric(
            'sum by (processor, "otel.signal") '
            f'(rate(otelcol_processor_incoming_items_total{{processor=~"redaction/.*"}}{RATE}))',
            "{{processor}} {{otel.signal}}",
        ),
        metric(
            f'sum(rate({{"otelcol_processor_filter_datapoints.filtered_total"}}{RATE}))',
            "points left out: their time",
        ),
    )
