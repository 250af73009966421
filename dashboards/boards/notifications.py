"""Panels about whether notifications arrive, for the board Alerts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dashboards import panel
from dashboards.facts import Facts
from dashboards.limits import NO_LIMITS, Limits, above
from dashboards.links import to_board, to_logs
from dashboards.panel import Sized
from dashboards.queries import RATE, Query, metric

_AWAY: Final = "Alertmanager's figures are not there: is it up?"
_PIPELINE: Final = to_board("pipeline", "Pipeline", kept=("environment", "service"))
_TOLD: Final = to_logs("All notifications", '{event_category="alert",service_name="alertmanager"}')


def panels() -> Sequence[Sized]:
    """Return the panels, in order."""
    sent = f"sum by (integration) (rate(alertmanager_notifications_total{RATE}))"
    failed = f"sum by (integration) (rate(alertmanager_notifications_failed_total{RATE}))"
    return (
        _panel(
            "Notifications",
            "Is anything sent?",
            "Messages a second by kind of receiver. Those that fail are in here, too.",
            "nothing at all for a day: the watchdog should be in here.",
            "cps",
            metric(f"{sent} > 0", "{{integration}}"),
        ),
        _panel(
            "Failed notifications",
            "Do receivers refuse?",
            "Share that failed, by kind of receiver. A failed one is tried again, until it is too late.",
            "the receiver's address or secret is wrong, or it is away: Alertmanager's log says which.",
            "percentunit",
            metric(f"{failed} / ({sent} > 0)", "{{integration}}"),
            above("delivery_failed_ratio"),
        ),
        _panel(
            "Time to deliver",
            "How long does a receiver take?",
            "p95 of the time for a message, by kind of receiver.",
            "seconds: the receiver is slow, and messages of a burst wait for each other.",
            "s",
            metric(
                "histogram_quantile(0.95, sum by (le, integration) "
                f"(rate(alertmanager_notification_latency_seconds_bucket{RATE}))) >= 0",
                "{{integration}} p95",
                exemplar=False,
            ),
        ),
        _panel(
            "From rules to Alertmanager",
            "Does it hear of alerts at all?",
            "Alerts a second that Prometheus and Loki could not hand over, and rules that could not be evaluated. "
            "Zero is normal.",
            "see whether Alertmanager is up; a rule that fails is named in Prometheus under /rules.",
            "cps",
            metric(f"sum(rate(prometheus_notifications_dropped_total{RATE}))", "dropped"),
            metric(f"sum(rate(prometheus_notifications_errors_total{RATE}))", "failed"),
            metric(
                f'sum(rate(prometheus_rule_evaluation_failures_total{{job="prometheus"}}{RATE}))', "rules that fail"
            ),
        ),
    )


def _panel(title: str, question: str, reading: str, next_step: str, unit: str, *asked: Query | Limits) -> Sized:
    limits = next((one for one in asked if isinstance(one, Limits)), NO_LIMITS)
    facts = Facts(
        title=title,
        question=question,
        reading=reading,
        next_step=next_step,
        unit=unit,
        empty=_AWAY if unit != "s" else "No message was sent in this time range.",
        limits=limits,
        links=(_TOLD, _PIPELINE),
    )
    return panel.time_series(facts, *(one for one in asked if isinstance(one, Query)), height=7)
