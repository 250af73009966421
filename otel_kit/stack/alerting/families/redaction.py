"""Personal data that got past the service it comes from, and redaction that stops, fails or keeps an old policy."""

from __future__ import annotations

from typing import Final

from otel_kit.stack.alerting.counters import risen
from otel_kit.stack.alerting.rule import Rule

RULES: Final = (
    Rule(
        name="PersonalDataFound",
        # No page: what is stored is masked, and a long number may have been taken for a card.
        severity="warning",
        engine="loki",
        # What others send is meant to be masked at the gateway; what the kit sends has been searched already.
        expr='sum by (${by}) (count_over_time({${service}} | telemetry_distro_name="otel-kit"'
        " | redaction_masked_count>0 or redaction_body_masked_count>0 [${leak_window}])) > ${leaked_records}",
        keep_firing_for="1h",
        summary="The gateway found personal data or secrets in {{ $value }} log records of {{ $labels.service_name }}",
        description="They are masked in the stores, but passed the service's own redaction, so they are in its files, "
        "on its console and in other destinations.",
        board="security",
    ),
    Rule(
        name="PersonalDataInSpans",
        severity="warning",
        # Tempo calls the service `service`, and does not say whose SDK it is: who has a pipeline of the kit.
        expr="sum by (service_namespace, service_name, deployment_environment_name) (label_replace("
        + risen(
            'traces_spanmetrics_calls_total{redaction_masked_count!=""}',
            'up{job="tempo"} offset ${leak_window} == 1',
            on="",
            window="${leak_window}",
        )
        + ', "service_name", "$1", "service", "(.*)")) > ${leaked_spans}\n'
        "and on (service_name) group by (service_name) (otel_kit_pipeline_created_total)",
        keep_firing_for="1h",
        summary="The gateway found personal data or secrets in spans of {{ $labels.service_name }}",
        description="In {{ $value | humanize }} spans within ${leak_window}. They are masked in the stores, but "
        "passed the service's own redaction, so other exporters of the service have them.",
        board="security",
    ),
    Rule(
        name="RedactionStopped",
        severity="warning",
        # A process that was restarted begins with its first hits as the first sample: also that is a hit.
        expr="(\n"
        "  sum by (${by}) (increase(otel_kit_redaction_hits_total{${service}}[1d] offset ${redaction_silence}))"
        " > ${redaction_usual}\n"
        "  and sum by (${by}) (increase(otel_kit_pipeline_created_total{${service}}[${redaction_silence}]))"
        " > ${redaction_records}\n)\n"
        "unless sum by (${by}) (increase(otel_kit_redaction_hits_total{${service}}[${redaction_silence}])) > 0\n"
        "unless sum by (${by}) (otel_kit_redaction_hits_total{${service}}"
        " unless otel_kit_redaction_hits_total{${service}} offset ${redaction_silence})",
        for_="15m",
        summary="Redaction in {{ $labels.service_name }} finds nothing any more",
        description="It altered {{ $value | humanize }} values in the day before, and none within "
        "${redaction_silence}, though the service goes on sending: a changed policy, a rule switched off, or another "
        "logger.",
        board="security",
        needs="pipeline",
    ),
    Rule(
        name="RedactionErrors",
        severity="warning",
        expr="sum by (${by}) (increase(otel_kit_redaction_errors_total{${service}}[${rate_window}])) > 0",
        keep_firing_for="15m",
        summary="{{ $labels.service_name }} drops values that it cannot search",
        description="{{ $value | humanize }} values within ${rate_window} made the scanner fail. Nothing unsearched "
        "leaves, so they are gone from the telemetry.",
        board="security",
        needs="pipeline",
    ),
    Rule(
        name="RedactionPolicyRefused",
        severity="warning",
        expr="sum by (${by}) (increase(otel_kit_redaction_reloads_total"
        '{${service},otel_kit_redaction_reload_outcome="refused"}[${rate_window}])) > 0',
        keep_firing_for="1h",
        summary="{{ $labels.service_name }} refused a changed redaction policy",
        description="The file has faults. The old policy stays in force until it is mended; a restart would fail or "
        "run with the shipped one.",
        board="security",
        needs="pipeline",
    ),
)
