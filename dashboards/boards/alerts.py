"""Alerts: what fires, what fired, who acted, and was anybody told?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dashboards import panel
from dashboards.board import Board
from dashboards.boards import alert_history, notifications
from dashboards.columns import Column
from dashboards.facts import Facts
from dashboards.layout import Section
from dashboards.limits import NO_LIMITS, Limits, above, below
from dashboards.links import FAILED_TRACES, RUNBOOK, SERVICE_LOGS, column, label, to_board
from dashboards.panel import Sized
from dashboards.queries import Query, metric, rows, value
from dashboards.variables import ENVIRONMENT, SERVICE

# An alert without the label is about everything: a store, a machine. Second copies are escalations of the first.
_SCOPE: Final = 'deployment_environment_name=~"$environment|",service_name=~"$service|",escalation=""'
_FIRING: Final = f'ALERTS{{alertstate="firing",{_SCOPE}}}'
_NAMES: Final = "alertname, severity, service_name, deployment_environment_name"
_NONE: Final = "Prometheus does not answer."
_SEVERITIES: Final = {
    "critical": ("critical", "red"),
    "warning": ("warning", "orange"),
    "info": ("info", "blue"),
    "none": ("none", "gray"),
}
_TO_SERVICE: Final = to_board("service", "Service", given={"service": label("service_name")}, kept=("environment",))
_TO_PIPELINE: Final = to_board("pipeline", "Pipeline", kept=("environment", "service"))


def board() -> Board:
    """Return the board."""
    return Board(
        name="alerts",
        title="Alerts",
        description="What fires, what fired, who acted, and was anybody told?",
        since="now-24h",
        variables=(ENVIRONMENT, SERVICE),
        sections=(
            Section("Now", (*_figures(), _firing(), _raised())),
            Section("What fired", alert_history.panels()),
            Section("Who acted, and what kept silent", alert_history.people()),
            Section("Was anybody told", notifications.panels()),
        ),
    )


def _figures() -> Sequence[Sized]:
    def one(title: str, question: str, reading: str, next_step: str, asked: Query, limits: Limits) -> Sized:
        facts = Facts(
            title=title,
            question=question,
            reading=reading,
            next_step=next_step,
            unit="short",
            empty=_NONE,
            limits=limits,
            links=(SERVICE_LOGS, FAILED_TRACES, _TO_PIPELINE),
        )
        return panel.figure(facts, asked, width=4)

    def firing(severity: str) -> Query:
        selected = _FIRING.replace("{", f'{{severity="{severity}",alertname!="Watchdog",', 1)
        return metric(f"count({selected}) or vector(0)")

    return (
        one(
            "Critical",
            "Has somebody to get up?",
            "Critical alerts that fire now; each has paged somebody, unless it is silenced.",
            "open its runbook from the table; acknowledge it with `otel-kit alerts ack`.",
            firing("critical"),
            above(critical="any_at_all"),
        ),
        one(
            "Warnings",
            "What has to be done in working hours?",
            "Warnings that fire now.",
            "work through the table; one that is always there has a wrong threshold.",
            firing("warning"),
            above("any_at_all"),
        ),
        one(
            "Information",
            "What else is unusual?",
            "Alerts of severity info, which tell nobody and are only written down.",
            "read them when you look for the cause of another one.",
            firing("info"),
            NO_LIMITS,
        ),
        one(
            "Pending",
            "What may fire soon?",
            "True, but not for as long as the rule waits.",
            "often gone by itself; many at once are the beginning of something.",
            metric(f'count(ALERTS{{alertstate="pending",{_SCOPE}}}) or vector(0)'),
            NO_LIMITS,
        ),
        one(
            "Silences",
            "What is kept silent by people?",
            "Silences in force, acknowledgements among them.",
            "`otel-kit alerts list` shows who or what keeps an alert silent; below is the history.",
            metric('sum(alertmanager_silences{state="active"})'),
            NO_LIMITS,
        ),
        one(
            "Watchdog",
            "Is alerting itself alive?",
            "The alert that always fires. At 0 no rule is evaluated, and no other figure here counts.",
            "see whether Prometheus is up and loads its rules.",
            value('count(ALERTS{alertname="Watchdog",alertstate="firing"}) or vector(0)'),
            below(critical="any_at_all"),
        ),
    )


def _firing() -> Sized:
    since = f"min by ({_NAMES}) (ALERTS_FOR_STATE{{{_SCOPE}}} and ignoring (alertstate) {_FIRING})"
    return panel.listing(
        Facts(
            title="Firing now",
            question="What fires, where, since when?",
            reading="The worst first. What is silenced or muted by another alert fires, too, but tells nobody.",
            next_step="click the name for its runbook and for who was told, the service for its board.",
            unit="short",
            empty="Nothing fires. With the engine `grafana`, alerts are in Grafana's own list.",
            limits=NO_LIMITS,
            links=(SERVICE_LOGS, _TO_PIPELINE),
        ),
        rows(f"{since} * 1000"),
        rows(f"count by ({_NAMES}) ({_FIRING})"),
        columns_=(
            Column(field="severity", title="Severity", mapped=_SEVERITIES, width=110),
            Column(field="alertname", title="Alert", links=(RUNBOOK, alert_history.of_alert(column("Alert")))),
            Column(
                field="service_name",
                title="Service",
                links=(to_board("service", "Service", given={"service": column("Service")}, kept=("environment",)),),
            ),
            Column(field="deployment_environment_name", title="Environment"),
            Column(field="Value #A", title="Since", unit="dateTimeFromNow"),
            Column(field="Value #B", title="How many"),
        ),
        sort="Severity",
        descending=False,
        width=14,
    )


def _raised() -> Sized:
    return panel.time_series(
        Facts(
            title="Raised by applications",
            question="What do applications themselves complain of?",
            reading="1 while an alert that the application raised with `otel_kit.alert` is active, in any process.",
            next_step="its reason is in the history below; the application ends it with `alert.resolve`.",
            unit="short",
            empty="No application has raised an alert in this time range.",
            limits=NO_LIMITS,
            links=(_TO_SERVICE, SERVICE_LOGS),
        ),
        metric(
            "max by (service_name, otel_kit_alert_name, otel_kit_alert_severity) (otel_kit_alert_active"
            '{deployment_environment_name=~"$environment",service_name=~"$service"})',
            "{{service_name}} {{otel_kit_alert_name}} ({{otel_kit_alert_severity}})",
        ),
        width=10,
    )
