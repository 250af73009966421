"""What the application itself raised with ``otel_kit.alert``: its severity says who is to be told, and how."""

from __future__ import annotations

from typing import Final

from otel_kit.stack.alerting.rule import Rule, Severity


def _rule(name: str, severity: Severity, of_application: str) -> Rule:
    return Rule(
        name=name,
        severity=severity,
        # Several processes that see the same raise the same.
        expr="sum by (${by}, otel_kit_alert_name, otel_kit_alert_severity) "
        '(otel_kit_alert_active{${service}, otel_kit_alert_severity=~"' + of_application + '"}) > 0',
        summary="{{ $labels.service_name }} raised {{ $labels.otel_kit_alert_name }}",
        description="{{ $labels.service_name }} raised the alert {{ $labels.otel_kit_alert_name }} with the severity "
        "{{ $labels.otel_kit_alert_severity }} in {{ $value | humanize }} of its processes. The reason is in its event "
        "otel_kit.alert.raised.",
        board="logs",
        interval="30s",
    )  # fmt: skip


RULES: Final = (
    _rule("ApplicationAlertCritical", "critical", "critical"),
    _rule("ApplicationAlert", "warning", "high|medium"),
    _rule("ApplicationAlertMinor", "info", "low|info"),
)
