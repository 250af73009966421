"""Logs: what do they say, and who says it?"""

from __future__ import annotations

from typing import Final

from dashboards import panel
from dashboards.board import Board
from dashboards.boards.service_details import new_exceptions
from dashboards.columns import Column
from dashboards.expressions import rate
from dashboards.facts import Facts
from dashboards.layout import Section
from dashboards.limits import NO_LIMITS
from dashboards.links import FAILED_TRACES, SERVICE_LOGS, VALUE, column, label, to_board, to_logs
from dashboards.panel import LEVELS, Sized
from dashboards.queries import (
    LINES,
    LOGS,
    RATE,
    SCOPE,
    SPANS_OF_VERSION,
    log_lines,
    log_metric,
    log_value,
    metric,
    traces,
)
from dashboards.variables import COMMON, Text

_EMPTY: Final = "No log record in this time range, or none with these variables."
_TO_SERVICE: Final = to_board("service", "Service", given={"service": label("service_name")})
_OF_SERVICE: Final = to_logs("Its records", '{service_name="${__field.labels.service_name}"}')
_TO_ROW: Final = to_board("service", "Service", given={"service": VALUE})
_RECORDS: Final = '{service_name="%s"}'
_SEARCH: Final = (
    f"{LINES} |~ `(?i)$text` | trace_id=~`.*$trace_id.*` | otel_kit_request_id=~`.*$request_id.*`"
    " | detected_level=~`.*$level.*`"
)
_WANTED: Final = (
    Text("trace_id", "Trace id", "Only records of this trace, or of traces whose id contains this."),
    Text("request_id", "Request id", "Only records of this request: what the answer's X-Request-ID says."),
    Text("level", "Level", "error, warn, info...: only this one."),
    Text(
        "text", "Text", "Only records with this in their text; a regular expression (RE2), upper and lower case alike."
    ),
)


def board() -> Board:
    """Return the board."""
    return Board(
        name="logs",
        title="Logs",
        description="What do the logs say, and who says it?",
        variables=(*COMMON, *_WANTED),
        sections=(
            Section("Search", (_volume(), _found())),
            Section("Exceptions", (_top_exceptions(), new_exceptions(height=9), _errors())),
            Section("Who writes how much", (_by_service(), _loudest(), _loggers(), _records())),
            Section("From logs to traces", (_failed_traces(), _requests())),
        ),
    )


def _volume() -> Sized:
    return panel.time_series(
        Facts(
            title="Records by level",
            question="When did it begin?",
            reading="Log records that the search finds, by level.",
            next_step="mark the beginning with the mouse: all panels then show that time.",
            unit="short",
            empty=_EMPTY,
            limits=NO_LIMITS,
            links=(SERVICE_LOGS,),
        ),
        log_metric(f"sum by (detected_level) (count_over_time({_SEARCH} [$__auto]))", "{{detected_level}}"),
        width=24,
        height=6,
        stacked=True,
        colours=LEVELS,
    )


def _found() -> Sized:
    return panel.log_list(
        Facts(
            title="Records",
            question="What was said?",
            reading="The latest records that service, trace id, request id, level and text leave over.",
            next_step="open a record: Trace leads to the trace, and from it to all records of it.",
            unit="short",
            empty=_EMPTY,
            limits=NO_LIMITS,
            links=(SERVICE_LOGS,),
        ),
        log_lines(_SEARCH),
        height=14,
    )


def _top_exceptions() -> Sized:
    return panel.listing(
        Facts(
            title="Top exceptions",
            question="What fails most?",
            reading="Types of exceptions by service, counted over the time range.",
            next_step="click a type for its records; each leads to a trace.",
            unit="short",
            empty="No exception was logged in this time range.",
            limits=NO_LIMITS,
            links=(SERVICE_LOGS,),
        ),
        log_value(
            "topk(15, sum by (service_name, exception_type) "
            f'(count_over_time({LINES} | exception_type!="" [$__range])))'
        ),
        columns_=(
            Column(
                field="service_name", title="Service", links=(to_board("service", "Service", given={"service": VALUE}),)
            ),
            Column(
                field="exception_type",
                title="Exception",
                links=(to_logs("Its records", f'{{service_name=~".+"}} | exception_type="{VALUE}"'),),
            ),
            Column(field="Value #A", title="Count", unit="short", width=90),
        ),
        sort="Count",
        width=8,
        height=9,
    )


def _errors() -> Sized:
    return panel.time_series(
        Facts(
            title="Exceptions over time",
            question="Is it one burst, or does it go on?",
            reading="Log records with an exception, by type.",
            next_step="a step up after a blue line: that deploy.",
            unit="short",
            empty="No exception was logged in this time range.",
            limits=NO_LIMITS,
            links=(
                to_logs("Its records", '{service_name=~".+"} | exception_type="${__field.labels.exception_type}"'),
                FAILED_TRACES,
            ),
        ),
        log_metric(
            f'sum by (exception_type) (count_over_time({LINES} | exception_type!="" [$__auto]))', "{{exception_type}}"
        ),
        width=8,
        height=9,
        stacked=True,
    )


def _by_service() -> Sized:
    return panel.time_series(
        Facts(
            title="Volume by service",
            question="Who writes more than usual?",
            reading="Bytes of log text a second, as Loki stores it.",
            next_step="a burst without more requests: the table of loggers says who it is.",
            unit="Bps",
            empty=_EMPTY,
            limits=NO_LIMITS,
            links=(_OF_SERVICE, _TO_SERVICE),
        ),
        log_metric(f"sum by (service_name) (bytes_rate({LOGS} [$__auto]))", "{{service_name}}"),
        width=8,
    )


def _loudest() -> Sized:
    return panel.listing(
        Facts(
            title="Noisiest services",
            question="Who pays for the storage?",
            reading="Bytes of log text over the time range.",
            next_step="lower the level of its loudest logger, or sample it (log settings).",
            unit="bytes",
            empty=_EMPTY,
            limits=NO_LIMITS,
            links=(SERVICE_LOGS,),
        ),
        log_value(f"topk(10, sum by (service_name) (bytes_over_time({LOGS} [$__range])))"),
        columns_=(
            Column(field="service_name", title="Service", links=(to_logs("Its records", _RECORDS % VALUE), _TO_ROW)),
            Column(field="Value #A", title="Text", unit="bytes"),
        ),
        sort="Text",
        width=6,
    )


def _loggers() -> Sized:
    its_records = f'{_RECORDS % column("Service")} | otel_kit_logger_name="{VALUE}"'
    return panel.listing(
        Facts(
            title="Noisiest loggers",
            question="Which part of a service writes that much?",
            reading="Records over the time range by the logger's name.",
            next_step="set that logger's level.",
            unit="short",
            empty=_EMPTY,
            limits=NO_LIMITS,
            links=(SERVICE_LOGS,),
        ),
        log_value(
            "topk(10, sum by (service_name, otel_kit_logger_name) "
            f'(count_over_time({LINES} | otel_kit_logger_name!="" [$__range])))'
        ),
        columns_=(
            Column(field="service_name", title="Service", links=(_TO_ROW,)),
            Column(field="otel_kit_logger_name", title="Logger", links=(to_logs("Its records", its_records),)),
            Column(field="Value #A", title="Records", unit="short"),
        ),
        sort="Records",
        width=10,
    )


def _records() -> Sized:
    return panel.time_series(
        Facts(
            title="Records that services wrote",
            question="Does all that is written arrive?",
            reading="Records a second by severity, as the services count them before any is lost on the way.",
            next_step="far above the records that are found: the pipeline board shows where they end.",
            unit="cps",
            empty="No service with the kit wrote a record in this time range.",
            limits=NO_LIMITS,
            links=(to_board("pipeline", "Pipeline"),),
        ),
        metric(
            f"sum by (otel_kit_log_severity) (rate(otel_kit_log_records_total{{{SCOPE}}}{RATE}))",
            "{{otel_kit_log_severity}}",
        ),
        width=24,
        height=6,
        stacked=True,
    )


def _failed_traces() -> Sized:
    return panel.trace_list(
        Facts(
            title="Failed traces",
            question="Which requests stand behind the errors?",
            reading="Traces with an error in these services, the latest first.",
            next_step="click an id; from the trace its log records are one click away.",
            unit="short",
            empty="No trace with an error in this time range.",
            limits=NO_LIMITS,
            links=(FAILED_TRACES,),
        ),
        traces(f"{{ {SPANS_OF_VERSION} && status = error }}"),
    )


def _requests() -> Sized:
    return panel.time_series(
        Facts(
            title="Requests by service",
            question="Are there more records, or more requests?",
            reading="Requests a second, answered with any status.",
            next_step="records rise and requests do not: something complains on its own.",
            unit="reqps",
            empty="No requests in this time range, or none with these variables.",
            limits=NO_LIMITS,
            links=(_TO_SERVICE,),
        ),
        metric(rate("service_name"), "{{service_name}}"),
        height=9,
    )
