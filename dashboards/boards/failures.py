"""Panels about the requests that broke a promise, for the board Objectives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dashboards import panel
from dashboards.facts import Facts
from dashboards.limits import NO_LIMITS
from dashboards.links import FAILED_TRACES, SLOW_TRACES, Link, label, to_board, to_logs, to_traces
from dashboards.panel import Sized
from dashboards.queries import OF_ENVIRONMENT, RATE, SPANS, metric, traces

_NARROWED: Final = 'deployment_environment_name=~"$environment",service_name=~"$service"'
_REQUESTS: Final = "http_server_request_duration_seconds"
_TO_SERVICE: Final = to_board("service", "Service", given={"service": label("service_name")}, kept=("environment",))
_OF_ROUTE: Final = to_traces(
    "Failed traces of the route",
    f'{{ resource.service.name = "{label("service_name")}" && span.http.route = "{label("http_route")}"'
    f" && status = error && {OF_ENVIRONMENT} }}",
)
_ERROR_LOGS: Final = to_logs(
    "Errors in the logs",
    '{service_name=~".+",service_name=~"${service:pipe}"} | detected_level=~"error|critical|fatal"',
)


def by_route() -> Sequence[Sized]:
    """Return what the routes spend, by objective."""
    return (_errors_by_route(), _slow_by_route())


def found() -> Sequence[Sized]:
    """Return traces of such requests."""
    return (_failed_traces(), _slow_traces())


def _by_route(title: str, question: str, reading: str, expr: str, links: tuple[Link, ...], empty: str) -> Sized:
    facts = Facts(
        title=title,
        question=question,
        reading=reading,
        next_step="the route with the most is where a repair pays; open its traces.",
        unit="cps",
        empty=empty,
        limits=NO_LIMITS,
        links=links,
    )
    return panel.time_series(facts, metric(expr, "{{service_name}} {{http_route}}"), stacked=True)


def _errors_by_route() -> Sized:
    return _by_route(
        "Errors by route",
        "Which route spends the budget of availability?",
        "Requests a second answered with 5xx.",
        "sum by (service_name, http_route) "
        f'(rate({_REQUESTS}_count{{{_NARROWED},http_response_status_code=~"5.."}}{RATE}))',
        (_OF_ROUTE, FAILED_TRACES, _ERROR_LOGS),
        "No request failed in this time range.",
    )


def _slow_by_route() -> Sized:
    every = f"sum by (service_name, http_route) (rate({_REQUESTS}_count{{{_NARROWED}}}{RATE}))"
    within = f'sum by (service_name, http_route) (rate({_REQUESTS}_bucket{{{_NARROWED},le="2.5"}}{RATE}))'
    return _by_route(
        "Slow requests by route",
        "Which route spends the budget of latency?",
        "Requests a second that took longer than 2.5 s, the limit of the objective that every service has.",
        f"clamp_min({every} - {within}, 0)",
        (_TO_SERVICE, SLOW_TRACES),
        "No requests in this time range.",
    )


def _newest(title: str, question: str, condition: str, link: Link, empty: str) -> Sized:
    facts = Facts(
        title=title,
        question=question,
        reading="The newest ones; the id leads to the trace and to its logs.",
        next_step="look for what they have in common: a route, a version, a dependency.",
        unit="short",
        empty=empty,
        limits=NO_LIMITS,
        links=(link,),
    )
    asked = f"{{ {SPANS} && kind = server && {condition} }}"
    return panel.trace_list(facts, traces(f"{asked} | select(span.http.route, span.http.response.status_code)"))


def _failed_traces() -> Sized:
    empty = "No failed request was traced in this time range."
    return _newest("Failed requests", "What failed?", "status = error", FAILED_TRACES, empty)


def _slow_traces() -> Sized:
    empty = "No traced request took longer than 2.5 s in this time range."
    return _newest("Slow requests", "What was slow?", "duration > 2.5s", SLOW_TRACES, empty)
