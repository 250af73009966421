"""``event.business`` and ``event.interaction``: what the application is for, and how people fare with it."""

from __future__ import annotations

import decimal
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from otel_kit import semconv
from otel_kit.events.checked import checked
from otel_kit.events.definitions import Outcome, Severity
from otel_kit.events.emission import emit
from otel_kit.events.outlet import outlet
from otel_kit.events.value_types import Between, plainer
from otel_kit.events.wording import sentence

Service = Literal[
    "chat", "speech_to_text", "text_to_speech", "translation", "search", "summary", "classification", "recommendation",
    "image", "agent", "other",
]  # fmt: skip
Consent = Literal["granted", "denied", "unknown"]


@checked(semconv.EVENT_BUSINESS, otherwise=None)
def business(  # noqa: PLR0913 - each is a field of the event
    name: str,
    *,
    outcome: Outcome = "success",
    entity: str | None = None,
    entity_id: str | int | None = None,
    amount: float | decimal.Decimal | None = None,
    currency: str | None = None,
    quantity: float | None = None,
    step: str | None = None,
    actor: str | None = None,
    session: str | None = None,
    tenant: str | None = None,
    reason: str | None = None,
    severity: Severity = "info",
    attributes: Mapping[str, Any] | None = None,
) -> None:
    """Emit something that matters to the business, such as an order; see ``define`` for events of one's own.

    Never blocks on I/O.

    Args:
        name: what happened, such as ``order.paid``.
        outcome: success, failure or unknown.
        entity: the kind of thing it happened to, such as ``order``.
        entity_id: which one.
        amount: how much money; a ``Decimal`` keeps its digits, as a text.
        currency: of the amount, ISO 4217.
        quantity: how many.
        step: how far along, such as ``checkout``.
        actor: who, ``user.id``.
        session: ``session.id``.
        tenant: the customer whose data it is.
        reason: why.
        severity: debug, info, warning, error or critical.
        attributes: anything else, under its full name.

    Raises:
        EventError: only when the kit is strict.
    """
    emit(
        semconv.EVENT_BUSINESS,
        category="business",
        severity=severity,
        outcome=outcome,
        body=sentence("business:", name, entity, outcome),
        attributes={
            semconv.BUSINESS_NAME: name,
            semconv.BUSINESS_ENTITY: entity,
            semconv.BUSINESS_ENTITY_ID: entity_id,
            semconv.BUSINESS_AMOUNT: plainer(amount),
            semconv.BUSINESS_CURRENCY: currency,
            semconv.BUSINESS_QUANTITY: quantity,
            semconv.BUSINESS_STEP: step,
            semconv.USER_ID: actor,
            semconv.SESSION_ID: session,
            semconv.TENANT: tenant,
            semconv.BUSINESS_REASON: reason,
            **(attributes or {}),
        },
    )


@checked(semconv.EVENT_INTERACTION, otherwise=None)
def interaction(  # noqa: PLR0913 - each is a field of the event
    service: Service,
    *,
    session: str | None,
    interaction_id: str | None = None,
    user: str | None = None,
    tenant: str | None = None,
    input_text: str | None = None,
    input_ref: str | None = None,
    input_length: int | None = None,
    reply_text: str | None = None,
    reply_ref: str | None = None,
    reply_length: int | None = None,
    cached: bool | None = None,
    intent: str | None = None,
    confidence: Annotated[float, Between(0, 1)] | None = None,
    success: bool | None = None,
    correction_of: str | None = None,
    consent: Consent = "unknown",
    latency_s: float | None = None,
    language: str | None = None,
    channel: str | None = None,
    model: str | None = None,
    error_type: str | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> None:
    """Emit one turn between a person and the application, tier ``interaction``. Never blocks on I/O.

    Texts are recorded redacted; with ``events.interaction_text`` off only their lengths are.

    Args:
        service: what served the person.
        session: the conversation, ``session.id``; None when there is none.
        interaction_id: this turn, for a later ``correction_of``.
        user: who, ``user.id``.
        tenant: the customer whose data it is.
        input_text: what the person said or wrote.
        input_ref: where that is kept instead, such as the key of a recording.
        input_length: its length in characters, else that of ``input_text``.
        reply_text: what was answered.
        reply_ref: where that is kept instead.
        reply_length: its length in characters, else that of ``reply_text``.
        cached: whether the reply came from a cache.
        intent: what the person wanted, as the application understood it.
        confidence: how sure it was of that, 0 to 1.
        success: whether the person got it; becomes ``event.outcome``.
        correction_of: the ``interaction_id`` of the turn that this one puts right.
        consent: whether the text may be used for training: granted, denied or unknown. It does not keep it from being
            recorded; it tells an export what to leave out.
        latency_s: from the input to the first of the reply, seconds.
        language: of the input, such as ``de-CH``.
        channel: how it came, such as ``web`` or ``phone``.
        model: what answered, ``gen_ai.request.model``.
        error_type: a class or a code, ``error.type``.
        attributes: anything else, under its full name.

    Raises:
        EventError: only when the kit is strict.
    """
    outcome = {True: "success", False: "failure"}.get(success, "unknown") if success is not None else "unknown"
    records_text = outlet().interaction_text
    emit(
        semconv.EVENT_INTERACTION,
        category="interaction",
        tier="interaction",
        severity="warning" if outcome == "failure" else "info",
        outcome=outcome,
        body=sentence("interaction:", service, intent, outcome),
        attributes={
            semconv.INTERACTION_SERVICE: service,
            semconv.SESSION_ID: session,
            semconv.INTERACTION_ID: interaction_id,
            semconv.USER_ID: user,
            semconv.TENANT: tenant,
            semconv.INTERACTION_INPUT_TEXT: input_text if records_text else None,
            semconv.INTERACTION_INPUT_REFERENCE: input_ref,
            semconv.INTERACTION_INPUT_LENGTH: _length(input_length, input_text),
            semconv.INTERACTION_REPLY_TEXT: reply_text if records_text else None,
            semconv.INTERACTION_REPLY_REFERENCE: reply_ref,
            semconv.INTERACTION_REPLY_LENGTH: _length(reply_length, reply_text),
            semconv.INTERACTION_CACHED: cached,
            semconv.INTERACTION_INTENT: intent,
            semconv.INTERACTION_CONFIDENCE: confidence,
            semconv.INTERACTION_CORRECTION_OF: correction_of,
            semconv.INTERACTION_CONSENT: consent,
            semconv.INTERACTION_LATENCY: latency_s,
            semconv.INTERACTION_LANGUAGE: language,
            semconv.INTERACTION_CHANNEL: channel,
            semconv.GEN_AI_REQUEST_MODEL: model,
            semconv.ERROR_TYPE: error_type,
            **(attributes or {}),
        },
    )


def _length(given: int | None, text: Any) -> int | None:
    return given if given is not None or not isinstance(text, str) else len(text)
