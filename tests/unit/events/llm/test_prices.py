"""Costs by tables worked out by hand, and the names under which a model is found."""

from __future__ import annotations

import decimal
from fractions import Fraction

import pytest

from otel_kit.events.llm.price_file import shipped_prices
from otel_kit.events.llm.prices import ModelPrice, PriceTable, ProviderPrices, Rates, provider_name
from otel_kit.events.llm.tokens import Tokens

# US dollars for a million tokens; so many tokens at that price are so many millionths of a dollar.
_RATES = Rates(Fraction(3), Fraction(15), Fraction("0.3"), Fraction("3.75"), Fraction(6))
_LONG = Rates(Fraction(6), Fraction("22.5"), Fraction("0.6"), Fraction("7.5"), Fraction(12))
_EMBEDDINGS = Rates(Fraction("0.02"))
_TABLE = PriceTable(
    "v1",
    {
        "maker": ProviderPrices(
            {
                "big": ModelPrice(_RATES, 200_000, _LONG),
                "big-mini": ModelPrice(Rates(Fraction("0.15"), Fraction("0.6"), Fraction("0.075"))),
                "big-2024-05-13": ModelPrice(Rates(Fraction(5), Fraction(15))),
                "embed": ModelPrice(_EMBEDDINGS),
            },
            {"flex": Fraction(1, 2)},
        )
    },
)


@pytest.mark.parametrize(
    ("model", "tier", "tokens", "micro_dollars"),
    [
        ("big", None, Tokens(1000, 100), "4500"),  # 1000 * 3 + 100 * 15
        ("big", None, Tokens(0, 0), "0"),
        # Of 1000: 600 read at 0.30, 100 written at 3.75, 300 at 3: 180 + 375 + 900; and 250 * 15 = 3750.
        ("big", None, Tokens(1000, 250, 600, 100, reasoning=200), "5205"),
        # The same with 70 of the 100 written for an hour at 6: 180 + 30 * 3.75 + 70 * 6 + 900 + 3750.
        ("big", None, Tokens(1000, 250, 600, 100, 70), "5362.5"),
        ("big", None, Tokens(200_000, 0), "600000"),  # not yet long
        ("big", None, Tokens(200_001, 10), "1200231"),  # all of it: 200001 * 6 + 10 * 22.5
        ("big", None, Tokens(300_000, 0, 300_000), "180000"),  # read from a cache counts to the length: 300000 * 0.6
        ("big-mini", None, Tokens(1_000_000, 1_000_000), "750000"),
        ("big-mini", None, Tokens(1000, 0, 400, 100), "120"),  # no price for writing: 600 * 0.15 + 400 * 0.075
        ("big-mini", None, Tokens(1, 0), "0.15"),
        ("embed", None, Tokens(input=8), "0.16"),
        ("embed", None, Tokens(8, 0), "0.16"),
        ("big", "standard", Tokens(1000, 100), "4500"),
        ("big", "flex", Tokens(1000, 100), "2250"),
        ("big", "priority", Tokens(1000, 100), None),
        ("big", None, Tokens(1000), None),  # what was put out is not known
        ("big", None, Tokens(output=1000), None),
        ("embed", None, Tokens(8, 5), None),  # puts out tokens that nobody knows a price of
        ("huge", None, Tokens(1, 1), None),
        (None, None, Tokens(1, 1), None),
    ],
)
def test_costs_are_what_was_worked_out_by_hand(
    model: str | None, tier: str | None, tokens: Tokens, micro_dollars: str | None
) -> None:
    """No token is counted twice; what is not known has no cost."""
    cost = _TABLE.cost("maker", model, tokens, tier)

    assert cost == (None if micro_dollars is None else Fraction(micro_dollars) / 1_000_000)


def test_sums_are_exact_whatever_an_application_does_to_its_decimals() -> None:
    """A thousand calls at 0.15 are 150 millionths, and no rounding of three digits."""
    with decimal.localcontext(decimal.Context(prec=3)):
        cost = sum((_TABLE.cost("maker", "big-mini", Tokens(1, 0)) or Fraction(0) for _ in range(1000)), Fraction(0))

    assert float(cost) == 0.00015


@pytest.mark.parametrize(
    ("name", "input_price"),
    [
        ("big", "3"),
        ("BIG", "3"),
        ("big-20250929", "3"),
        ("big-0613", "3"),
        ("big-001", "3"),
        ("big@20250929", "3"),
        ("big-latest", "3"),
        ("maker/big", "3"),
        ("models/big", "3"),
        ("big-2024-05-13", "5"),  # it has a price of its own
        ("big-mini", "0.15"),
        ("big-mini-2024-07-18", "0.15"),  # the longest name, and not a release of "big"
        ("big-audio", None),
        ("big-mini-audio-preview", None),
        ("big-5", None),
        ("bigger", None),
        ("ft:big:acme::1", None),
        ("", None),
        ("b" * 256, None),
    ],
)
def test_a_model_is_found_by_its_name_and_its_releases(name: str, input_price: str | None) -> None:
    """Never by a beginning alone: another model may cost ten times as much."""
    price = _TABLE.providers["maker"].price_of(name)

    assert (price.rates.input if price else None) == (None if input_price is None else Fraction(input_price))


@pytest.mark.parametrize(
    ("provider", "model", "tokens", "dollars"),
    [
        ("openai", "gpt-4o-mini-2024-07-18", Tokens(1000, 100, 400), 0.00018),
        ("openai", "text-embedding-3-small", Tokens(input=1000), 0.00002),
        ("anthropic", "claude-sonnet-4-5-20250929", Tokens(1000, 100, 600, 100), 0.0029550),
        ("anthropic", "claude-opus-4-20250514", Tokens(1000, 100), 0.0225),
        ("anthropic", "claude-opus-4-5", Tokens(1000, 100), 0.0075),
        ("gcp.gemini", "models/gemini-2.5-flash", Tokens(1000, 100), 0.00055),
    ],
)
def test_shipped_prices(provider: str, model: str, tokens: Tokens, dollars: float) -> None:
    """The table that comes with the kit, by hand from the providers' lists."""
    cost = shipped_prices().cost(provider, model, tokens)

    assert cost is not None
    assert float(cost) == pytest.approx(dollars, abs=1e-12)


def test_people_name_providers_as_they_like() -> None:
    """The conventions' names count."""
    names = {"OpenAI": "openai", "azure": "azure.ai.openai", "gemini": "gcp.gemini", "bedrock": "aws.bedrock"}

    assert {given: provider_name(given) for given in names} == names
