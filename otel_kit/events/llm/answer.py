"""What one answer of a model says about itself, gathered at once or chunk by chunk."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from otel_kit.events.llm.content import Conversation
from otel_kit.events.llm.tokens import NO_TOKENS, Tokens

_MAX_TOOLS: Final = 64
_MAX_REASONS: Final = 16
_MAX_FAULTS: Final = 32


@dataclass(slots=True)
class Answer:
    """Fields are None or empty while the answer has not said.

    ``usage_seen`` tells that figures came, ``shape_seen`` that its form is known, ``complete`` that its last figures
    are here, ``texts_seen`` that pieces of text came, as the libraries' own streams of nothing but texts give them.
    ``output`` takes what was answered, where content is recorded at all.
    """

    output: Conversation | None = None
    tokens: Tokens = NO_TOKENS
    cost: Fraction | None = None
    model: str | None = None
    id: str | None = None
    service_tier: str | None = None
    finish_reasons: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    faults: list[str] = field(default_factory=list)
    raw_usage: dict[str, Any] = field(default_factory=dict)
    shape_seen: bool = False
    usage_seen: bool = False
    complete: bool = False
    texts_seen: bool = False

    @property
    def is_only_texts(self) -> bool:
        """Whether this was a stream of texts: it says nothing of usage, somebody else does."""
        return self.texts_seen and not self.shape_seen

    def refuse(self, reason: str) -> None:
        """Note why something was kept out."""
        if len(self.faults) < _MAX_FAULTS:
            self.faults.append(reason)

    def finish(self, reason: str | None) -> None:
        """Note why the model stopped."""
        if reason is not None and len(self.finish_reasons) < _MAX_REASONS:
            self.finish_reasons = (*self.finish_reasons, reason)

    def tool(self, name: str | None) -> None:
        """Note a call of a tool that the model asks for."""
        if name is not None and len(self.tools) < _MAX_TOOLS:
            self.tools = (*self.tools, name)

    def take(self, tokens: Tokens, cost: Fraction | None, model: str | None) -> None:
        """Take figures that the application itself has; those that it does not give stay."""
        self.tokens = self.tokens.merged(tokens).consistent(self.refuse)
        self.cost = self.cost if cost is None else cost
        self.model = model or self.model
        self.usage_seen = self.complete = self.usage_seen or self.tokens != NO_TOKENS
        self.shape_seen = True
