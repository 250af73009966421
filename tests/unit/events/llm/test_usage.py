"""Usage figures of every provider's form become totals with their parts inside; what cannot be is left out."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any
from unittest.mock import MagicMock

import anthropic.types
import openai.types
import openai.types.completion_usage
import openai.types.responses
import openai.types.responses.response_usage as responses_usage
import pytest

from otel_kit.events.llm.tokens import Tokens
from otel_kit.events.llm.usage import amount_of, read_cost, read_usage

# Prompt 1000, of it 600 cached and 100 written to a cache; output 250, of it 200 for reasoning.
_ALL = Tokens(input=1000, output=250, cache_read=600, cache_creation=100, reasoning=200)


@pytest.mark.parametrize(
    ("form", "usage", "wanted"),
    [
        ("chat completions", {"prompt_tokens": 1000, "completion_tokens": 250, "total_tokens": 1250,
            "prompt_tokens_details": {"cached_tokens": 600, "cache_write_tokens": 100},
            "completion_tokens_details": {"reasoning_tokens": 200}}, _ALL),
        ("chat completions, the library's object", openai.types.CompletionUsage(
            prompt_tokens=1000, completion_tokens=250, total_tokens=1250,
            prompt_tokens_details=openai.types.completion_usage.PromptTokensDetails(
                cached_tokens=600, cache_write_tokens=100),
            completion_tokens_details=openai.types.completion_usage.CompletionTokensDetails(reasoning_tokens=200),
         ), _ALL),
        ("responses, the library's object", openai.types.responses.ResponseUsage(
            input_tokens=1000, output_tokens=250, total_tokens=1250,
            input_tokens_details=responses_usage.InputTokensDetails(cached_tokens=600, cache_write_tokens=100),
            output_tokens_details=responses_usage.OutputTokensDetails(reasoning_tokens=200),
         ), _ALL),
        ("embeddings", {"prompt_tokens": 8, "total_tokens": 8}, Tokens(input=8)),
        ("vLLM, nulls for details", {"prompt_tokens": 7, "completion_tokens": 3, "prompt_tokens_details": None},
            Tokens(input=7, output=3)),
        ("DeepSeek", {"prompt_tokens": 1000, "completion_tokens": 250, "prompt_cache_hit_tokens": 600,
            "prompt_cache_miss_tokens": 400, "completion_tokens_details": {"reasoning_tokens": 200}},
            Tokens(input=1000, output=250, cache_read=600, reasoning=200)),
        # Anthropic: 300 touched no cache, 600 were read, 100 written.
        ("messages", {"input_tokens": 300, "cache_read_input_tokens": 600, "cache_creation_input_tokens": 100,
            "output_tokens": 250, "output_tokens_details": {"thinking_tokens": 200}}, _ALL),
        ("messages, the library's object", anthropic.types.Usage(
            input_tokens=300, cache_read_input_tokens=600, cache_creation_input_tokens=100, output_tokens=250,
            output_tokens_details=anthropic.types.OutputTokensDetails(thinking_tokens=200)), _ALL),
        ("messages, lives of caches apart", {"input_tokens": 300, "cache_read_input_tokens": 600,
            "cache_creation": {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 70},
            "output_tokens": 250},
            Tokens(input=1000, output=250, cache_read=600, cache_creation=100, cache_creation_long=70)),
        ("messages without caches", {"input_tokens": 300, "output_tokens": 5, "cache_read_input_tokens": None},
            Tokens(input=300, output=5)),
        ("Converse", {"inputTokens": 300, "outputTokens": 250, "totalTokens": 1250, "cacheReadInputTokens": 600,
            "cacheWriteInputTokens": 100}, Tokens(input=1000, output=250, cache_read=600, cache_creation=100)),
        # Gemini: thoughts beside the 50 of the candidates, cached tokens within the prompt's, tools' results beside.
        ("Gemini", {"promptTokenCount": 900, "toolUsePromptTokenCount": 100, "cachedContentTokenCount": 600,
            "candidatesTokenCount": 50, "thoughtsTokenCount": 200, "totalTokenCount": 1250},
            Tokens(input=1000, output=250, cache_read=600, reasoning=200)),
        ("Gemini, the library's names", {"prompt_token_count": 10, "thoughts_token_count": 4, "total_token_count": 14},
            Tokens(input=10, output=4, reasoning=4)),
        ("Ollama", {"prompt_eval_count": 26, "eval_count": 298}, Tokens(input=26, output=298)),
    ],
)  # fmt: skip
def test_the_forms_of_all_providers_become_one(form: str, usage: Any, wanted: Tokens) -> None:
    """As the conventions count: cached tokens within the input, reasoning within the output."""
    refused: list[str] = []

    assert read_usage(usage, refused.append) == wanted, form
    assert refused == []


class _Trap:
    """Raises at whatever is asked of it."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name) if name.startswith("__") else RuntimeError("trap")

    def __index__(self) -> int:
        raise RuntimeError("trap")


@pytest.mark.parametrize(
    ("usage", "wanted", "reasons"),
    [
        ({"prompt_tokens": -1, "completion_tokens": 5}, Tokens(output=5), ["negative"]),
        ({"prompt_tokens": 10**12, "completion_tokens": 5}, Tokens(output=5), ["absurd"]),
        ({"prompt_tokens": 12.5, "completion_tokens": 5}, Tokens(output=5), ["not_a_number"]),
        ({"prompt_tokens": 12.0, "completion_tokens": 5}, Tokens(input=12, output=5), []),
        ({"prompt_tokens": "12", "completion_tokens": True}, Tokens(), ["not_a_number", "not_a_number"]),
        ({"prompt_tokens": float("nan"), "completion_tokens": float("inf")}, Tokens(), ["not_a_number"] * 2),
        ({"prompt_tokens": [], "completion_tokens": {}}, Tokens(), ["not_a_number"] * 2),
        ({"prompt_tokens": _Trap(), "completion_tokens": 5}, Tokens(output=5), ["not_a_number"]),
        # Parts that are more than the whole would make a negative rest.
        ({"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 11},
          "completion_tokens_details": {"reasoning_tokens": 6}}, Tokens(input=10, output=5), ["inconsistent"] * 2),
        ({"input_tokens": 10, "output_tokens": 5, "input_tokens_details": 7}, Tokens(input=10, output=5), []),
        (_Trap(), None, []),
        ({}, None, []),
        (None, None, []),
        ("42", None, []),
        ({"tokens": 42}, None, []),
    ],
)  # fmt: skip
def test_figures_that_cannot_be_are_kept_out(usage: Any, wanted: Tokens | None, reasons: list[str]) -> None:
    """And the others kept; nothing is raised."""
    refused: list[str] = []

    assert read_usage(usage, refused.append) == wanted
    assert refused == reasons


def test_a_mock_of_a_client_gives_no_figures() -> None:
    """Tests of applications have such: every attribute is there, can be used as a number, and means nothing."""
    refused: list[str] = []

    assert read_usage(MagicMock(), refused.append) == Tokens()
    assert set(refused) == {"not_a_number"}
    assert read_cost(MagicMock(), refused.append) is None


@pytest.mark.parametrize(
    ("usage", "wanted", "reasons"),
    [
        ({"cost": 0.0125}, Fraction(1, 80), []),
        ({"cost": 0}, Fraction(0), []),
        ({"cost": {"total_cost": 0.006, "currency": "USD"}}, Fraction(3, 500), []),
        ({"cost": -1}, None, ["negative"]),
        ({"cost": float("inf")}, None, ["not_a_number"]),
        ({"cost": 10**9}, None, ["absurd"]),
        ({"cost": "free"}, None, []),
        ({}, None, []),
        (_Trap(), None, []),
    ],
)
def test_a_cost_in_the_answer_is_taken(usage: Mapping[str, Any], wanted: Fraction | None, reasons: list[str]) -> None:
    """OpenRouter's credits are US dollars; Perplexity has a map."""
    refused: list[str] = []

    assert read_cost(usage, refused.append) == wanted
    assert refused == reasons


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (0.1, Fraction(1, 10)),
        (Decimal("0.1"), Fraction(1, 10)),
        (3, Fraction(3)),
        (True, None),
        ("1", None),
        (None, None),
    ],
)
def test_money_is_exact(value: Any, wanted: Fraction | None) -> None:
    """A tenth is a tenth."""
    assert amount_of(value, lambda _reason: None) == wanted
