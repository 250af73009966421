"""The alert that always fires: when it stops to arrive elsewhere, alerting itself is down."""

from __future__ import annotations

from typing import Final

from otel_kit.stack.alerting.rule import Rule

RULES: Final = (
    Rule(
        name="Watchdog",
        severity="none",
        expr="vector(1)",
        summary="Alerting works",
        description="It fires always and is sent every minute. Have an independent service tell you when it stays "
        "away.",
        board="alerts",
    ),
)
