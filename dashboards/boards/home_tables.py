"""The two tables of the home board: what fires, and how each service is."""

from __future__ import annotations

from typing import Final

from dashboards import panel
from dashboards.columns import Column
from dashboards.expressions import SCOPE_OF_RECORDS, error_ratio, named, quantile, rate
from dashboards.facts import Facts
from dashboards.limits import NO_LIMITS, above, below
from dashboards.links import RUNBOOK, VALUE, column, to_board, to_logs, to_traces
from dashboards.panel import Sized
from dashboards.queries import OF_ENVIRONMENT, SCOPE, rows

PAGES, TICKETS, ALL = '="critical"', '="warning"', '!="none"'
"""Matchers of the label severity."""
BUDGET: Final = f"slo:error_budget_remaining:ratio{{{SCOPE_OF_RECORDS}}}"
# With an SDK of any language; not what only the Collector measures, such as machines.
ALIVE: Final = f'group by (service_name, service_instance_id) (target_info{{{SCOPE},telemetry_sdk_language!=""}})'
SEVERITIES: Final = {"critical": ("critical", "red"), "warning": ("warning", "orange"), "info": ("info", "blue")}
"""The colours of severities."""


def alerts(severity: str) -> str:
    """Return the alerts that fire; those without service or environment are about everything."""
    return (
        f'ALERTS{{alertstate="firing",escalation="",severity{severity},'
        'deployment_environment_name=~"$environment|",service_name=~"$service|"}'
    )


def firing() -> Sized:
    """Return the list of alerts that fire."""
    return panel.listing(
        Facts(
            title="Alerts that fire",
            question="What is wrong right now, and where?",
            reading="One row an alert; several series of one alert are counted.",
            next_step="click the alert for its runbook, the service for its board.",
            unit="short",
            empty="Nothing fires.",
            limits=NO_LIMITS,
            links=(to_board("alerts", "Alerts"),),
        ),
        rows(f"count by (severity, alertname, service_name, family) ({alerts(ALL)})"),
        columns_=(
            Column(field="severity", title="Severity", mapped=SEVERITIES, width=100),
            Column(field="alertname", title="Alert", links=(RUNBOOK, to_board("alerts", "History"))),
            Column(
                field="service_name",
                title="Service",
                links=(
                    to_board("service", "Service", given={"service": VALUE}),
                    to_logs("Logs of the service", f'{{service_name="{VALUE}"}}'),
                ),
            ),
            Column(field="family", title="About"),
            Column(field="Value", title="Series", unit="short", width=80),
        ),
        sort="Severity",
        descending=False,
        width=8,
        height=10,
    )


def services() -> Sized:
    """Return the table of services, the worst first."""
    of_service = f'resource.service.name = "{column("Service")}" && {OF_ENVIRONMENT}'
    return panel.listing(
        Facts(
            title="Services",
            question="Which service is not as it should be?",
            reading="Sorted by the share of failed requests. Version and start are those of the youngest process.",
            next_step="click a service; a fresh start beside a high error ratio is a deploy to look at.",
            unit="short",
            empty="No service reports: is OTEL_EXPORTER_OTLP_ENDPOINT set, is the key valid?",
            limits=NO_LIMITS,
            links=(to_board("service", "Services"),),
        ),
        rows(f"count by (service_name) ({ALIVE})"),
        rows(rate("service_name")),
        rows(error_ratio("service_name")),
        rows(quantile(0.95, "service_name")),
        rows(f"min by (service_name) ({BUDGET})"),
        rows(
            "bottomk by (service_name) (1, min by (service_name, service_version) "
            f"({named(f'process_uptime_seconds{{{SCOPE}}}', 'service_version', 'not set')}))"
        ),
        columns_=(
            Column(
                field="service_name",
                title="Service",
                links=(
                    to_board("service", "Service", given={"service": VALUE}),
                    to_board("logs", "Logs", given={"service": VALUE}),
                ),
            ),
            Column(field="Value #B", title="Requests", unit="reqps"),
            Column(
                field="Value #C",
                title="Failed",
                unit="percentunit",
                limits=above(critical="error_ratio"),
                links=(to_traces("Failed traces", f"{{ {of_service} && status = error }}"),),
            ),
            Column(
                field="Value #D",
                title="p95",
                unit="s",
                limits=above("latency_p95"),
                links=(to_traces("Slow traces", f"{{ {of_service} && kind = server && duration > 1s }}"),),
            ),
            Column(
                field="Value #E",
                title="Budget left",
                unit="percentunit",
                limits=below("error_budget_low", "error_budget_gone"),
                links=(to_board("objectives", "Objectives", given={"service": column("Service")}),),
            ),
            Column(field="Value #A", title="Instances", unit="short"),
            Column(field="service_version", title="Version"),
            Column(field="Value #F", title="Started", unit="dtdurations"),
        ),
        sort="Failed",
        width=16,
        height=10,
    )
