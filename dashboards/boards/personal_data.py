"""Panels about redaction and ingest keys, for the board Security."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dashboards import panel
from dashboards.columns import Column
from dashboards.facts import Facts
from dashboards.limits import NO_LIMITS, above, below
from dashboards.links import SERVICE_LOGS, Link, column, label, to_board, to_logs
from dashboards.panel import Sized
from dashboards.queries import LOGS, RATE, SCOPE, log_metric, metric, rows

_FOUND: Final = f"{LOGS} | redaction_masked_count>0 or redaction_body_masked_count>0"
FOUND_IN_THE_KIT: Final = (
    f'{LOGS} | telemetry_distro_name="otel-kit" | redaction_masked_count>0 or redaction_body_masked_count>0'
)
"""Log records that a service with the kit had redacted, and in which the gateway still found something."""
_GUARD: Final = "otelcol_ingest_guard"
_NO_KEYS: Final = "No figures of the gateway's guard: the Collector is away, or no key was used yet."
_DAY: Final = 86400


def _masked(service: str) -> Link:
    return to_logs(
        "The masked records",
        f'{{service_name="{service}"}} | redaction_masked_count>0 or redaction_body_masked_count>0',
    )


def panels() -> Sequence[Sized]:
    """Return the panels about redaction, in order."""
    return (_by_rule(), _found(), _by_key(), _errors())


def _by_rule() -> Sized:
    return panel.time_series(
        Facts(
            title="Redactions by rule",
            question="What kinds of personal data and secrets do services try to send?",
            reading="Values a second that the SDK altered before anything left the process.",
            next_step="a new line after a deploy: somebody logs something new. Zero everywhere: see the alert "
            "RedactionStopped.",
            unit="short",
            empty="Nothing had to be redacted in this time range, or no service with the kit reports.",
            limits=NO_LIMITS,
            links=(SERVICE_LOGS,),
        ),
        metric(
            f"sum by (otel_kit_redaction_rule) (rate(otel_kit_redaction_hits_total{{{SCOPE}}}{RATE}))",
            "{{otel_kit_redaction_rule}}",
        ),
        stacked=True,
    )


def _found() -> Sized:
    return panel.time_series(
        Facts(
            title="Masked at the gateway",
            question="Who sends personal data that only the gateway took out?",
            reading="Records in which the gateway masked something. From senders without the kit that is its work; "
            "from services with it, it is a hole.",
            next_step="open the records, find the key, add a rule or mend the service.",
            unit="short",
            empty="The gateway had nothing to mask in this time range.",
            limits=NO_LIMITS,
            links=(_masked(label("service_name")),),
        ),
        log_metric(f"sum by (service_name) (count_over_time({_FOUND} [$__auto]))", "{{service_name}}"),
        stacked=True,
    )


def _by_key() -> Sized:
    by = "service_name, otel_kit_redaction_rule, otel_kit_redaction_key"
    return panel.listing(
        Facts(
            title="Redactions by rule and key",
            question="Where exactly does it stand?",
            reading="Values altered in the time range, by the attribute that held them.",
            next_step="right: leave out the value at its source. Wrong: `otel-kit policy` shows how to allow the key.",
            unit="short",
            empty="Nothing had to be redacted in this time range.",
            limits=NO_LIMITS,
            links=(SERVICE_LOGS,),
        ),
        rows(f"topk(50, sum by ({by}) (increase(otel_kit_redaction_hits_total{{{SCOPE}}}[$__range])))"),
        columns_=(
            Column(
                field="service_name",
                title="Service",
                links=(to_board("logs", "Its logs", given={"service": column("Service")}),),
            ),
            Column(field="otel_kit_redaction_rule", title="Rule"),
            Column(field="otel_kit_redaction_key", title="Key"),
            Column(field="Value", title="Values"),
        ),
        sort="Values",
        width=12,
    )


def _errors() -> Sized:
    return panel.time_series(
        Facts(
            title="Redaction that fails",
            question="Does a service drop values, or keep an old policy?",
            reading="Values a second that could not be searched and were dropped, and reloads of the policy that were "
            "refused. Both should be zero.",
            next_step="the service's log says why; a refused policy stays as it was.",
            unit="short",
            empty="No service with the kit reports in this time range.",
            limits=NO_LIMITS,
            links=(to_board("logs", "Its logs", given={"service": label("service_name")}),),
        ),
        metric(
            f"sum by (service_name) (rate(otel_kit_redaction_errors_total{{{SCOPE}}}{RATE}))",
            "{{service_name}} dropped",
        ),
        metric(
            "sum by (service_name) (rate(otel_kit_redaction_reloads_total"
            f'{{{SCOPE},otel_kit_redaction_reload_outcome="refused"}}{RATE}))',
            "{{service_name}} policy refused",
        ),
    )


def refused() -> Sized:
    """Return who was refused at the gateway."""
    return panel.time_series(
        Facts(
            title="Refused at the gateway",
            question="Who sends without a right to?",
            reading="Requests a second by key and reason. Without a key's id nobody knows whose they are.",
            next_step="expired: give the service its new key. unauthenticated: a stranger, or a service with a wrong "
            "key, whose telemetry is missing. limited: the key sends too much.",
            unit="reqps",
            empty="Nobody was refused since the Collector started.",
            limits=NO_LIMITS,
            links=(to_board("pipeline", "Pipeline"),),
        ),
        metric(
            f'sum by (key_id, outcome) (rate({_GUARD}_requests_total{{outcome!="accepted"}}{RATE}))',
            "{{key_id}} {{outcome}}",
        ),
    )


def keys() -> Sized:
    """Return the table of ingest keys."""
    return panel.listing(
        Facts(
            title="Ingest keys",
            question="Which key has to be replaced?",
            reading="Age, time that is left, and what was sent with it. A key that nobody uses should go.",
            next_step="`otel-kit keys create`, give it to the service, then `otel-kit keys revoke` the old one.",
            unit="short",
            empty=_NO_KEYS,
            limits=NO_LIMITS,
            links=(to_board("pipeline", "Pipeline"),),
        ),
        rows(f"max by (key_id) ({_GUARD}_key_age_seconds) / {_DAY}"),
        rows(f"min by (key_id) ({_GUARD}_key_expires_in_seconds) / {_DAY}"),
        rows(f'sum by (key_id) (increase({_GUARD}_requests_total{{outcome="accepted",key_id!=""}}[$__range]))'),
        rows(f'sum by (key_id) (increase({_GUARD}_requests_total{{outcome!="accepted",key_id!=""}}[$__range]))'),
        rows(f"sum by (key_id) (increase({_GUARD}_bytes_total[$__range]))"),
        columns_=(
            Column(field="key_id", title="Key"),
            Column(field="Value #A", title="Age", unit="d", limits=above("key_age")),
            Column(field="Value #B", title="Left", unit="d", limits=below("key_expires")),
            Column(field="Value #C", title="Accepted"),
            Column(field="Value #D", title="Refused", limits=above("any_at_all")),
            Column(field="Value #E", title="Bytes", unit="bytes"),
        ),
        sort="Age",
        width=12,
    )
