"""A call of a model as the application asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from otel_kit import semconv
from otel_kit.events.llm.fields import short_text
from otel_kit.events.llm.prices import PriceTable, provider_name
from otel_kit.redaction.snapshot import text_of

UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Request:
    """What an application says about a call before it makes it. ``more`` are attributes of its own."""

    provider: str
    model: str | None
    operation: str
    feature: str | None = None
    tenant: str | None = None
    conversation_id: str | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def span_name(self) -> str:
        """The name of the span, as the conventions have it."""
        return f"{self.operation} {self.model}" if self.model else self.operation

    def attributes(self) -> dict[str, Any]:
        """Return what is known before the answer; None for what is not."""
        return {
            **self.more,
            semconv.GEN_AI_OPERATION_NAME: self.operation,
            semconv.GEN_AI_PROVIDER_NAME: self.provider,
            semconv.GEN_AI_REQUEST_MODEL: self.model,
            semconv.GEN_AI_REQUEST_MAX_TOKENS: self.max_tokens,
            semconv.GEN_AI_REQUEST_TEMPERATURE: self.temperature,
            semconv.GEN_AI_CONVERSATION_ID: self.conversation_id,
            semconv.FEATURE: self.feature,
            semconv.TENANT: self.tenant,
        }

    def is_in(self, prices: PriceTable) -> bool:
        """Whether the model has a price."""
        return prices.knows(self.provider, self.model)


def new_request(
    provider: Any, model: Any, operation: Any, attributes: Any, *, feature: Any, tenant: Any, **more: Any
) -> Request:
    """Return a request of what an application gave, whatever it is."""
    return Request(
        provider_name(short_text(provider) or UNKNOWN),
        short_text(model),
        short_text(operation) or UNKNOWN,
        feature=None if feature is None else text_of(feature),
        tenant=None if tenant is None else text_of(tenant),
        more=dict(attributes) if isinstance(attributes, Mapping) else {},
        **more,
    )
