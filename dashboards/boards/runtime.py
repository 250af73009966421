"""Runtime: is a process or the machine under it saturated?"""

from __future__ import annotations

from typing import Final

from dashboards import panel
from dashboards.board import Board
from dashboards.boards import machines
from dashboards.columns import Column
from dashboards.facts import Facts
from dashboards.layout import Section
from dashboards.limits import NO_LIMITS, above
from dashboards.links import SERVICE_LOGS, SLOW_TRACES, column, label, to_board
from dashboards.panel import Sized
from dashboards.queries import LOGS, RATE, SCOPE, log_lines, metric, rows, value

_TO_SERVICE: Final = to_board("service", "Service", given={"service": label("service_name")})
_NOTHING: Final = "No process with these variables has sent metrics in this time range; `metrics.machine` may be false."
_INSTANCE: Final = "service_name, service_instance_id"
_LEGEND: Final = "{{service_name}} {{service_instance_id}}"


def board() -> Board:
    """Return the board."""
    return Board(
        name="runtime",
        title="Runtime",
        description="Is a process or the machine under it saturated?",
        sections=(
            Section("Processes", (_count(), _started(), _restarts(), _table(), _starts())),
            Section("What a process uses", (_cpu(), _memory(), _descriptors(), _threads(), _switches(), _disk())),
            Section("Garbage collection", (_collections(), _collected())),
            Section("Machines", machines.panels()),
        ),
    )


def _count() -> Sized:
    return panel.figure(
        Facts(
            title="Processes",
            question="How many processes report?",
            reading="Each worker is one. Fewer than were started: some have ended, or cannot send.",
            next_step="compare with what should run; look for starts and ends in the logs.",
            unit="short",
            empty=_NOTHING,
            limits=NO_LIMITS,
            links=(SERVICE_LOGS,),
        ),
        metric(f"count(process_uptime_seconds{{{SCOPE}}})"),
    )


def _started() -> Sized:
    return panel.figure(
        Facts(
            title="Youngest process",
            question="Since when does the youngest process run?",
            reading="The shortest uptime. It follows a deploy; a short one without a deploy is a crash.",
            next_step="look at the logs of the time just before.",
            unit="s",
            empty=_NOTHING,
            limits=NO_LIMITS,
            links=(SERVICE_LOGS,),
        ),
        value(f"min(process_uptime_seconds{{{SCOPE}}})"),
    )


def _restarts() -> Sized:
    return panel.time_series(
        Facts(
            title="Uptime",
            question="Which service restarts?",
            reading="The youngest process of each service: a fall to zero is a start, a saw is a restart loop.",
            next_step="read the last log records before the fall; memory that grew until then was taken away.",
            unit="s",
            empty=_NOTHING,
            limits=NO_LIMITS,
            links=(_TO_SERVICE, SERVICE_LOGS),
        ),
        metric(f"min by (service_name) (process_uptime_seconds{{{SCOPE}}})", "{{service_name}}"),
        width=16,
        height=6,
    )


def _table() -> Sized:
    def each(metric_name: str) -> str:
        return f"max by (service_name, service_version, service_instance_id, host_name) ({metric_name}{{{SCOPE}}})"

    return panel.listing(
        Facts(
            title="All processes",
            question="Which process is unlike the others?",
            reading="One row each, by memory. Workers of one service should look alike.",
            next_step="click the service; one worker alone is often a request that never ends.",
            unit="short",
            empty=_NOTHING,
            limits=NO_LIMITS,
            links=(to_board("service", "Service"),),
        ),
        rows(each("process_uptime_seconds")),
        rows(each("process_cpu_utilization_ratio")),
        rows(each("process_memory_usage_bytes")),
        rows(each("process_thread_count")),
        rows(each("process_unix_file_descriptor_count")),
        columns_=(
            Column(
                field="service_name",
                title="Service",
                links=(to_board("service", "Service", given={"service": column("Service")}),),
            ),
            Column(field="service_version", title="Version"),
            Column(field="host_name", title="Host"),
            Column(field="service_instance_id", title="Instance"),
            Column(field="Value #A", title="Uptime", unit="s"),
            Column(field="Value #B", title="Share of CPUs", unit="percentunit"),
            Column(field="Value #C", title="Memory", unit="bytes", limits=above("process_memory")),
            Column(field="Value #D", title="Threads", unit="short"),
            Column(field="Value #E", title="Open files", unit="short"),
        ),
        sort="Memory",
    )


def _starts() -> Sized:
    found = f'{LOGS[:-1]},event_category="system"}} | event_name=~"otel_kit[.]system[.](start|stop)"'
    return panel.log_list(
        Facts(
            title="Starts and ends",
            question="When did processes start and end, and why?",
            reading="Ends say their reason and how long it ran. A start without an end before it: a crash, or a kill.",
            next_step="read the records just before; a killed one was often too large for its memory limit.",
            unit="short",
            empty="No process started or ended in this time range.",
            limits=NO_LIMITS,
            links=(SERVICE_LOGS,),
        ),
        log_lines(
            f'{found} | line_format "{{{{.service_name}}}} {{{{.service_version}}}}: {{{{.event_name}}}}'
            ' {{.otel_kit_system_reason}} {{.otel_kit_system_uptime}} {{.host_name}}"'
        ),
        height=7,
    )


def _cpu() -> Sized:
    return panel.time_series(
        Facts(
            title="Processors used",
            question="Does a process use all the processor time it can?",
            reading="In processors. The interpreter runs on one at a time, so a process near 1 is at its end.",
            next_step="open slow traces of that time; more workers help only where processors are left.",
            unit="short",
            empty=_NOTHING,
            limits=above("process_cpus"),
            links=(_TO_SERVICE, SLOW_TRACES),
        ),
        metric(f"sum by ({_INSTANCE}) (rate(process_cpu_time_seconds_total{{{SCOPE}}}{RATE}))", _LEGEND),
    )


def _memory() -> Sized:
    return panel.time_series(
        Facts(
            title="Memory",
            question="Does memory grow without end?",
            reading="Resident memory of each process. It rises after a start; a slope that goes on is a leak.",
            next_step="compare with the requests of the service: a leak grows with them.",
            unit="bytes",
            empty=_NOTHING,
            limits=above("process_memory"),
            links=(_TO_SERVICE, SERVICE_LOGS),
        ),
        metric(f"max by ({_INSTANCE}) (process_memory_usage_bytes{{{SCOPE}}})", _LEGEND),
    )


def _descriptors() -> Sized:
    return panel.time_series(
        Facts(
            title="File descriptors",
            question="Will a process run out of file descriptors?",
            reading="Open files and sockets as share of the limit. Growth without more requests: a leak.",
            next_step="look at connections to databases and other services; raise `ulimit -n` only afterwards.",
            unit="percentunit",
            empty=_NOTHING,
            limits=above("file_descriptors"),
            links=(_TO_SERVICE, to_board("dependencies", "Dependencies")),
        ),
        metric(
            f"max by ({_INSTANCE}) (process_unix_file_descriptor_count{{{SCOPE}}}) "
            f"/ max by ({_INSTANCE}) (otel_kit_process_file_descriptor_limit{{{SCOPE}}})",
            _LEGEND,
        ),
    )


def _threads() -> Sized:
    return panel.time_series(
        Facts(
            title="Threads",
            question="Do threads pile up?",
            reading="A pool has a fixed number; more and more of them wait for something that does not answer.",
            next_step="look for a dependency that became slow at that time.",
            unit="short",
            empty=_NOTHING,
            limits=NO_LIMITS,
            links=(_TO_SERVICE, to_board("dependencies", "Dependencies")),
        ),
        metric(f"max by ({_INSTANCE}) (process_thread_count{{{SCOPE}}})", _LEGEND),
    )


def _switches() -> Sized:
    return panel.time_series(
        Facts(
            title="Context switches",
            question="Do processes wait, or fight for processors?",
            reading="Voluntary: the process waits for something. Involuntary: the processor was taken from it.",
            next_step="many involuntary ones: look at the machine's processors below.",
            unit="ops",
            empty=_NOTHING,
            limits=NO_LIMITS,
            links=(_TO_SERVICE,),
        ),
        metric(
            "sum by (service_name, process_context_switch_type) "
            f"(rate(process_context_switches_total{{{SCOPE}}}{RATE}))",
            "{{service_name}} {{process_context_switch_type}}",
        ),
    )


def _disk() -> Sized:
    return panel.time_series(
        Facts(
            title="Disk of processes",
            question="Which service reads and writes the disk?",
            reading="Bytes that reached a disk, without what the system's cache answered.",
            next_step="writing much: log files or the spool of telemetry that cannot be sent (board Pipeline).",
            unit="Bps",
            empty=_NOTHING,
            limits=NO_LIMITS,
            links=(_TO_SERVICE, to_board("pipeline", "Pipeline")),
        ),
        metric(
            f"sum by (service_name, disk_io_direction) (rate(process_disk_io_bytes_total{{{SCOPE}}}{RATE}))",
            "{{service_name}} {{disk_io_direction}}",
        ),
    )


def _collections() -> Sized:
    return panel.time_series(
        Facts(
            title="Collections",
            question="How often does Python collect garbage?",
            reading="By generation: those of generation 2 look at everything and stop the process for longest.",
            next_step="many of generation 2: look at p99 of the service, and at what creates so many objects.",
            unit="ops",
            empty=_NOTHING,
            limits=NO_LIMITS,
            links=(_TO_SERVICE, SLOW_TRACES),
        ),
        metric(
            f"sum by (service_name, cpython_gc_generation) (rate(cpython_gc_collections_total{{{SCOPE}}}{RATE}))",
            "{{service_name}} generation {{cpython_gc_generation}}",
        ),
    )


def _collected() -> Sized:
    return panel.time_series(
        Facts(
            title="Objects collected",
            question="How much garbage is in cycles?",
            reading="Objects that only the collector could free. Exceptions that are kept make such cycles.",
            next_step="where it is high, memory rises between collections: find what refers to itself.",
            unit="ops",
            empty=_NOTHING,
            limits=NO_LIMITS,
            links=(_TO_SERVICE,),
        ),
        metric(
            f"sum by (service_name) (rate(cpython_gc_collected_objects_total{{{SCOPE}}}{RATE}))", "{{service_name}}"
        ),
    )
