"""The lower half of the service board: routes, dependencies, traces and logs."""

from __future__ import annotations

from typing import Final

from dashboards import panel
from dashboards.columns import Column
from dashboards.expressions import CALL, FAILED_CALL, REQUEST, error_ratio, quantile, rate
from dashboards.facts import Facts
from dashboards.limits import NO_LIMITS, above
from dashboards.links import FAILED_TRACES, SERVICE_LOGS, SLOW_TRACES, VALUE, column, to_board, to_logs, to_traces
from dashboards.panel import Sized
from dashboards.queries import (
    LINES,
    LOGS,
    OF_ENVIRONMENT,
    RATE,
    SCOPE,
    SPANS,
    SPANS_OF_VERSION,
    log_lines,
    log_value,
    metric,
    rows,
    traces,
)

_NO_REQUESTS: Final = "No requests in this time range, or none with these variables."
_NO_CALLS: Final = "No call of another service in this time range; of clients, httpx is measured."


def routes() -> Sized:
    """Return the table of routes."""
    by = "service_name, http_route"
    spent = f"sum by ({by}) (rate({REQUEST}_sum{{{SCOPE}}}{RATE}))"
    traces_of = to_traces(
        "Traces of the route",
        f'{{ resource.service.name = "{column("Service")}" && span.http.route = "{VALUE}" && {OF_ENVIRONMENT} }}',
    )
    failures_of = to_traces(
        "Failed traces of the route",
        f'{{ resource.service.name = "{column("Service")}" && span.http.route = "{column("Route")}" '
        f"&& status = error && {OF_ENVIRONMENT} }}",
    )
    return panel.listing(
        Facts(
            title="Routes",
            question="Which route costs or fails most?",
            reading="Share of time: what this route takes of all the time that requests take. High: worth work.",
            next_step="click a route for its traces.",
            unit="short",
            empty=_NO_REQUESTS,
            limits=NO_LIMITS,
            links=(FAILED_TRACES,),
        ),
        rows(rate(by)),
        rows(error_ratio(by)),
        rows(quantile(0.95, by)),
        rows(f"{spent} / ignoring (service_name, http_route) group_left () (sum({spent}) > 0)"),
        columns_=(
            Column(
                field="service_name",
                title="Service",
                links=(to_board("service", "Only this service", given={"service": VALUE}),),
            ),
            Column(field="http_route", title="Route", links=(traces_of,)),
            Column(field="Value #A", title="Requests", unit="reqps"),
            Column(
                field="Value #B",
                title="Failed",
                unit="percentunit",
                limits=above("route_error_ratio"),
                links=(failures_of,),
            ),
            Column(field="Value #C", title="p95", unit="s", limits=above("latency_p95")),
            Column(field="Value #D", title="Share of time", unit="percentunit"),
        ),
        sort="Share of time",
        height=9,
    )


def dependencies() -> tuple[Sized, ...]:
    """Return what the service waits for."""
    more = to_board("dependencies", "Dependencies")
    calls = to_traces(
        "Traces with such a call",
        f'{{ {SPANS} && kind = client && span.server.address = "${{__field.labels.server_address}}" }}',
    )
    return (
        panel.time_series(
            Facts(
                title="Calls of others: 95th percentile",
                question="Does it wait for somebody?",
                reading="Time within which 95 % of its calls are answered, by address. A point is one call.",
                next_step="slow here and in Duration above: the other service is to blame; go there.",
                unit="s",
                empty=_NO_CALLS,
                limits=above("downstream_latency_p95"),
                links=(calls, more),
            ),
            metric(
                quantile(0.95, "service_name, server_address, server_port", metric=CALL),
                "{{service_name}} to {{server_address}}:{{server_port}}",
            ),
        ),
        panel.time_series(
            Facts(
                title="Calls of others: failed",
                question="Does somebody fail it?",
                reading="Share of its calls that get no answer, or one of 5xx or 429, by address: as the alert counts.",
                next_step="click for traces with such a call; the error's cause is in the other service's logs.",
                unit="percentunit",
                empty=_NO_CALLS,
                limits=above("downstream_error_ratio"),
                links=(calls, more),
            ),
            metric(
                error_ratio("service_name, server_address, server_port", metric=CALL, failed=FAILED_CALL),
                "{{service_name}} to {{server_address}}:{{server_port}}",
            ),
        ),
    )


def found_traces() -> tuple[Sized, ...]:
    """Return the failed and the slow ones."""
    fields = "select(span.http.route, span.http.response.status_code)"
    return (
        panel.trace_list(
            Facts(
                title="Failed traces",
                question="What exactly failed?",
                reading="Requests to the service that ended in an error, the latest first.",
                next_step="click an id; the lowest red span is the cause, its log records are one click away.",
                unit="short",
                empty="No failed request in this time range.",
                limits=NO_LIMITS,
                links=(FAILED_TRACES, SERVICE_LOGS),
            ),
            traces(f"{{ {SPANS_OF_VERSION} && kind = server && status = error }} | {fields}"),
        ),
        panel.trace_list(
            Facts(
                title="Slow traces",
                question="Where did the time go?",
                reading="Requests to the service that took more than 500 ms.",
                next_step="click an id; the longest span without children is where it waited.",
                unit="short",
                empty="No request took more than 500 ms in this time range.",
                limits=NO_LIMITS,
                links=(SLOW_TRACES, SERVICE_LOGS),
            ),
            traces(f"{{ {SPANS_OF_VERSION} && kind = server && duration > 500ms }} | {fields}"),
        ),
    )


def new_exceptions(*, width: int = 8, height: int = 10) -> Sized:
    """Return the table of exceptions that have not been there before."""
    seen = f'sum by (service_name, exception_type) (count_over_time({LOGS} | exception_type!="" %s))'
    return panel.listing(
        Facts(
            title="New exceptions",
            question="What fails that did not fail before?",
            reading="Types logged within the last hour, and not in the 24 hours before it.",
            next_step="click a type for its records and stack trace; a deploy before it is the first suspect.",
            unit="short",
            empty="No new type of exception within the last hour.",
            limits=NO_LIMITS,
            links=(to_board("logs", "Logs"),),
        ),
        log_value(f"{seen % '[1h]'} unless {seen % '[24h] offset 1h'}"),
        columns_=(
            Column(field="service_name", title="Service"),
            Column(
                field="exception_type",
                title="Exception",
                links=(to_logs("Its records", f'{{service_name="{column("Service")}"}} | exception_type="{VALUE}"'),),
            ),
            Column(field="Value #A", title="Count", unit="short", width=90),
        ),
        sort="Count",
        width=width,
        height=height,
    )


def found_logs() -> tuple[Sized, ...]:
    """Return new exceptions and what was logged as a warning or worse."""
    return (
        new_exceptions(),
        panel.log_list(
            Facts(
                title="Warnings and errors",
                question="What does the service say?",
                reading="Log records of the levels warn and worse, the latest first.",
                next_step="open a record: its trace_id leads to the trace.",
                unit="short",
                empty="No warning and no error in this time range.",
                limits=NO_LIMITS,
                links=(to_board("logs", "Logs"), SERVICE_LOGS),
            ),
            log_lines(f'{LINES} | detected_level=~"warn|error|critical|fatal"'),
            width=16,
        ),
    )
