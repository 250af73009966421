"""Dependencies: whom do services call, and who of these is slow or down?"""

from __future__ import annotations

from typing import Final

from dashboards import panel
from dashboards.board import Board
from dashboards.boards import databases
from dashboards.columns import Column
from dashboards.expressions import CALL, FAILED_CALL, error_ratio, quantile, rate
from dashboards.facts import Facts
from dashboards.layout import Section
from dashboards.limits import NO_LIMITS, above
from dashboards.links import FAILED_TRACES, SERVICE_LOGS, VALUE, column, label, to_board, to_logs, to_traces
from dashboards.panel import Sized
from dashboards.queries import OF_ENVIRONMENT, RATE, SCOPE, SPANS_OF_VERSION, metric, rows, traces
from dashboards.service_map import service_map

_NO_CALLS: Final = "No call of another service in this time range; of clients, httpx is measured."
_NO_EDGES: Final = "No trace with two sides in this time range."
_TO_SERVICE: Final = to_board("service", "Service", given={"service": label("service_name")})
_EDGE: Final = "traces_service_graph_request"
_CALLS_THERE: Final = to_traces(
    "Traces with such a call",
    '{ resource.service.name = "${__field.labels.service_name}" && kind = client && span.server.address = '
    f'"${{__field.labels.server_address}}" && {OF_ENVIRONMENT} }}',
)
HEALTH: Final = {"0": ("unhealthy", "red"), "0.5": ("degraded", "orange"), "1": ("healthy", "green")}


def board() -> Board:
    """Return the board."""
    return Board(
        name="dependencies",
        title="Dependencies",
        description="Whom do services call, and who of these is slow or down?",
        sections=(
            Section("Who calls whom", (service_map(width=12, height=12), _edges())),
            Section("Health", (_health(), _health_duration())),
            Section("Calls over HTTP", (_calls(), _call_errors(), _call_duration(), _failed_calls())),
            Section("Databases", databases.panels()),
        ),
    )


def _edges() -> Sized:
    def of(metric_: str) -> str:
        environment = 'deployment_environment_name=~"$environment"'
        sides = (f'rate({_EDGE}_{metric_}{{{side}=~"$service",{environment}}}{RATE})' for side in ("client", "server"))
        return f"({' or '.join(sides)})"

    every = f"sum by (client, server) {of('total')}"
    return panel.listing(
        Facts(
            title="Connections",
            question="Which connection fails or is slow?",
            reading="One row for each pair, as the caller sees it: its waiting for the network is in the time.",
            next_step="click a pair's failed share for traces.",
            unit="short",
            empty=_NO_EDGES,
            limits=NO_LIMITS,
            links=(FAILED_TRACES,),
        ),
        rows(every),
        rows(f"(sum by (client, server) {of('failed_total')} or 0 * {every}) / ({every} > 0)"),
        rows(f"histogram_quantile(0.95, sum by (le, client, server) {of('client_seconds_bucket')})"),
        columns_=(
            Column(
                field="client",
                title="Caller",
                links=(to_board("service", "Service", given={"service": VALUE}),),
            ),
            Column(
                field="server",
                title="Called",
                links=(
                    to_board("service", "Service", given={"service": VALUE}),
                    to_logs("Its logs", f'{{service_name="{VALUE}"}}'),
                ),
            ),
            Column(field="Value #A", title="Calls", unit="reqps"),
            Column(
                field="Value #B",
                title="Failed",
                unit="percentunit",
                limits=above("downstream_error_ratio"),
                links=(
                    to_traces(
                        "Failed traces",
                        f'{{ resource.service.name = "{column("Caller")}" && kind = client && status = error '
                        f"&& {OF_ENVIRONMENT} }}",
                    ),
                ),
            ),
            Column(field="Value #C", title="p95", unit="s", limits=above("downstream_latency_p95")),
        ),
        sort="Calls",
        width=12,
        height=12,
    )


def _health() -> Sized:
    return panel.states(
        Facts(
            title="Health checks",
            question="What do services say about what they need?",
            reading="One bar a check, the worst of all processes: green is healthy, orange degraded, red unhealthy.",
            next_step="red: the dependency itself, then the network between; the logs say why the check failed.",
            unit="short",
            empty="No service has health checks: see kit.health.check.",
            limits=NO_LIMITS,
            links=(
                _TO_SERVICE,
                to_logs(
                    "Changes of health",
                    '{service_name="${__field.labels.service_name}",event_category="health"}',
                ),
            ),
        ),
        metric(
            f"min by (service_name, otel_kit_health_check) (otel_kit_health_status{{{SCOPE}}})",
            "{{service_name}}: {{otel_kit_health_check}}",
        ),
        mapped=HEALTH,
    )


def _health_duration() -> Sized:
    return panel.time_series(
        Facts(
            title="Duration of health checks",
            question="Does a dependency become slow before it is down?",
            reading="Time within which 95 % of the checks answer.",
            next_step="a rise here announces time-outs: look at the dependency now.",
            unit="s",
            empty="No check has run in this time range.",
            limits=NO_LIMITS,
            links=(_TO_SERVICE, SERVICE_LOGS),
        ),
        metric(
            "histogram_quantile(0.95, sum by (le, service_name, otel_kit_health_check) "
            f"(rate(otel_kit_health_duration_seconds_bucket{{{SCOPE}}}{RATE})))",
            "{{service_name}}: {{otel_kit_health_check}}",
        ),
    )


def _calls() -> Sized:
    return panel.time_series(
        Facts(
            title="Calls",
            question="How much do services ask of others?",
            reading="HTTP calls a second by caller and address.",
            next_step="more calls than requests: look for loops and retries in a trace.",
            unit="reqps",
            empty=_NO_CALLS,
            limits=NO_LIMITS,
            links=(_CALLS_THERE, _TO_SERVICE),
        ),
        metric(
            rate("service_name, server_address, server_port", metric=CALL),
            "{{service_name}} to {{server_address}}:{{server_port}}",
        ),
        width=8,
    )


def _call_errors() -> Sized:
    return panel.time_series(
        Facts(
            title="Failed calls",
            question="Who fails its callers?",
            reading="Share of calls that got no answer, or one of 5xx or 429, as the alert of it counts them. "
            "404 and its like may be answers that were asked for.",
            next_step="a status: the other service's logs. A time-out or refusal: the network, or it is down.",
            unit="percentunit",
            empty=_NO_CALLS,
            limits=above("downstream_error_ratio"),
            links=(_CALLS_THERE, _TO_SERVICE),
        ),
        metric(
            error_ratio("service_name, server_address, server_port", metric=CALL, failed=FAILED_CALL),
            "{{service_name}} to {{server_address}}:{{server_port}}",
        ),
        width=8,
    )


def _call_duration() -> Sized:
    return panel.time_series(
        Facts(
            title="Duration of calls: 95th percentile",
            question="Whom do they wait for?",
            reading="Time within which 95 % of the calls are answered. A point is one call: click it for its trace.",
            next_step="compare with what the called service says of itself: the difference is the network.",
            unit="s",
            empty=_NO_CALLS,
            limits=above("downstream_latency_p95"),
            links=(_CALLS_THERE, _TO_SERVICE),
        ),
        metric(
            quantile(0.95, "service_name, server_address, server_port", metric=CALL),
            "{{service_name}} to {{server_address}}:{{server_port}}",
        ),
        width=8,
    )


def _failed_calls() -> Sized:
    return panel.trace_list(
        Facts(
            title="Traces with failed calls",
            question="What exactly went wrong between two services?",
            reading="Traces in which a call of another service failed.",
            next_step="click an id; below the failed call stands what the other side saw, if it got there.",
            unit="short",
            empty="No failed call in this time range.",
            limits=NO_LIMITS,
            links=(FAILED_TRACES,),
        ),
        traces(
            f"{{ {SPANS_OF_VERSION} && kind = client && status = error }} "
            "| select(span.server.address, span.error.type)"
        ),
        width=24,
        height=7,
    )
