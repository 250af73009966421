"""Panels about what fired and who acted, for the board Alerts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dashboards import panel
from dashboards.columns import Column
from dashboards.facts import Facts
from dashboards.limits import NO_LIMITS
from dashboards.links import RUNBOOK, SERVICE_LOGS, Link, column, label, to_board, to_logs
from dashboards.panel import Sized
from dashboards.queries import log_lines, log_value, metric, rows

_SCOPE: Final = 'deployment_environment_name=~"$environment|",service_name=~"$service|"'
# Escalations are second alerts about the same, and the Watchdog always fires.
_EACH: Final = f'alertname!="Watchdog",escalation="",{_SCOPE}'
_FIRING: Final = f'ALERTS{{alertstate="firing",{_EACH}}}'
_BY_SERVICE: Final = '| otel_kit_alert_service=~"$service|"'
_TOLD: Final = f'{{event_category="alert",service_name="alertmanager"}} {_BY_SERVICE} | otel_kit_alert_name!="Watchdog"'
_CHANGES: Final = f'{{event_category="audit",service_name="otel-kit-alerts"}} {_BY_SERVICE}'
_RANGE: Final = "[$__range]"
_NOTHING: Final = "Nothing fired in this time range."
_NOBODY: Final = (
    "Nobody acknowledged, silenced or expired anything in this time range: `otel-kit alerts ack` writes it here."
)
_TO_SERVICE: Final = to_board("service", "Service", given={"service": label("service_name")}, kept=("environment",))
_ALL_TOLD: Final = to_logs("All notifications", '{event_category="alert",service_name="alertmanager"}')
_ALL_CHANGES: Final = to_logs("All changes by people", '{event_category="audit",service_name="otel-kit-alerts"}')


def of_alert(name: str) -> Link:
    """Return the link to the notifications of one alert, by the place of its name."""
    return to_logs(
        "Its notifications", f'{{event_category="alert",service_name="alertmanager"}} | otel_kit_alert_name="{name}"'
    )


def panels() -> Sequence[Sized]:
    """Return what fired, in order."""
    return (_timeline(), _months(), _noisiest(), _notified(), _by_applications())


def people() -> Sequence[Sized]:
    """Return who acted on it, and what was kept silent."""
    return (_acted(), _changes(), _suppressed(), _held_back())


def _timeline() -> Sized:
    return panel.states(
        Facts(
            title="When what fired",
            question="What began first?",
            reading="A bar for each alert and service while it fired. The first of a group is mostly the cause.",
            next_step="click a bar for the service.",
            unit="short",
            empty=_NOTHING,
            limits=NO_LIMITS,
            links=(_TO_SERVICE, _ALL_TOLD),
        ),
        metric(
            f"max by (alertname, severity, service_name) ({_FIRING})", "{{severity}}: {{alertname}} {{service_name}}"
        ),
        mapped={"1": ("firing", "red")},
        height=9,
    )


def _months() -> Sized:
    return panel.time_series(
        Facts(
            title="Firing, over months",
            question="Does it get quieter?",
            reading="How many of each name fired, from the long-term store, which keeps it for a year and more.",
            next_step="an alert that fires every week wants a repair, or another threshold.",
            unit="short",
            empty="Nothing fired, or the long-term store has nothing yet.",
            limits=NO_LIMITS,
            links=(_TO_SERVICE, _ALL_TOLD),
        ),
        metric(
            f'sum by (alertname, severity) (usage:alerts_firing{{alertname!="Watchdog",{_SCOPE}}})',
            "{{severity}}: {{alertname}}",
            source="usage",
        ),
        stacked=True,
        height=9,
    )


def _noisiest() -> Sized:
    by = "alertname, severity, service_name"
    # When it became true, as long as it fires: what was only pending counts for nothing.
    since = f"(ALERTS_FOR_STATE{{{_EACH}}} and ignoring (alertstate) {_FIRING})"
    return panel.listing(
        Facts(
            title="Noisiest",
            question="Which alert costs most attention?",
            reading="How long each fired within the time range, added up over all that it fired for, and how often. "
            "Escalations are not counted again.",
            next_step="often and short: a longer `for`, or a threshold of this service's own (docs/alert-rules.md).",
            unit="short",
            empty=_NOTHING,
            limits=NO_LIMITS,
            links=(_ALL_TOLD,),
        ),
        rows(f"topk(20, sum by ({by}) (sum_over_time({_FIRING}[$__range:1m]))) * 60"),
        rows(f"sum by ({by}) (changes({since}[$__range:1m]) + 1)"),
        columns_=(
            Column(field="alertname", title="Alert", links=(RUNBOOK, of_alert(column("Alert")))),
            Column(field="severity", title="Severity"),
            Column(field="service_name", title="Service"),
            Column(field="Value #A", title="Fired for", unit="s"),
            Column(field="Value #B", title="Began"),
        ),
        sort="Fired for",
        width=14,
    )


def _notified() -> Sized:
    by = "otel_kit_alert_name, otel_kit_alert_receiver, otel_kit_alert_status"
    return panel.listing(
        Facts(
            title="Notifications by alert",
            question="Who was told how often?",
            reading="Messages of the time range by receiver. Also what would have been sent if nobody is set up.",
            next_step="many for one receiver: group or silence, before they are no longer read.",
            unit="short",
            empty="Nobody was told of anything in this time range.",
            limits=NO_LIMITS,
            links=(_ALL_TOLD,),
        ),
        log_value(f"sum by ({by}) (count_over_time({_TOLD} {_RANGE}))"),
        columns_=(
            Column(field="otel_kit_alert_name", title="Alert", links=(RUNBOOK, of_alert(column("Alert")))),
            Column(field="otel_kit_alert_receiver", title="Receiver"),
            Column(
                field="otel_kit_alert_status",
                title="Status",
                mapped={"firing": ("firing", "red"), "resolved": ("resolved", "green")},
            ),
            Column(field="Value #A", title="Messages"),
        ),
        sort="Messages",
        width=10,
    )


def _by_applications() -> Sized:
    return panel.log_list(
        Facts(
            title="History",
            question="What happened, in order?",
            reading="Notifications, and alerts that applications raised and resolved. Open a line for all of it.",
            next_step="an application's line has its trace: follow it to the request that failed.",
            unit="short",
            empty="No alert was raised and nobody was told of one in this time range.",
            limits=NO_LIMITS,
            links=(_ALL_TOLD, SERVICE_LOGS),
        ),
        log_lines(
            f'{{event_category="alert",service_name=~"$service|alertmanager"}} {_BY_SERVICE}'
            ' | otel_kit_alert_name!="Watchdog"'
            ' | line_format "{{.service_name}}: {{.otel_kit_alert_status}} {{.otel_kit_alert_name}}'
            " ({{.otel_kit_alert_severity}}) {{.otel_kit_alert_service}} {{.otel_kit_alert_receiver}}"
            ' {{.otel_kit_alert_reason}}"'
        ),
    )


def _acted() -> Sized:
    by = "user_id, otel_kit_audit_action, otel_kit_alert_name"
    return panel.listing(
        Facts(
            title="Who acted",
            question="Who acknowledges and silences what?",
            reading="Changes by people in the time range, made with `otel-kit alerts`.",
            next_step="silenced often and never repaired: talk about it.",
            unit="short",
            empty=_NOBODY,
            limits=NO_LIMITS,
            links=(_ALL_CHANGES,),
        ),
        log_value(f"sum by ({by}) (count_over_time({_CHANGES} {_RANGE}))"),
        columns_=(
            Column(field="user_id", title="Who"),
            Column(field="otel_kit_audit_action", title="What"),
            Column(field="otel_kit_alert_name", title="Alert", links=(RUNBOOK, of_alert(column("Alert")))),
            Column(field="Value #A", title="Times"),
        ),
        sort="Times",
        width=10,
    )


def _changes() -> Sized:
    return panel.log_list(
        Facts(
            title="Acknowledged, silenced, expired",
            question="Who did it when, until when, and why?",
            reading="Newest first. Silences made in Alertmanager's or Grafana's page are not in here.",
            next_step="open a line for the matchers; `otel-kit alerts history` prints the same.",
            unit="short",
            empty=_NOBODY,
            limits=NO_LIMITS,
            links=(_ALL_CHANGES,),
        ),
        log_lines(
            f'{_CHANGES} | line_format "{{{{.user_id}}}} {{{{.otel_kit_audit_action}}}} {{{{.otel_kit_audit_target}}}}'
            ' until {{.otel_kit_alert_until}}: {{.otel_kit_audit_reason}} {{.event_outcome}}"'
        ),
        width=14,
        height=8,
    )


def _suppressed() -> Sized:
    return panel.time_series(
        Facts(
            title="Alerts that are kept silent",
            question="How much do we not hear?",
            reading="Alerts in Alertmanager: active ones are told, suppressed ones are silenced or muted by another.",
            next_step="all suppressed for days: a silence that was forgotten.",
            unit="short",
            empty="Alertmanager's figures are not there: is it up?",
            limits=NO_LIMITS,
            links=(_ALL_CHANGES,),
        ),
        metric("sum by (state) (alertmanager_alerts)", "{{state}}"),
        stacked=True,
    )


def _held_back() -> Sized:
    return panel.time_series(
        Facts(
            title="What kept them silent",
            question="Was it a person, another alert, or the time of day?",
            reading="Notifications a second that were held back: silence is a person, inhibition a worse alert that "
            "explains this one, mute_time_interval a quiet time.",
            next_step="inhibition: repair the critical alert first; the rest goes with it.",
            unit="cps",
            empty="Nothing was held back since Alertmanager started.",
            limits=NO_LIMITS,
            links=(_ALL_CHANGES, _ALL_TOLD),
        ),
        metric("sum by (reason) (rate(alertmanager_notifications_suppressed_total[$__rate_interval]))", "{{reason}}"),
        stacked=True,
    )
