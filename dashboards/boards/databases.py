"""What services ask of databases, on the board of dependencies."""

from __future__ import annotations

from typing import Final

from dashboards import panel
from dashboards.facts import Facts
from dashboards.limits import NO_LIMITS
from dashboards.links import label, to_board, to_traces
from dashboards.panel import Sized
from dashboards.queries import OF_ENVIRONMENT, RATE, SPANS_OF_VERSION, metric, traces

_NO_STATEMENTS: Final = "No statement to a database in this time range; SQLAlchemy's are traced."
_STATEMENTS: Final = (
    'service=~"$service",deployment_environment_name=~"$environment",service_version=~"$version",span_kind="SPAN_KIND_CLIENT",'
    'span_name=~"(?i)(select|insert|update|delete|merge|with|call)( .*)?"'
)
_STATEMENTS_THERE: Final = to_traces(
    "Traces with this statement",
    '{ resource.service.name = "${__field.labels.service}" && name = "${__field.labels.span_name}" '
    f"&& {OF_ENVIRONMENT} }}",
)


def panels() -> tuple[Sized, ...]:
    """Return how many statements there are, how slow they are, and where."""
    return (_statements(), _statement_duration(), _slow_statements(), _chatty())


def _statements() -> Sized:
    return panel.time_series(
        Facts(
            title="Statements",
            question="What is asked of databases?",
            reading="Statements a second, by service and kind; made of spans by Tempo.",
            next_step="more statements than requests many times over: see the chatty requests below.",
            unit="ops",
            empty=_NO_STATEMENTS,
            limits=NO_LIMITS,
            links=(_STATEMENTS_THERE, to_board("service", "Service", given={"service": label("service")})),
        ),
        metric(
            f"sum by (service, span_name) (rate(traces_spanmetrics_calls_total{{{_STATEMENTS}}}{RATE}))",
            "{{service}}: {{span_name}}",
        ),
    )


def _statement_duration() -> Sized:
    return panel.time_series(
        Facts(
            title="Duration of statements: 95th percentile",
            question="Which statement is slow?",
            reading="Time within which 95 % of them are done. A point is one statement: click it for its trace.",
            next_step="the span has the statement's text (without values): explain it in the database.",
            unit="s",
            empty=_NO_STATEMENTS,
            limits=NO_LIMITS,
            links=(_STATEMENTS_THERE, to_board("service", "Service", given={"service": label("service")})),
        ),
        metric(
            "histogram_quantile(0.95, sum by (le, service, span_name) "
            f"(rate(traces_spanmetrics_latency_bucket{{{_STATEMENTS}}}{RATE})))",
            "{{service}}: {{span_name}}",
        ),
    )


def _slow_statements() -> Sized:
    slow = f"{{ {SPANS_OF_VERSION} && span.db.system.name != nil && duration > 5ms }}"
    return panel.trace_list(
        Facts(
            title="Slow statements",
            question="In which request was a database slow?",
            reading="Traces with a statement of more than 5 ms.",
            next_step="click an id and look at the statement's text.",
            unit="short",
            empty="No statement took more than 5 ms in this time range.",
            limits=NO_LIMITS,
            links=(to_traces("Slow statements", slow),),
        ),
        traces(f"{slow} | select(span.db.system.name, span.db.query.text)"),
    )


def _chatty() -> Sized:
    chatty = f"{{ {SPANS_OF_VERSION} && kind = server }} >> {{ span.db.system.name != nil }} | count() > 1"
    return panel.trace_list(
        Facts(
            title="Chatty requests",
            question="Which requests ask a database again and again?",
            reading="Requests with more than one statement; with more than twenty it is often a loop (N + 1).",
            next_step="click an id: many equal statements can be one.",
            unit="short",
            empty="No request asked a database more than once in this time range.",
            limits=NO_LIMITS,
            links=(to_traces("Chatty requests", chatty),),
        ),
        traces(chatty),
    )
