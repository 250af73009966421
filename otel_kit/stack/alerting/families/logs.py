"""Logs: too many of them, errors and exceptions that were not there before, and the log files of the services."""

from __future__ import annotations

from typing import Final

from otel_kit.stack.alerting.counters import risen
from otel_kit.stack.alerting.rule import Rule

_ERRORS: Final = '{${service}} | detected_level=~"error|critical|fatal"'
_EXCEPTIONS: Final = '{${service}} | exception_type!=""'

RULES: Final = (
    Rule(
        name="LogVolumeBurst",
        severity="warning",
        # The third: a service that is younger than the time it is compared with has no usual volume.
        expr="sum by (${by}) (rate(otel_kit_log_records_total{${service}}[${log_window}])) > ${log_rate}\n"
        "and sum by (${by}) (rate(otel_kit_log_records_total{${service}}[${log_window}]))\n"
        "  > ${log_burst} * sum by (${by}) (rate(otel_kit_log_records_total{${service}}[1d] offset ${log_window}))\n"
        "and sum by (${by}) (otel_kit_log_records_total{${service}} offset 1d) > 0",
        for_="10m",
        summary="{{ $labels.service_name }} writes {{ $value | humanize }} log records a second",
        description="More than ${log_burst} times its usual volume of a day: a loop, a debug level left on, or an "
        "attack. It costs storage and hides what matters.",
        board="logs",
        needs="pipeline",
    ),
    Rule(
        name="LogFileFailing",
        severity="warning",
        expr="sum by (${by}, host_name, otel_kit_drop_reason) ("
        + risen(
            'otel_kit_sink_dropped_total{${service},otel_kit_sink="file"}',
            was_there='otel_kit_sink_written_total{otel_kit_sink="file"} offset ${rate_window}',
        )
        + ") > 0",
        for_="1m",
        keep_firing_for="15m",
        summary="{{ $labels.service_name }} cannot write its log file ({{ $labels.otel_kit_drop_reason }})",
        description="{{ $value | humanize }} records within ${rate_window} are not in the file on "
        "{{ $labels.host_name }}. What goes to the Collector is not concerned.",
        board="logs",
        needs="pipeline",
    ),
    Rule(
        name="LogFileNotRotated",
        severity="warning",
        expr="max by (${by}, host_name) (otel_kit_log_file_size_bytes{${service}}) > ${log_file_size}",
        for_="10m",
        summary="The log file of {{ $labels.service_name }} has {{ $value | humanize1024 }}B",
        description="More than ${log_file_size}: it is not rotated on {{ $labels.host_name }}, or its limit was "
        "raised above the threshold.",
        board="logs",
        needs="pipeline",
    ),
    Rule(
        name="LogErrorBurst",
        severity="warning",
        engine="loki",
        expr=f"sum by (${{by}}) (rate({_ERRORS} [${{log_window}}])) > ${{error_log_rate}}\n"
        f"unless sum by (${{by}}) (rate({_ERRORS} [${{log_window}}]))\n"
        f"  <= ${{error_log_burst}} * sum by (${{by}}) (rate({_ERRORS} [${{error_log_baseline}}] offset "
        f"${{log_window}}))",
        for_="2m",
        summary="{{ $labels.service_name }} logs {{ $value | humanize }} errors a second",
        description="More than ${error_log_rate} and more than ${error_log_burst} times as many as in the "
        "${error_log_baseline} before.",
        board="logs",
    ),
    Rule(
        name="NewExceptionType",
        severity="warning",
        engine="loki",
        expr=f"sum by (${{by}}, exception_type) (count_over_time({_EXCEPTIONS} [${{exception_window}}])) > 0\n"
        f"unless sum by (${{by}}, exception_type) (count_over_time({_EXCEPTIONS} [${{exception_memory}}]"
        " offset ${exception_window}))\n"
        # Of what is new itself everything would be for the first time.
        "and on (${by}) sum by (${by}) (count_over_time({${service}} [1h] offset ${exception_memory}))",
        summary="{{ $labels.service_name }} raises {{ $labels.exception_type }} for the first time",
        description="{{ $value }} times within ${exception_window}, and never in the ${exception_memory} before.",
        board="logs",
        interval="5m",
    ),
)
