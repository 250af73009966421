"""What services say of their dependencies, and how addresses answer that are asked from outside."""

from __future__ import annotations

from typing import Final

from otel_kit.stack.alerting.rule import Rule

_CHECK: Final = "${by}, otel_kit_health_check"
_CRITICAL: Final = 'otel_kit_health_status{${service}, otel_kit_health_critical="true"}'
# Every process that asks says so. One process of several is HealthCheckFailing.
_DOWN: Final = "max by (" + _CHECK + ") (" + _CRITICAL + ") == 0"

# Only the class of the answer has a status code. Classes that were are shown for five more minutes, so what counts is
# whether the newest sample of an address is that of an answer.
_LAST_TRY: Final = "max by (service_name, http_url) (timestamp(httpcheck_duration_milliseconds))"
_LAST_SUCCESS: Final = (
    "max by (service_name, http_url) "
    '(timestamp(httpcheck_status{http_status_class=~"2xx|3xx", http_status_code!=""}))'
)  # fmt: skip

RULES: Final = (
    Rule(
        name="DependencyDown",
        severity="critical",
        expr=_DOWN,
        summary="{{ $labels.otel_kit_health_check }} is down for {{ $labels.service_name }}",
        description="Every process of {{ $labels.service_name }} reports its critical check "
        "{{ $labels.otel_kit_health_check }} as unhealthy. The service answers /readyz and /health with 503.",
        for_="2m",
        board="dependencies",
        interval="30s",
    ),
    Rule(
        name="HealthCheckFailing",
        severity="warning",
        expr="min by (" + _CHECK + ") (otel_kit_health_status{${service}}) < 1 unless " + _DOWN,
        summary="The check {{ $labels.otel_kit_health_check }} of {{ $labels.service_name }} is not healthy",
        description="At least one process of {{ $labels.service_name }} reports {{ $labels.otel_kit_health_check }} as "
        "degraded or unhealthy: the worst says {{ $value | humanize }}, where 0.5 is degraded and 0 unhealthy.",
        for_="10m",
        board="dependencies",
    ),
    Rule(
        name="DependencyFlapping",
        severity="warning",
        expr="max by (" + _CHECK + ") (changes(otel_kit_health_status{${service}}[${flapping_window}])) "
        "> ${flapping_changes}",
        summary="{{ $labels.otel_kit_health_check }} of {{ $labels.service_name }} comes and goes",
        description="The check {{ $labels.otel_kit_health_check }} of {{ $labels.service_name }} changed its status "
        "{{ $value | humanize }} times within ${flapping_window}.",
        keep_firing_for="10m",
        board="dependencies",
    ),
    Rule(
        name="HttpCheckFailing",
        severity="warning",
        expr=_LAST_TRY + " > " + _LAST_SUCCESS + " or " + _LAST_TRY + " unless " + _LAST_SUCCESS,
        summary="{{ $labels.http_url }} does not answer as it should",
        description="Asked from outside, {{ $labels.http_url }} answers with 4xx or 5xx, too late, or not at all.",
        for_="2m",
        board="dependencies",
        needs="pipeline",
        interval="30s",
    ),
    Rule(
        name="CertificateExpiresSoon",
        severity="warning",
        expr="min by (service_name, http_url, http_tls_cn) (httpcheck_tls_cert_remaining_seconds) / 86400 "
        "< ${certificate_left}",
        summary="The certificate of {{ $labels.http_url }} expires in {{ $value | humanize }} days",
        description="The certificate {{ $labels.http_tls_cn }} of {{ $labels.http_url }} is valid for less than "
        "${certificate_left}. After that clients refuse the connection.",
        for_="1h",
        board="dependencies",
        interval="5m",
    ),
)  # fmt: skip
