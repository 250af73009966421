"""Service: is it healthy, and if not, which route, version or neighbour is to blame?"""

from __future__ import annotations

from typing import Final

from dashboards import panel
from dashboards.board import Board
from dashboards.boards import service_details
from dashboards.expressions import REQUEST, SCOPE_OF_RECORDS, error_ratio, named, quantile, rate
from dashboards.facts import Facts
from dashboards.layout import Section
from dashboards.limits import NO_LIMITS, above, below
from dashboards.links import FAILED_TRACES, SERVICE_LOGS, SLOW_TRACES, label, to_board, to_traces
from dashboards.panel import Sized
from dashboards.queries import RATE, SCOPE, SPANS, buckets, metric, value

NO_REQUESTS: Final = "No requests in this time range, or none with these variables."
_OF_ROUTE: Final = SPANS + ' && span.http.route = "${__field.labels.http_route}"'
_ROUTE_TRACES: Final = to_traces("Traces of the route", f"{{ {_OF_ROUTE} }}")
_ROUTE_FAILURES: Final = to_traces("Failed traces of the route", f"{{ {_OF_ROUTE} && status = error }}")
_STATUSES: Final = {"2xx": "green", "3xx": "blue", "4xx": "orange", "5xx": "red"}


def board() -> Board:
    """Return the board."""
    figures = (_requests(), _errors(), _p95(), _apdex(), _active(), _budget())
    over_time = (_by_status(), _errors_by_route(), _percentiles(), _distribution(), _p95_by_route(), _in_flight())
    return Board(
        name="service",
        title="Service",
        description="Is the service healthy, and if not, which route, version or neighbour is to blame?",
        sections=(
            Section("Now", figures),
            Section("Requests", over_time),
            Section("Routes and versions", (service_details.routes(), *_versions())),
            Section("Dependencies", service_details.dependencies()),
            Section("Traces", service_details.found_traces()),
            Section("Logs", service_details.found_logs()),
        ),
    )


def _requests() -> Sized:
    return panel.figure(
        Facts(
            title="Requests",
            question="How much is asked of the service?",
            reading="Requests a second, answered with any status.",
            next_step="no requests, but users: look at what stands in front of it.",
            unit="reqps",
            empty=NO_REQUESTS,
            limits=NO_LIMITS,
            links=(to_board("home", "Home"),),
        ),
        metric(rate()),
    )


def _errors() -> Sized:
    return panel.figure(
        Facts(
            title="Failed",
            question="How many requests fail?",
            reading="Share of requests answered with 5xx.",
            next_step="failed traces, below; then the new exceptions.",
            unit="percentunit",
            empty=NO_REQUESTS,
            limits=above(critical="error_ratio"),
            links=(FAILED_TRACES,),
        ),
        metric(error_ratio()),
    )


def _p95() -> Sized:
    return panel.figure(
        Facts(
            title="95th percentile",
            question="Is it slow?",
            reading="Time within which 95 % of the requests are answered.",
            next_step="slow traces, below; the longest span says where the time goes.",
            unit="s",
            empty=NO_REQUESTS,
            limits=above("latency_p95"),
            links=(SLOW_TRACES,),
        ),
        metric(quantile(0.95), exemplar=False),
    )


def _apdex() -> Sized:
    within = f'sum(rate({REQUEST}_bucket{{{SCOPE},le="%s"}}{RATE}))'
    return panel.figure(
        Facts(
            title="Apdex (500 ms)",
            question="How content are the users?",
            reading="1: all are answered within 500 ms. What takes up to 2.5 s counts half, what takes longer nothing.",
            next_step="the distribution shows whether all are a little slow or some very.",
            unit="percentunit",
            empty=NO_REQUESTS,
            limits=below(warning="apdex"),
            links=(SLOW_TRACES,),
        ),
        metric(
            f"({within % '0.5'} + {within % '2.5'}) / 2 / (sum(rate({REQUEST}_count{{{SCOPE}}}{RATE})) > 0)",
            exemplar=False,
        ),
    )


def _active() -> Sized:
    return panel.figure(
        Facts(
            title="In progress",
            question="Does it get stuck?",
            reading="Requests that have begun and are not answered yet.",
            next_step="many, and few answered: a dependency hangs, or a pool is used up.",
            unit="short",
            empty="No request since the processes started.",
            limits=NO_LIMITS,
            links=(to_board("runtime", "Processes"),),
        ),
        metric(f"sum(http_server_active_requests{{{SCOPE}}})"),
    )


def _budget() -> Sized:
    return panel.figure(
        Facts(
            title="Error budget left",
            question="May it still fail?",
            reading="What is left of the smallest error budget of the service; below 0 it is overdrawn.",
            next_step="who spends it stands on the objectives board.",
            unit="percentunit",
            empty="No objective has had requests yet.",
            limits=below("error_budget_low", "error_budget_gone"),
            links=(to_board("objectives", "Objectives"),),
        ),
        value(f"min(slo:error_budget_remaining:ratio{{{SCOPE_OF_RECORDS}}})"),
    )


def _by_status() -> Sized:
    # One label of the first digit, so that 200 and 204 are one line.
    by_class = (
        f'sum by (class) (label_replace(rate({REQUEST}_count{{{SCOPE}}}{RATE}), "class", "${{1}}xx", '
        '"http_response_status_code", "(.).."))'
    )
    return panel.time_series(
        Facts(
            title="Requests by status",
            question="How are requests answered?",
            reading="Requests a second by class of status. 4xx: the caller was refused; 5xx: the service failed.",
            next_step="red: failed traces. Orange: the routes table says which route refuses.",
            unit="reqps",
            empty=NO_REQUESTS,
            limits=NO_LIMITS,
            links=(FAILED_TRACES, SERVICE_LOGS),
        ),
        metric(by_class, "{{class}}"),
        stacked=True,
        colours=_STATUSES,
    )


def _errors_by_route() -> Sized:
    return panel.time_series(
        Facts(
            title="Error ratio by route",
            question="Which route fails?",
            reading="Share of the route's requests that are answered with 5xx.",
            next_step="click a line for its failed traces.",
            unit="percentunit",
            empty=NO_REQUESTS,
            limits=above("route_error_ratio"),
            links=(_ROUTE_FAILURES, to_board("logs", "Logs")),
        ),
        metric(error_ratio("http_route"), "{{http_route}}"),
    )


def _percentiles() -> Sized:
    return panel.time_series(
        Facts(
            title="Duration",
            question="Is it slow for everybody or for some?",
            reading="Half, 95 % and 99 % are answered in this time. A point is one request: click it for its trace.",
            next_step="only p99 is high: single requests, see their traces; all: the service, or what it waits for.",
            unit="s",
            empty=NO_REQUESTS,
            limits=above("latency_p95", "latency_p99"),
            links=(SLOW_TRACES, to_board("dependencies", "Dependencies")),
        ),
        *(metric(quantile(share), name) for share, name in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))),
    )


def _distribution() -> Sized:
    return panel.distribution(
        Facts(
            title="Distribution of durations",
            question="Are there two kinds of requests?",
            reading="Darker: more requests of that duration. Two bands are two kinds, say with and without a cache.",
            next_step="click an orange point for the trace of that request.",
            unit="s",
            empty=NO_REQUESTS,
            limits=NO_LIMITS,
            links=(SLOW_TRACES,),
        ),
        buckets(f"sum by (le) (rate({REQUEST}_bucket{{{SCOPE}}}{RATE}))"),
    )


def _p95_by_route() -> Sized:
    return panel.time_series(
        Facts(
            title="95th percentile by route",
            question="Which route is slow?",
            reading="Time within which 95 % of the route's requests are answered. A point is one request.",
            next_step="click a point for its trace, a line for all traces of the route.",
            unit="s",
            empty=NO_REQUESTS,
            limits=above("latency_p95"),
            links=(_ROUTE_TRACES, to_board("logs", "Logs")),
        ),
        metric(quantile(0.95, "http_route"), "{{http_route}}"),
    )


def _in_flight() -> Sized:
    return panel.time_series(
        Facts(
            title="In progress by process",
            question="Is one process stuck?",
            reading="Requests in progress. One process far above the others: it hangs, or gets all the load.",
            next_step="its CPU and memory stand on the runtime board.",
            unit="short",
            empty="No request since the processes started.",
            limits=NO_LIMITS,
            links=(to_board("runtime", "Processes", given={"service": label("service_name")}), SERVICE_LOGS),
        ),
        metric(
            f"sum by (service_name, service_instance_id) (http_server_active_requests{{{SCOPE}}})",
            "{{service_name}} {{service_instance_id}}",
        ),
    )


def _versions() -> tuple[Sized, ...]:
    link = to_board(
        "service", "Only this version", given={"version": label("service_version")}, kept=("environment", "service")
    )
    legend = "{{service_name}} {{service_version}}"
    by = "service_name, service_version"
    return (
        panel.time_series(
            Facts(
                title="Error ratio by version",
                question="Is the new version worse?",
                reading="Share of requests answered with 5xx; blue lines across are deploys.",
                next_step="only the new one fails: roll back, then look at its new exceptions.",
                unit="percentunit",
                empty=NO_REQUESTS,
                limits=above(critical="error_ratio"),
                links=(link, FAILED_TRACES),
            ),
            metric(named(error_ratio(by), "service_version", "no version"), legend),
        ),
        panel.time_series(
            Facts(
                title="95th percentile by version",
                question="Is the new version slower?",
                reading="Time within which 95 % of the requests are answered. A point is one request.",
                next_step="compare a trace of each version of the same route.",
                unit="s",
                empty=NO_REQUESTS,
                limits=above("latency_p95"),
                links=(link, SLOW_TRACES),
            ),
            metric(named(quantile(0.95, by), "service_version", "no version"), legend),
        ),
    )
