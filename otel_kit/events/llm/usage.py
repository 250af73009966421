"""The usage figures of each provider's answers, normalised.

What holds what differs: OpenAI and Gemini count cached tokens within the prompt's, Anthropic and Bedrock beside them;
OpenAI and Anthropic count reasoning within the output's tokens, Gemini beside them.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from numbers import Real
from typing import Any, Final

from otel_kit.events.llm.fields import field
from otel_kit.events.llm.tokens import ABSURD, NEGATIVE, NOT_A_NUMBER, Refuse, Tokens, count_of

_MAX_AMOUNT: Final = 1_000_000  # US dollars, or seconds, of one call


def read_usage(usage: Any, refuse: Refuse) -> Tokens | None:
    """Return what ``usage`` says; None when its form is not known. Figures that cannot be are left out."""
    if field(usage, "prompt_tokens", "completion_tokens") is not None:
        tokens = _chat_completions(usage, refuse)
    elif field(usage, "input_tokens", "output_tokens") is not None:
        tokens = _messages(usage, refuse) if _counts_cached_beside(usage) else _responses(usage, refuse)
    elif field(usage, "inputTokens", "outputTokens") is not None:
        tokens = _bedrock(usage, refuse)
    elif _gemini_field(usage, "promptTokenCount", "candidatesTokenCount", "totalTokenCount") is not None:
        tokens = _gemini(usage, refuse)
    elif field(usage, "prompt_eval_count", "eval_count") is not None:
        tokens = Tokens(
            count_of(field(usage, "prompt_eval_count"), refuse), count_of(field(usage, "eval_count"), refuse)
        )
    else:
        return None
    return tokens.consistent(refuse)


def read_cost(usage: Any, refuse: Refuse) -> Fraction | None:
    """Return the US dollars that the answer itself names, as OpenRouter and Perplexity do; None if it names none."""
    cost = field(usage, "cost")
    return amount_of(field(cost, "total_cost") if not isinstance(cost, Real) else cost, refuse)


def amount_of(value: Any, refuse: Refuse) -> Fraction | None:
    """Return an amount from 0 up to a million; None for nothing and, counted, for what cannot be one."""
    if value is None:
        return None
    if type(value) is bool:
        refuse(NOT_A_NUMBER)
        return None
    try:
        # By way of its shortest decimal text: 0.1 is a tenth, and not the float next to it.
        if isinstance(value, float):
            amount = Fraction(repr(float(value)))
        elif isinstance(value, Real | Decimal):
            amount = Fraction(str(value))
        else:
            refuse(NOT_A_NUMBER)
            return None
    except (ValueError, ArithmeticError):  # not finite
        refuse(NOT_A_NUMBER)
        return None
    if amount < 0:
        refuse(NEGATIVE)
        return None
    if amount > _MAX_AMOUNT:
        refuse(ABSURD)
        return None
    return amount


def _chat_completions(usage: Any, refuse: Refuse) -> Tokens:
    """OpenAI's chat completions, completions and embeddings, and the many that speak like them."""
    details = field(usage, "prompt_tokens_details")
    cached = field(details, "cached_tokens")
    if cached is None:  # DeepSeek; LiteLLM in front of Anthropic
        cached = field(usage, "prompt_cache_hit_tokens", "cache_read_input_tokens")
    written = field(details, "cache_write_tokens")
    if written is None:
        written = field(usage, "cache_creation_input_tokens")
    return Tokens(
        input=count_of(field(usage, "prompt_tokens"), refuse),
        output=count_of(field(usage, "completion_tokens"), refuse),
        cache_read=count_of(cached, refuse),
        cache_creation=count_of(written, refuse),
        reasoning=count_of(field(field(usage, "completion_tokens_details"), "reasoning_tokens"), refuse),
    )


def _responses(usage: Any, refuse: Refuse) -> Tokens:
    """OpenAI's responses."""
    details = field(usage, "input_tokens_details")
    return Tokens(
        input=count_of(field(usage, "input_tokens"), refuse),
        output=count_of(field(usage, "output_tokens"), refuse),
        cache_read=count_of(field(details, "cached_tokens"), refuse),
        cache_creation=count_of(field(details, "cache_write_tokens"), refuse),
        reasoning=count_of(field(field(usage, "output_tokens_details"), "reasoning_tokens", "thinking_tokens"), refuse),
    )


def _counts_cached_beside(usage: Any) -> bool:
    return field(usage, "cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation") is not None


def _messages(usage: Any, refuse: Refuse) -> Tokens:
    """Anthropic's messages: ``input_tokens`` are only those that touched no cache."""
    read = count_of(field(usage, "cache_read_input_tokens"), refuse)
    lives = field(usage, "cache_creation")
    long = count_of(field(lives, "ephemeral_1h_input_tokens"), refuse)
    short = count_of(field(lives, "ephemeral_5m_input_tokens"), refuse)
    written = count_of(field(usage, "cache_creation_input_tokens"), refuse)
    if written is None and (long is not None or short is not None):
        written = (long or 0) + (short or 0)
    return Tokens(
        input=_with(count_of(field(usage, "input_tokens"), refuse), read, written),
        output=count_of(field(usage, "output_tokens"), refuse),
        cache_read=read,
        cache_creation=written,
        cache_creation_long=long,
        reasoning=count_of(field(field(usage, "output_tokens_details"), "thinking_tokens", "reasoning_tokens"), refuse),
    )


def _bedrock(usage: Any, refuse: Refuse) -> Tokens:
    """Bedrock's Converse: cached tokens are beside the input's."""
    read = count_of(field(usage, "cacheReadInputTokens"), refuse)
    written = count_of(field(usage, "cacheWriteInputTokens"), refuse)
    return Tokens(
        input=_with(count_of(field(usage, "inputTokens"), refuse), read, written),
        output=count_of(field(usage, "outputTokens"), refuse),
        cache_read=read,
        cache_creation=written,
    )


def _gemini(usage: Any, refuse: Refuse) -> Tokens:
    """Gemini's usageMetadata: thoughts are beside the candidates' tokens, results of tools beside the prompt's."""
    thoughts = count_of(_gemini_field(usage, "thoughtsTokenCount"), refuse)
    candidates = count_of(_gemini_field(usage, "candidatesTokenCount"), refuse)
    tools = count_of(_gemini_field(usage, "toolUsePromptTokenCount"), refuse)
    return Tokens(
        input=_with(count_of(_gemini_field(usage, "promptTokenCount"), refuse), tools),
        output=thoughts if candidates is None else _with(candidates, thoughts),
        cache_read=count_of(_gemini_field(usage, "cachedContentTokenCount"), refuse),
        reasoning=thoughts,
    )


def _gemini_field(usage: Any, *names: str) -> Any:
    """Return a field under its name in JSON, or as Google's library for Python writes it."""
    for name in names:
        found = field(usage, name, "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name))
        if found is not None:
            return found
    return None


def _with(part: int | None, *more: int | None) -> int | None:
    """Return the total of what is counted apart; unknown as long as ``part`` is."""
    return None if part is None else part + sum(figure or 0 for figure in more)
