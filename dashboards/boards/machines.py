"""Panels about machines, for the board Runtime.

Two senders describe a machine, with labels of their own: the SDK of a service on it (``system_filesystem_mountpoint``,
no state on shares) and the Collector's overlay ``host_metrics`` (``mountpoint``, ``state``, service ``host``). Each
query takes both; several services on one machine say the same, so the highest counts, never the sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dashboards import panel
from dashboards.facts import Facts
from dashboards.limits import NO_LIMITS, above, below
from dashboards.links import Link, to_board
from dashboards.panel import Sized
from dashboards.queries import RATE, metric

_SCOPE: Final = 'deployment_environment_name=~"$environment|",service_name=~"$service|host"'
# Images are always full. As the alert HostDiskAlmostFull has it.
_KINDS: Final = "iso9660|squashfs|udf|erofs"
_WRITTEN: Final = f'{_SCOPE},mode!="ro",type!~"{_KINDS}",system_filesystem_type!~"{_KINDS}"'
_NOTHING: Final = "No metrics of a machine: `metrics.machine` is false, and the overlay `host_metrics` is not loaded."
_LINKS: Final[Sequence[Link]] = (to_board("service", "Services on it"), to_board("alerts", "Alerts"))
_PLACE: Final = "host_name, mountpoint, system_filesystem_mountpoint"
_PLACE_LEGEND: Final = "{{host_name}} {{mountpoint}}{{system_filesystem_mountpoint}}"
_INTERFACE: Final = "host_name, device, network_interface_name, direction, network_io_direction"


def panels() -> Sequence[Sized]:
    """Return the panels, in order."""
    return (_cpu(), _memory(), _free(), _forecast(), _network(), _lost(), _load(), _busy())


def _cpu() -> Sized:
    return panel.time_series(
        Facts(
            title="Processors of the machine",
            question="Has the machine processor time left?",
            reading="Share of all processors that is busy.",
            next_step="the table above names the process; if none is high, something else runs there.",
            unit="percentunit",
            empty=_NOTHING,
            limits=above("host_cpu"),
            links=_LINKS,
        ),
        metric(
            f'max by (host_name) (system_cpu_utilization_ratio{{{_SCOPE},state=""}}) '
            f'or 1 - avg by (host_name) (system_cpu_utilization_ratio{{{_SCOPE},state="idle"}})',
            "{{host_name}}",
        ),
        highest=1,
    )


def _memory() -> Sized:
    return panel.time_series(
        Facts(
            title="Memory of the machine",
            question="Has the machine memory left?",
            reading="Share that is not available to programs; caches that can be given back do not count.",
            next_step="near the limit the system ends the largest process: find it in the table above.",
            unit="percentunit",
            empty=_NOTHING,
            limits=above("host_memory"),
            links=_LINKS,
        ),
        metric(
            f'max by (host_name) (system_memory_utilization_ratio{{{_SCOPE},state=~"|used"}})',
            "{{host_name}}",
        ),
        highest=1,
    )


def _free() -> Sized:
    return panel.time_series(
        Facts(
            title="Free disk space",
            question="How much room is on each file system?",
            reading="Share that is free. Below the limit, the queues on disk and the stores stop to take data.",
            next_step="find what grew: the stores' folders, log files, spools; retention is on the board Pipeline.",
            unit="percentunit",
            empty=_NOTHING,
            limits=below(critical="disk_free_ratio"),
            links=(*_LINKS, to_board("pipeline", "Pipeline")),
        ),
        metric(f"1 - max by ({_PLACE}) (system_filesystem_utilization_ratio{{{_WRITTEN}}})", _PLACE_LEGEND),
        highest=1,
    )


def _forecast() -> Sized:
    return panel.time_series(
        Facts(
            title="Free disk space in 24 hours",
            question="Will a disk be full tomorrow?",
            reading="The last six hours go on as a straight line; at zero it is full by then. Less than an hour of "
            "data says little.",
            next_step="make room or shorten what is kept before the line gets there.",
            unit="percentunit",
            empty=_NOTHING,
            limits=below(critical="disk_free_ratio"),
            links=(*_LINKS, to_board("pipeline", "Pipeline")),
        ),
        metric(
            f"clamp(1 - max by ({_PLACE}) "
            f"(predict_linear(system_filesystem_utilization_ratio{{{_WRITTEN}}}[6h], 86400)), 0, 1)",
            _PLACE_LEGEND,
        ),
        highest=1,
    )


def _network() -> Sized:
    return panel.time_series(
        Facts(
            title="Network",
            question="How much goes in and out?",
            reading="Bytes a second over the interfaces that lead out of the machine.",
            next_step="compare with the requests of the services on it.",
            unit="Bps",
            empty=_NOTHING,
            limits=NO_LIMITS,
            links=_LINKS,
        ),
        metric(
            "sum by (host_name, direction, network_io_direction) "
            f"(max by ({_INTERFACE}) (rate(system_network_io_bytes_total{{{_SCOPE}}}{RATE})))",
            "{{host_name}} {{direction}}{{network_io_direction}}",
        ),
    )


def _lost() -> Sized:
    def each(name: str) -> str:
        return f"sum by (host_name) (max by ({_INTERFACE}) (rate({name}{{{_SCOPE}}}{RATE})))"

    return panel.time_series(
        Facts(
            title="Network errors",
            question="Is the network broken or too full?",
            reading="Packets with errors, and packets that were dropped, each second. Zero is usual.",
            next_step="errors point at the interface, drops at too much at once.",
            unit="pps",
            empty=_NOTHING,
            limits=NO_LIMITS,
            links=_LINKS,
        ),
        metric(each("system_network_errors_total"), "{{host_name}} errors"),
        metric(
            f"{each('system_network_packet_dropped_total')} or {each('system_network_dropped_total')}",
            "{{host_name}} dropped",
        ),
    )


def _load() -> Sized:
    return panel.time_series(
        Facts(
            title="Load for each processor",
            question="Do programs queue for processors or disks?",
            reading="Threads that run or wait, on average of five minutes, for each processor. Above 1 some wait.",
            next_step="with idle processors they wait for a disk: see how busy it is.",
            unit="short",
            empty=_NOTHING,
            limits=NO_LIMITS,
            links=_LINKS,
        ),
        metric(
            "(max by (host_name) "
            f'(otel_kit_system_load_average{{{_SCOPE},otel_kit_system_load_average_window="5m"}}) '
            f"or max by (host_name) (system_cpu_load_average_5m{{{_SCOPE}}})) "
            f"/ max by (host_name) (system_cpu_logical_count{{{_SCOPE}}})",
            "{{host_name}}",
        ),
    )


def _busy() -> Sized:
    return panel.time_series(
        Facts(
            title="Busy disks",
            question="Is a disk the bottleneck?",
            reading="Share of the time in which the disk had something to do.",
            next_step="near 1 for minutes: the panel Disk of processes names the service.",
            unit="percentunit",
            empty=_NOTHING,
            limits=NO_LIMITS,
            links=_LINKS,
        ),
        metric(
            # A counter that is seconds old is extrapolated beyond what there is.
            "clamp_max(max by (host_name, device, system_device) "
            f"(rate(system_disk_io_time_seconds_total{{{_SCOPE}}}{RATE})), 1)",
            "{{host_name}} {{device}}{{system_device}}",
        ),
        highest=1,
    )
