"""The audit event of what a person does about alerts, sent to the gateway by OTLP before it is done."""

from __future__ import annotations

import enum
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from otel_kit import semconv
from otel_kit.errors import OtelKitError
from otel_kit.stack.alertmanager.silences import Silence
from otel_kit.stack.http_json import Api, Unreachable
from otel_kit.version import __version__

SERVICE: Final = "otel-kit-alerts"
"""The service under which these events stand in Loki."""
_MEND: Final = "Nothing was changed: an audit event goes before. Mend the way to the gateway, or use --without-audit."


class Kind(enum.Enum):
    """What is done: the event's name and the action in it."""

    ACKNOWLEDGE = (semconv.EVENT_ALERT_ACKNOWLEDGED, "alert.acknowledge")
    SILENCE = (semconv.EVENT_ALERT_SILENCED, "alert.silence")
    UNSILENCE = (semconv.EVENT_ALERT_UNSILENCED, "alert.unsilence")


@dataclass(frozen=True, slots=True)
class Change:
    """What ``author`` does with a silence. ``failure`` is what stopped it, on the second record of one that failed."""

    kind: Kind
    silence: Silence
    author: str
    reason: str
    failure: str | None = None


def write(gateway: Api, change: Change) -> None:
    """Send the event and return when the gateway has accepted it; blocks.

    Raises:
        OtelKitError: it is not accepted, with what mends it.
    """
    try:
        answer = gateway.ask("POST", "/v1/logs", _request(change))
    except Unreachable as error:
        raise OtelKitError(f"the gateway {error}. {_MEND}") from None
    refused = answer.body.get("partialSuccess", {}) if isinstance(answer.body, dict) else {}
    if not answer.is_ok or int(refused.get("rejectedLogRecords", 0)):
        why = answer.told if not answer.is_ok else refused.get("errorMessage") or "the record is rejected"
        raise OtelKitError(f"the gateway {gateway.base} does not take the audit event: {why}. {_MEND}")


def _request(change: Change) -> dict[str, Any]:
    event, action = change.kind.value
    now = str(time.time_ns())
    is_failure = change.failure is not None
    record = {
        "timeUnixNano": now,
        "observedTimeUnixNano": now,
        "severityNumber": 13 if is_failure else 9,
        "severityText": "WARN" if is_failure else "INFO",
        "eventName": event,
        "body": {"stringValue": f"audit: {action} {change.silence.target}"},
        "attributes": _pairs({
            semconv.EVENT_NAME: event,
            semconv.EVENT_CATEGORY: "audit",
            semconv.RETENTION_TIER: "audit",
            semconv.EVENT_OUTCOME: "failure" if is_failure else None,
            semconv.USER_ID: change.author,
            semconv.AUDIT_ACTION: action,
            semconv.AUDIT_ACTOR_TYPE: "user",
            semconv.AUDIT_TARGET: change.silence.target,
            semconv.AUDIT_TARGET_TYPE: "alert",
            semconv.AUDIT_REASON: change.reason,
            semconv.ALERT_NAME: change.silence.fixed("alertname"),
            semconv.ALERT_SERVICE: change.silence.fixed("service_name"),
            semconv.ALERT_UNTIL: change.silence.ends.isoformat(timespec="seconds"),
            semconv.ALERT_SILENCE: change.silence.id or None,
            semconv.ALERT_REASON: change.failure,
        }),
    }  # fmt: skip
    resource = {"attributes": _pairs({semconv.SERVICE_NAME: SERVICE, semconv.SERVICE_VERSION: __version__})}
    scope = {"name": semconv.SCOPE_NAME, "version": __version__}
    return {"resourceLogs": [{"resource": resource, "scopeLogs": [{"scope": scope, "logRecords": [record]}]}]}


def _pairs(values: Mapping[str, str | None]) -> list[dict[str, Any]]:
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items() if value is not None]
