"""``event.security``: what concerns who may do what, and attempts at what nobody may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from otel_kit import semconv
from otel_kit.events.checked import checked
from otel_kit.events.definitions import Outcome
from otel_kit.events.emission import emit
from otel_kit.events.wording import sentence

SecurityKind = Literal[
    "authentication", "authorization", "credential_change", "privilege_change", "session", "rate_limit",
    "input_validation", "injection", "data_access", "data_export", "configuration", "encryption", "intrusion",
    "malware", "anomaly", "other",
]  # fmt: skip
AlertSeverity = Literal["info", "low", "medium", "high", "critical"]


@checked(semconv.EVENT_SECURITY, otherwise=None)
def security(  # noqa: PLR0913 - each is a field of the event
    kind: SecurityKind,
    *,
    outcome: Outcome,
    severity: AlertSeverity = "medium",
    actor: str | None = None,
    source_address: str | None = None,
    user_agent: str | None = None,
    session: str | None = None,
    tenant: str | None = None,
    target: str | None = None,
    method: str | None = None,
    reason: str | None = None,
    attempts: int | None = None,
    blocked: bool | None = None,
    error_type: str | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> None:
    """Emit a security event, tier ``security``. Never blocks on I/O.

    Args:
        kind: what it is about.
        outcome: whether the attempt succeeded: success, failure or unknown.
        severity: info, low, medium, high or critical.
        actor: who tried, ``user.id``.
        source_address: where from, ``client.address``.
        user_agent: with what, ``user_agent.original``.
        session: ``session.id``.
        tenant: the customer whose data it is.
        target: what it was aimed at.
        method: how, such as ``password``, ``oidc`` or ``api-key``.
        reason: why it was decided so.
        attempts: how many times by now.
        blocked: whether it was stopped.
        error_type: a class or a code, ``error.type``.
        attributes: anything else, under its full name.

    Raises:
        EventError: only when the kit is strict.
    """
    emit(
        semconv.EVENT_SECURITY,
        category="security",
        tier="security",
        severity=severity,
        outcome=outcome,
        body=sentence("security:", kind, method, target, outcome),
        attributes={
            semconv.SECURITY_KIND: kind,
            semconv.SECURITY_SEVERITY: severity,
            semconv.USER_ID: actor,
            semconv.CLIENT_ADDRESS: source_address,
            semconv.USER_AGENT_ORIGINAL: user_agent,
            semconv.SESSION_ID: session,
            semconv.TENANT: tenant,
            semconv.SECURITY_TARGET: target,
            semconv.SECURITY_METHOD: method,
            semconv.SECURITY_REASON: reason,
            semconv.SECURITY_ATTEMPTS: attempts,
            semconv.SECURITY_BLOCKED: blocked,
            semconv.ERROR_TYPE: error_type,
            **(attributes or {}),
        },
    )
