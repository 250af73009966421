"""The way of the telemetry: the Collector's queues, refusals and losses, and what the SDK in the services gives up."""

from __future__ import annotations

from typing import Final

from otel_kit.stack.alerting.counters import risen, risen_by_signal
from otel_kit.stack.alerting.rule import Rule

RULES: Final = (
    Rule(
        name="CollectorQueueFilling",
        severity="warning",
        # Against the capacity: a constant would be wrong for everybody who sets OTELCOL_QUEUE_LOGS and the like.
        expr="max by (exporter, data_type) (otelcol_exporter_queue_size / otelcol_exporter_queue_capacity) > "
        "${queue_fill}",
        for_="5m",
        summary="The Collector's queue of {{ $labels.exporter }} is {{ $value | humanizePercentage }} full",
        description="More comes in than {{ $labels.exporter }} takes ({{ $labels.data_type }}; the limit is "
        "${queue_fill}). Full, new data is refused, and services keep what they can.",
        board="pipeline",
        layer="pipeline",
        needs="backend",
    ),
    Rule(
        name="CollectorRefusingData",
        severity="warning",
        expr="sum by (receiver, transport, signal) (" + risen_by_signal("otelcol_receiver_refused_{}_total") + ") > 0",
        for_="5m",
        summary="The Collector refuses {{ $labels.signal }} at {{ $labels.receiver }}",
        description="{{ $value | humanize }} items within ${rate_window} were answered with 503 "
        "({{ $labels.transport }}): the memory limit is reached or a queue is full. Services try again until their "
        "own queue is full.",
        board="pipeline",
        layer="pipeline",
        needs="backend",
    ),
    Rule(
        name="CollectorLosingData",
        severity="critical",
        expr="sum by (exporter, signal) (" + risen_by_signal("otelcol_exporter_enqueue_failed_{}_total") + ") > 0",
        for_="1m",
        keep_firing_for="5m",
        summary="The Collector has no room for {{ $labels.signal }} to {{ $labels.exporter }}",
        description="{{ $value | humanize }} items within ${rate_window} did not fit into the queue. What the senders "
        "cannot keep either is lost.",
        board="pipeline",
        layer="pipeline",
    ),
    Rule(
        name="CollectorExportFailing",
        severity="warning",
        # With endless retries only what a destination refuses for good is a failure.
        expr="sum by (exporter, signal) ("
        + risen_by_signal("otelcol_exporter_send_failed_{}_total", '{exporter!~"file/.*"}')
        + ") > 0",
        for_="1m",
        summary="{{ $labels.exporter }} refuses {{ $labels.signal }} for good",
        description="{{ $value | humanize }} items within ${rate_window} were answered with an error that no retry "
        "mends, and are dropped.",
        board="pipeline",
        layer="pipeline",
    ),
    Rule(
        name="CollectorOverloaded",
        severity="warning",
        expr="sum by (processor, signal) ("
        + risen_by_signal("otelcol_processor_memory_limiter_refused_{}_total")
        + ") > 0",
        for_="5m",
        summary="The Collector is at its memory limit and refuses {{ $labels.signal }}",
        description="{{ $value | humanize }} items within ${rate_window}: more comes in than it can search for "
        "personal data. Nothing passes unsearched; services try again.",
        board="pipeline",
        layer="pipeline",
    ),
    Rule(
        name="ArchiveWriteFailing",
        severity="warning",
        expr="sum by (exporter) ("
        + risen('otelcol_exporter_send_failed_log_records_total{exporter=~"file/.*"}')
        + ") > 0",
        for_="1m",
        keep_firing_for="15m",
        summary="Audit and security events cannot be written to the archive ({{ $labels.exporter }})",
        description="{{ $value | humanize }} events within ${rate_window} were refused, because no event is taken "
        "that would not be archived. Services keep them in their queues.",
        board="security",
        layer="pipeline",
    ),
    Rule(
        name="SdkDroppingTelemetry",
        severity="warning",
        expr="sum by (${by}, otel_kit_signal, otel_kit_drop_reason) "
        "(increase(otel_kit_pipeline_dropped_total{${service}}[${rate_window}])) > ${sdk_dropped}\n"
        "or\n"
        "sum by (${by}, otel_kit_signal, otel_kit_drop_reason) (label_replace("
        "increase(otel_kit_pipeline_rejected_total{${service}}[${rate_window}]), "
        '"otel_kit_drop_reason", "rejected", "", "")) > ${sdk_dropped}',
        for_="2m",
        summary="{{ $labels.service_name }} loses {{ $labels.otel_kit_signal }} ({{ $labels.otel_kit_drop_reason }})",
        description="{{ $value | humanize }} records within ${rate_window} were given up in the service's own process.",
        board="pipeline",
        layer="pipeline",
        needs="pipeline",
    ),
    Rule(
        name="SdkExportFailing",
        severity="warning",
        # Seen while one signal is refused and another gets through; when none does, telemetry is absent.
        expr="sum by (${by}, otel_kit_signal) "
        "(increase(otel_kit_pipeline_retried_total{${service}}[${rate_window}])) > 0",
        for_="10m",
        summary="{{ $labels.service_name }} has to send {{ $labels.otel_kit_signal }} again and again",
        description="{{ $value | humanize }} records within ${rate_window} were in requests that failed. They wait in "
        "its queue; when that is full they are dropped.",
        board="pipeline",
        layer="pipeline",
        needs="pipeline",
    ),
)
