"""Who tries to get in, at the services and at the gateway; the ingest keys; and whether audit events arrive."""

from __future__ import annotations

from typing import Final

from otel_kit.stack.alerting.counters import risen
from otel_kit.stack.alerting.rule import Rule

_EVENTS: Final = '{${service},event_category="security"}'
_AUTHENTICATION: Final = f'{_EVENTS} | otel_kit_security_kind="authentication" | event_outcome="failure"'
_AUTHORIZATION: Final = f'{_EVENTS} | otel_kit_security_kind="authorization" | event_outcome="failure"'
_UNAUTHORIZED: Final = 'http_server_request_duration_seconds_count{${service},http_response_status_code="401"}'

RULES: Final = (
    Rule(
        name="AuthenticationFailureBurst",
        severity="warning",
        engine="loki",
        expr=f"sum by (${{by}}) (count_over_time({_AUTHENTICATION} [${{security_window}}])) > "
        f"${{authentication_failures}}",
        keep_firing_for="10m",
        summary="{{ $value }} failed sign-ins at {{ $labels.service_name }} within ${security_window}",
        description="More than ${authentication_failures}: passwords are being tried, or the service cannot check "
        "them.",
        board="security",
    ),
    Rule(
        name="AuthenticationFailuresByAddress",
        severity="warning",
        engine="loki",
        expr=f'sum by (${{by}}, client_address) (count_over_time({_AUTHENTICATION} | client_address!=""'
        " [${security_window}])) > ${authentication_failures_by_address}",
        keep_firing_for="10m",
        summary="{{ $value }} failed sign-ins from {{ $labels.client_address }} at {{ $labels.service_name }}",
        description="More than ${authentication_failures_by_address} within ${security_window}. The last part of a "
        "public address is masked: it stands for 256 of them.",
        board="security",
    ),
    Rule(
        name="AuthorizationDenialsSpike",
        severity="warning",
        engine="loki",
        expr=f"sum by (${{by}}) (count_over_time({_AUTHORIZATION} [${{security_window}}])) > "
        f"${{authorization_denials}}\n"
        f"unless sum by (${{by}}) (rate({_AUTHORIZATION} [${{security_window}}]))\n"
        f"  <= ${{authorization_burst}} * sum by (${{by}}) (rate({_AUTHORIZATION} [${{security_baseline}}]"
        " offset ${security_window}))",
        keep_firing_for="10m",
        summary="{{ $labels.service_name }} denied access {{ $value }} times within ${security_window}",
        description="More than ${authorization_denials}, and more than ${authorization_burst} times as often as in "
        "the ${security_baseline} before: somebody looks for what is open, or a release took rights away.",
        board="security",
    ),
    Rule(
        name="UnauthorizedRequestsBurst",
        severity="warning",
        # Of a service that always answers some with 401 (tokens end), only what is far more than on the day before.
        expr=f"sum by (${{by}}) (increase({_UNAUTHORIZED}[${{rate_window}}])) > ${{unauthorized_requests}}\n"
        f"unless sum by (${{by}}) (rate({_UNAUTHORIZED}[${{rate_window}}]))\n"
        f"  <= ${{unauthorized_burst}} * sum by (${{by}}) (rate({_UNAUTHORIZED}[${{unauthorized_baseline}}]"
        " offset ${rate_window}))",
        keep_firing_for="10m",
        summary="{{ $labels.service_name }} answered {{ $value | humanize }} requests with 401",
        description="More than ${unauthorized_requests} within ${rate_window}, and more than ${unauthorized_burst} "
        "times as often as in the ${unauthorized_baseline} before: tokens are being tried, or those of a client have "
        "expired.",
        board="security",
        needs="pipeline",
    ),
    Rule(
        name="IngestRequestsRefused",
        severity="warning",
        expr="sum by (key_id, outcome) ("
        + risen('otelcol_ingest_guard_requests_total{outcome=~"unauthenticated|expired"}')
        + ") > ${ingest_refusals}",
        keep_firing_for="10m",
        summary="The gateway refused {{ $value | humanize }} requests: {{ $labels.outcome }} {{ $labels.key_id }}",
        description="More than ${ingest_refusals} within ${rate_window}. Without a key's id nobody knows whose they "
        "are: a stranger, or a service with a revoked or wrong key, whose telemetry is missing.",
        board="security",
    ),
    Rule(
        name="IngestKeyOverLimit",
        severity="warning",
        expr="sum by (key_id, outcome) ("
        + risen('otelcol_ingest_guard_requests_total{outcome=~"rate_limited|byte_limited"}')
        + ") > 0",
        for_="10m",
        summary="The key {{ $labels.key_id }} sends more than it may ({{ $labels.outcome }})",
        description="{{ $value | humanize }} requests within ${rate_window} were answered with 429. The sender waits "
        "and tries again; if it goes on, its queue overflows.",
        board="pipeline",
    ),
    Rule(
        name="IngestKeyTooOld",
        severity="warning",
        expr="max by (key_id) (otelcol_ingest_guard_key_age_seconds) > ${key_age} * 86400",
        for_="1h",
        summary="The ingest key {{ $labels.key_id }} is {{ $value | humanizeDuration }} old",
        description="Keys should be replaced after ${key_age}: whoever has seen an old one can still send.",
        board="security",
    ),
    Rule(
        name="IngestKeyExpiring",
        severity="warning",
        # What has expired is told by the requests that are refused; many such keys just stay in the file.
        expr="min by (key_id) (otelcol_ingest_guard_key_expires_in_seconds) < ${key_expires} * 86400 > 0",
        for_="15m",
        summary="The ingest key {{ $labels.key_id }} expires in {{ $value | humanizeDuration }}",
        description="From then on its requests get 401 and the telemetry of whoever uses it is missing.",
        board="security",
    ),
    Rule(
        name="IngestKeyFileBroken",
        severity="warning",
        expr="sum by (job) (" + risen('otelcol_ingest_guard_reloads_total{result="failed"}') + ") > 0",
        keep_firing_for="1h",
        summary="The file of ingest keys was changed and cannot be read",
        description="The old keys stay in force: a revoked key still sends, a new one does not, and a restarted "
        "Collector does not come up.",
        board="security",
        layer="pipeline",
    ),
    Rule(
        name="AuditLaneStopped",
        severity="critical",
        # While Loki is down they wait for it, which has an alert of its own.
        expr='sum by (job) (otelcol_exporter_queue_capacity{exporter="otlp_http/loki_audit"}) > 0\n'
        'and on () sum(increase(otel_kit_events_total{event_category=~"audit|security"}[${audit_window}])) > '
        "${audit_events}\n"
        'and on () max(up{job="loki"}) == 1\n'
        "unless on ()\n"
        'sum(increase(otelcol_exporter_sent_log_records_total{exporter="otlp_http/loki_audit"}[${audit_window}])) > 0',
        for_="5m",
        summary="Audit and security events are recorded, and none arrives in Loki",
        description="Services recorded more than ${audit_events} of them within ${audit_window}, the exporter "
        "otlp_http/loki_audit sent none. They wait in its queue, or are not routed to it.",
        board="security",
    ),
)
