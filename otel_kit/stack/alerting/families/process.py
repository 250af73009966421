"""Processes of the services, and the limits of the containers they run in."""

from __future__ import annotations

from typing import Final

from otel_kit.stack.alerting.rule import Rule

_PROCESS: Final = "${by}, host_name, service_instance_id"
# All processes of a service within one container share its host name.
_CONTAINER: Final = "${by}, host_name"

_MEMORY: Final = "process_memory_usage_bytes{${service}}"
_LIMIT: Final = "max by (" + _CONTAINER + ") (otel_kit_container_memory_limit_bytes{${service}})"
# Both, because each is wrong in its own way: the kernel's figure has the cache of files in it, which is given back, and
# the sum over processes has what forked ones share several times.
_OF_CONTAINER: Final = "max by (" + _CONTAINER + ") (container_memory_usage_bytes{${service}}) / " + _LIMIT
_OF_PROCESSES: Final = "sum by (" + _CONTAINER + ") (process_memory_usage_bytes{${service}}) / " + _LIMIT

_UPTIME: Final = "process_uptime_seconds{${service}}"
# A process with a state folder keeps its id and begins its uptime anew; without one it is a new series.
_BEGUN_ANEW: Final = "sum by (${by}) (resets(" + _UPTIME + "[${restart_window}]))"
_NEW: Final = (
    "count by (${by}) (last_over_time(" + _UPTIME + "[${restart_window}]) "
    "unless " + _UPTIME + " offset ${restart_window})"
)  # fmt: skip
_RESTARTS: Final = _BEGUN_ANEW + " + (" + _NEW + " or 0 * " + _BEGUN_ANEW + ")"

RULES: Final = (
    Rule(
        name="ProcessCpuSaturated",
        severity="warning",
        expr="sum by (" + _PROCESS + ") (rate(process_cpu_time_seconds_total{${service}}[${cpu_window}])) "
        "> ${process_cpus}",
        summary="A process of {{ $labels.service_name }} uses {{ $value | humanize }} CPUs",
        description="A process of {{ $labels.service_name }} on {{ $labels.host_name }} uses more than ${process_cpus} "
        "of a CPU. The interpreter's lock lets one process use little more than one: it is as fast as it gets.",
        for_="10m",
        board="runtime",
    ),
    Rule(
        name="ContainerCpuThrottled",
        severity="warning",
        expr="max by (" + _CONTAINER + ") "
        "(rate(otel_kit_container_cpu_throttled_time_seconds_total{${service}}[${cpu_window}])) > ${cpu_throttled}",
        summary="The container of {{ $labels.service_name }} waits for its CPU limit",
        description="The container {{ $labels.host_name }} of {{ $labels.service_name }} is held back by its limit for "
        "{{ $value | humanize }} s a second. The CPU looks idle meanwhile.",
        for_="10m",
        board="runtime",
    ),
    Rule(
        name="ProcessMemoryHigh",
        severity="warning",
        expr="max by (" + _PROCESS + ") (" + _MEMORY + ") > ${process_memory}",
        summary="A process of {{ $labels.service_name }} uses {{ $value | humanize1024 }}B of memory",
        description="A process of {{ $labels.service_name }} on {{ $labels.host_name }} uses more than "
        "${process_memory}.",
        for_="10m",
        board="runtime",
    ),
    Rule(
        name="ContainerMemoryNearLimit",
        severity="warning",
        expr=_OF_PROCESSES + " > ${container_memory} and " + _OF_CONTAINER + " > ${container_memory}",
        summary="{{ $labels.service_name }} uses {{ $value | humanizePercentage }} of its container's memory",
        description="More than ${container_memory} of the memory limit of {{ $labels.host_name }} is in use by the "
        "processes of {{ $labels.service_name }}. At the limit the kernel kills one, without a word in its log.",
        for_="5m",
        board="runtime",
    ),
    Rule(
        name="ProcessMemoryGrowing",
        severity="info",
        # Not one that was started within the window: it fills its caches.
        expr="max by (" + _PROCESS + ") (predict_linear(" + _MEMORY + "[${memory_window}], ${memory_forecast}) "
        "> ${process_memory} and " + _MEMORY + " > ${memory_growth} * " + _MEMORY + " offset ${memory_window} "
        "and resets(" + _UPTIME + "[${memory_window}]) == 0)",
        summary="The memory of {{ $labels.service_name }} grows towards {{ $value | humanize1024 }}B",
        description="If a process of {{ $labels.service_name }} on {{ $labels.host_name }} goes on as in the last "
        "${memory_window}, it uses more than ${process_memory} within ${memory_forecast}: perhaps a leak.",
        for_="30m",
        board="runtime",
        interval="5m",
    ),
    Rule(
        name="ProcessFileDescriptorsHigh",
        severity="warning",
        expr="max by (" + _PROCESS + ") (process_unix_file_descriptor_count{${service}}) "
        "/ max by (" + _PROCESS + ") (otel_kit_process_file_descriptor_limit{${service}}) > ${file_descriptors}",
        summary="{{ $labels.service_name }} has {{ $value | humanizePercentage }} of its file descriptors open",
        description="A process of {{ $labels.service_name }} on {{ $labels.host_name }} has more than "
        "${file_descriptors} of the files and sockets open that it may have. At the limit it accepts no connection.",
        for_="10m",
        board="runtime",
    ),
    Rule(
        name="ProcessRestartLoop",
        severity="warning",
        expr="(" + _RESTARTS + ") / count by (${by}) (" + _UPTIME + ") > ${restarts}",
        summary="{{ $labels.service_name }} is started again and again",
        description="Each process of {{ $labels.service_name }} was started {{ $value | humanize }} times within "
        "${restart_window}: it ends soon after its start, or is killed.",
        board="runtime",
    ),
)  # fmt: skip
