"""Home: which service needs me now?"""

from __future__ import annotations

from typing import Final

from dashboards import panel
from dashboards.board import Board
from dashboards.columns import Column
from dashboards.expressions import SCOPE_OF_RECORDS, error_ratio, named, quantile, rate
from dashboards.facts import Facts
from dashboards.layout import Section
from dashboards.limits import NO_LIMITS, above, below
from dashboards.links import (
    FAILED_TRACES,
    RUNBOOK,
    SERVICE_LOGS,
    SLOW_TRACES,
    VALUE,
    column,
    label,
    to_board,
    to_logs,
    to_traces,
)
from dashboards.panel import Sized
from dashboards.queries import LINES, SCOPE, SPANS, log_metric, metric, rows, traces, value
from dashboards.service_map import service_map

_TO_SERVICE: Final = to_board("service", "Service", given={"service": label("service_name")})
_TO_SERVICES: Final = to_board("service", "Services")
_TO_ALERTS: Final = to_board("alerts", "Alerts")
_TO_OBJECTIVES: Final = to_board("objectives", "Objectives")
_NO_REQUESTS: Final = "No requests in this time range, or none with these variables."
_PAGES, _TICKETS, _ALL = '="critical"', '="warning"', '!="none"'
_BUDGET: Final = f"slo:error_budget_remaining:ratio{{{SCOPE_OF_RECORDS}}}"
# With an SDK of any language; not what only the Collector measures, such as machines.
_ALIVE: Final = f'group by (service_name, service_instance_id) (target_info{{{SCOPE},telemetry_sdk_language!=""}})'


def board() -> Board:
    """Return the board."""
    return Board(
        name="home",
        title="Home",
        description="Which service needs me now?",
        sections=(
            Section("Now", (_critical(), _warnings(), _services(), _requests(), _worst_errors(), _least_budget())),
            Section("Who needs me", (_firing(), _table())),
            Section("How it goes", (_requests_over_time(), _errors_over_time(), _slowness(), _error_logs())),
            Section("Where it comes from", (service_map(width=12, height=12), _failed_traces())),
        ),
    )


def _alerts(severity: str) -> str:
    """Return the alerts that fire; those without service or environment are about everything."""
    return (
        f'ALERTS{{alertstate="firing",escalation="",severity{severity},'
        'deployment_environment_name=~"$environment|",service_name=~"$service|"}'
    )


def _critical() -> Sized:
    return panel.figure(
        Facts(
            title="Critical alerts",
            question="Does anything page?",
            reading="Alerts of the severity critical that fire now, each once, escalated or not.",
            next_step="open the alerts, each has a runbook.",
            unit="short",
            empty="Prometheus evaluates no rules: look at the pipeline board.",
            limits=above(critical="any_at_all"),
            links=(_TO_ALERTS,),
        ),
        value(f"count({_alerts(_PAGES)}) or vector(0)"),
    )


def _warnings() -> Sized:
    return panel.figure(
        Facts(
            title="Warnings",
            question="What should be looked at today?",
            reading="Alerts of the severity warning that fire now.",
            next_step="open the alerts; a warning that nobody acts on wants another threshold.",
            unit="short",
            empty="Prometheus evaluates no rules: look at the pipeline board.",
            limits=above(warning="any_at_all"),
            links=(_TO_ALERTS,),
        ),
        value(f"count({_alerts(_TICKETS)}) or vector(0)"),
    )


def _services() -> Sized:
    return panel.figure(
        Facts(
            title="Services reporting",
            question="Who sends telemetry?",
            reading="Services with a process that reported within the last five minutes.",
            next_step="one that is missing: alert ServiceTelemetryAbsent, then the pipeline board.",
            unit="short",
            empty="No service reports: is OTEL_EXPORTER_OTLP_ENDPOINT set, is the key valid?",
            limits=NO_LIMITS,
            links=(to_board("runtime", "Processes"),),
        ),
        value(f"count(group by (service_name) ({_ALIVE}))"),
    )


def _requests() -> Sized:
    return panel.figure(
        Facts(
            title="Requests",
            question="How much is asked of all of them?",
            reading="Requests a second, answered with any status.",
            next_step="compare with the line below: a sudden fall is worth a look, too.",
            unit="reqps",
            empty=_NO_REQUESTS,
            limits=NO_LIMITS,
            links=(_TO_SERVICES,),
        ),
        metric(rate()),
    )


def _worst_errors() -> Sized:
    return panel.figure(
        Facts(
            title="Worst error ratio",
            question="How bad is the worst service?",
            reading="The highest share of requests that one service answered with 5xx.",
            next_step="find it in the table below.",
            unit="percentunit",
            empty=_NO_REQUESTS,
            limits=above(critical="error_ratio"),
            links=(_TO_SERVICES, FAILED_TRACES),
        ),
        metric(f"max({error_ratio('service_name')})"),
    )


def _least_budget() -> Sized:
    return panel.figure(
        Facts(
            title="Least error budget",
            question="Which promise is nearest to being broken?",
            reading="What is left of the smallest error budget of all objectives; below 0 it is overdrawn.",
            next_step="the objectives board names it and who spends it.",
            unit="percentunit",
            empty="No objective has had requests yet.",
            limits=below("error_budget_low", "error_budget_gone"),
            links=(_TO_OBJECTIVES,),
        ),
        value(f"min({_BUDGET})"),
    )


def _firing() -> Sized:
    return panel.listing(
        Facts(
            title="Alerts that fire",
            question="What is wrong right now, and where?",
            reading="One row an alert; several series of one alert are counted.",
            next_step="click the alert for its runbook, the service for its board.",
            unit="short",
            empty="Nothing fires.",
            limits=NO_LIMITS,
            links=(_TO_ALERTS,),
        ),
        rows(f"count by (severity, alertname, service_name, family) ({_alerts(_ALL)})"),
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


def _table() -> Sized:
    of_service = 'resource.service.name = "%s"' % column("Service")  # noqa: UP031 - braces of Grafana's own
    return panel.listing(
        Facts(
            title="Services",
            question="Which service is not as it should be?",
            reading="Sorted by the share of failed requests. Version and start are those of the youngest process.",
            next_step="click a service; a fresh start beside a high error ratio is a deploy to look at.",
            unit="short",
            empty="No service reports: is OTEL_EXPORTER_OTLP_ENDPOINT set, is the key valid?",
            limits=NO_LIMITS,
            links=(_TO_SERVICES,),
        ),
        rows(f"count by (service_name) ({_ALIVE})"),
        rows(rate("service_name")),
        rows(error_ratio("service_name")),
        rows(quantile(0.95, "service_name")),
        rows(f"min by (service_name) ({_BUDGET})"),
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
                limits=above("latency_p95", "latency_p99"),
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


def _requests_over_time() -> Sized:
    return panel.time_series(
        Facts(
            title="Requests by service",
            question="How much is asked of each service?",
            reading="Requests a second, answered with any status; blue lines across are deploys, red ones alerts.",
            next_step="click a line for its service; a line that ends is no traffic or no telemetry.",
            unit="reqps",
            empty=_NO_REQUESTS,
            limits=NO_LIMITS,
            links=(_TO_SERVICE,),
        ),
        metric(rate("service_name"), "{{service_name}}"),
    )


def _errors_over_time() -> Sized:
    return panel.time_series(
        Facts(
            title="Error ratio by service",
            question="Who fails, and since when?",
            reading="Share of requests answered with 5xx.",
            next_step="what began at the same moment is often the cause: follow the callers in the map.",
            unit="percentunit",
            empty=_NO_REQUESTS,
            limits=above(critical="error_ratio"),
            links=(_TO_SERVICE, FAILED_TRACES),
        ),
        metric(error_ratio("service_name"), "{{service_name}}"),
    )


def _slowness() -> Sized:
    return panel.time_series(
        Facts(
            title="95th percentile by service",
            question="Who is slow?",
            reading="Time within which 95 % of requests are answered. A point is one request: click it for its trace.",
            next_step="a point far above its line, then the longest span of its trace.",
            unit="s",
            empty=_NO_REQUESTS,
            limits=above("latency_p95", "latency_p99"),
            links=(_TO_SERVICE, SLOW_TRACES),
        ),
        metric(quantile(0.95, "service_name"), "{{service_name}}"),
    )


def _error_logs() -> Sized:
    return panel.time_series(
        Facts(
            title="Errors in the logs",
            question="Who complains?",
            reading="Log records of the levels error and worse, by service.",
            next_step="click for the logs; what is new stands on the logs board.",
            unit="short",
            empty="No record of the level error in this time range.",
            limits=NO_LIMITS,
            links=(to_board("logs", "Logs", given={"service": label("service_name")}), SERVICE_LOGS),
        ),
        log_metric(
            f'sum by (service_name) (count_over_time({LINES} | detected_level=~"error|critical|fatal" [$__auto]))',
            "{{service_name}}",
        ),
        stacked=True,
    )


def _failed_traces() -> Sized:
    return panel.trace_list(
        Facts(
            title="Failed traces",
            question="What failed last?",
            reading="Traces with an error in one of the services, the latest first.",
            next_step="click the id: the trace leads to its log records and from these back.",
            unit="short",
            empty="No trace with an error in this time range.",
            limits=NO_LIMITS,
            links=(FAILED_TRACES,),
        ),
        traces(f"{{ {SPANS} && status = error }}"),
        height=12,
    )


SEVERITIES: Final = {"critical": ("critical", "red"), "warning": ("warning", "orange"), "info": ("info", "blue")}
"""The colours of severities."""
