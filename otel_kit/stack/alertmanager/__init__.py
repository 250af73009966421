"""What Alertmanager holds and what was done about it: alerts, silences, their audit events, and the history in Loki."""

from __future__ import annotations

from otel_kit.stack.alertmanager.alerts import Alert, Severity, alerts
from otel_kit.stack.alertmanager.audit import Change, Kind, write
from otel_kit.stack.alertmanager.history import Entry, history
from otel_kit.stack.alertmanager.matchers import Matcher
from otel_kit.stack.alertmanager.silences import Silence, create, expire, silences

__all__ = [
    "Alert", "Change", "Entry", "Kind", "Matcher", "Severity", "Silence", "alerts", "create", "expire", "history",
    "silences", "write",
]  # fmt: skip
