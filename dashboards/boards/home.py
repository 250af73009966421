"""Home: which service needs me now?"""

from __future__ import annotations

from typing import Final

from dashboards import panel
from dashboards.board import Board
from dashboards.boards.home_tables import ALIVE, BUDGET, PAGES, TICKETS, alerts, firing, services
from dashboards.expressions import error_ratio, quantile, rate
from dashboards.facts import Facts
from dashboards.layout import Section
from dashboards.limits import NO_LIMITS, above, below
from dashboards.links import (
    FAILED_TRACES,
    SERVICE_LOGS,
    SLOW_TRACES,
    label,
    to_board,
)
from dashboards.panel import Sized
from dashboards.queries import LINES, SPANS_OF_VERSION, log_metric, metric, traces, value
from dashboards.service_map import service_map

_TO_SERVICE: Final = to_board("service", "Service", given={"service": label("service_name")})
_TO_SERVICES: Final = to_board("service", "Services")
_TO_ALERTS: Final = to_board("alerts", "Alerts")
_TO_OBJECTIVES: Final = to_board("objectives", "Objectives")
_NO_REQUESTS: Final = "No requests in this time range, or none with these variables."


def board() -> Board:
    """Return the board."""
    return Board(
        name="home",
        title="Home",
        description="Which service needs me now?",
        sections=(
            Section("Now", (_critical(), _warnings(), _services(), _requests(), _worst_errors(), _least_budget())),
            Section("Who needs me", (firing(), services())),
            Section("How it goes", (_requests_over_time(), _errors_over_time(), _slowness(), _error_logs())),
            Section("Where it comes from", (service_map(width=12, height=12), _failed_traces())),
        ),
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
        value(f"count({alerts(PAGES)}) or vector(0)"),
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
        value(f"count({alerts(TICKETS)}) or vector(0)"),
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
        value(f"count(group by (service_name) ({ALIVE}))"),
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
        value(f"min({BUDGET})"),
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
            limits=above("latency_p95"),
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
        traces(f"{{ {SPANS_OF_VERSION} && status = error }}"),
        height=12,
    )
