"""Machines: their disks, memory and CPUs.

They have two sources with different labels: the SDK in a service (``system_filesystem_mountpoint``, no ``state`` on
shares) and the Collector's overlay host_metrics (``mountpoint``, ``state``). A missing label matches the empty text, so
one selector takes both; several services on a machine, or both sources, are one alert.
"""

from __future__ import annotations

from typing import Final

from otel_kit.stack.alerting.rule import Rule


def _by_mountpoint(aggregation: str, query: str) -> str:
    """Return one series for each file system of a machine, whoever reported it."""
    named = "label_replace(" + query + ', "mountpoint", "$1", "system_filesystem_mountpoint", "(.+)")'
    return aggregation + " by (host_name, mountpoint) (" + named + ")"


def _space(state: str) -> str:
    """Return the bytes of a state. Images are always full, and /boot is filled by kernels only."""
    kinds = "iso9660|squashfs|udf|erofs"
    places = "/boot(/.*)?|/efi"
    return (
        'system_filesystem_usage_bytes{state=~"|' + state + '", system_filesystem_state=~"|' + state + '", mode!="ro", '
        'type!~"' + kinds + '", system_filesystem_type!~"' + kinds + '", '
        'mountpoint!~"' + places + '", system_filesystem_mountpoint!~"' + places + '"}'
    )  # fmt: skip


def _free_share(used: str, free: str) -> str:
    """Return what is free of what users may have, as `df` counts: without what is reserved for root."""
    aside = "ignoring (state, system_filesystem_state)"
    return free + " / " + aside + " (" + free + " + " + aside + " " + used + ")"


_FREE: Final = _by_mountpoint("min", _space("free"))
_FREE_SHARE: Final = _by_mountpoint("min", _free_share(_space("used"), _space("free")))
_INODES: Final = 'system_filesystem_inodes_usage{state="%s", mode!="ro", type!~"iso9660|squashfs|udf|erofs"}'
_INODES_SHARE: Final = _by_mountpoint("min", _free_share(_INODES.replace("%s", "used"), _INODES.replace("%s", "free")))
# Of series that were aggregated first: services come and go, the disk stays.
_FREE_LATELY: Final = "(" + _FREE + ")[${disk_window}:5m]"

RULES: Final = (
    Rule(
        name="HostDiskAlmostFull",
        severity="critical",
        expr=_FREE_SHARE + " < ${disk_free_ratio} and " + _FREE + " < ${disk_free_bytes}",
        summary="{{ $labels.mountpoint }} of {{ $labels.host_name }} has {{ $value | humanizePercentage }} free",
        description="Less than ${disk_free_ratio}, and less than ${disk_free_bytes}, of the file system "
        "{{ $labels.mountpoint }} on {{ $labels.host_name }} is free.",
        for_="5m",
        board="runtime",
    ),
    Rule(
        name="HostDiskWillFill",
        severity="warning",
        # One that was seen for half of the window at least: a minute says nothing of a day.
        expr="predict_linear(" + _FREE_LATELY + ", ${disk_forecast}) < 0 and " + _FREE_SHARE
        + " < ${disk_forecast_free} and count_over_time(" + _FREE_LATELY + ") "
        "> 0.5 * scalar(count_over_time(vector(1)[${disk_window}:5m]))",
        summary="{{ $labels.mountpoint }} of {{ $labels.host_name }} will be full soon",
        description="If {{ $labels.mountpoint }} on {{ $labels.host_name }} fills as in the last ${disk_window}, it is "
        "full within ${disk_forecast}.",
        for_="30m",
        board="runtime",
        interval="5m",
    ),
    Rule(
        name="HostInodesLow",
        severity="warning",
        expr=_INODES_SHARE + " < ${inodes_free}",
        summary="{{ $labels.mountpoint }} of {{ $labels.host_name }} has {{ $value | humanizePercentage }} of its "
        "inodes free",
        description="Less than ${inodes_free} of the inodes of {{ $labels.mountpoint }} on {{ $labels.host_name }} are "
        "free: too many small files. Without one no file can be made, however much space there is.",
        for_="10m",
        board="runtime",
    ),
    Rule(
        name="HostMemoryPressure",
        severity="warning",
        # The Collector reports states of which only these cannot be given back.
        expr="max by (host_name) (sum without (state) "
        '(system_memory_utilization_ratio{state=~"|used|slab_unreclaimable"})) > ${host_memory}',
        summary="{{ $labels.host_name }} uses {{ $value | humanizePercentage }} of its memory",
        description="More than ${host_memory} of the memory of {{ $labels.host_name }} is in use and cannot be given "
        "back. Next the machine swaps, or the kernel kills a process.",
        for_="10m",
        board="runtime",
    ),
    Rule(
        name="HostCpuSaturated",
        severity="warning",
        # The Collector reports states, and depending on its version CPUs; waiting for a disk is idle.
        expr="max by (host_name) (avg without (cpu) (sum without (state) "
        '(avg_over_time(system_cpu_utilization_ratio{state!~"idle|wait"}[${cpu_window}])))) > ${host_cpu}',
        summary="The CPUs of {{ $labels.host_name }} are {{ $value | humanizePercentage }} busy",
        description="All CPUs of {{ $labels.host_name }} together were more than ${host_cpu} busy over ${cpu_window}.",
        for_="15m",
        board="runtime",
    ),
)  # fmt: skip
