"""What tokens cost: prices by provider and model, looked up by name, multiplied exactly.

Prices are US dollars for a million tokens. Money is a ``Fraction`` until it leaves: sums are exact, whatever precision
an application has set for its own decimals.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from otel_kit.events.llm.tokens import Tokens

_MILLION: Final = 1_000_000
# What is appended to a model's name for a dated or numbered release of the same model at the same price.
_RELEASE: Final = re.compile(r"(?:[-@](?:\d{4}-\d{2}-\d{2}|\d{8}|\d{4}|\d{3}|latest))?(?:-v\d+:\d+)?")
_STANDARD_TIERS: Final = frozenset({"standard", "default", "auto", "on_demand"})
# How people call providers -> how the conventions do.
_PROVIDERS: Final[Mapping[str, str]] = {
    "azure": "azure.ai.openai",
    "azure_openai": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "gemini": "gcp.gemini",
    "google": "gcp.gemini",
    "mistral": "mistral_ai",
    "vertex": "gcp.vertex_ai",
    "vertex_ai": "gcp.vertex_ai",
    "xai": "x_ai",
}


@dataclass(frozen=True, slots=True)
class Rates:
    """US dollars for a million tokens. ``cached_input`` and the cache writes cost what input does where they are None.

    ``output`` is None for models that put out no tokens, such as those of embeddings.
    """

    input: Fraction
    output: Fraction | None = None
    cached_input: Fraction | None = None
    cache_write: Fraction | None = None
    cache_write_1h: Fraction | None = None

    def cost(self, tokens: Tokens) -> Fraction | None:
        """Return US dollars, each token counted once; None when a figure or a price is missing."""
        if tokens.input is None:
            return None
        if (tokens.output is None and self.output is not None) or (tokens.output and self.output is None):
            return None
        long = tokens.cache_creation_long or 0
        written = (tokens.cache_creation or 0) - long
        read = tokens.cache_read or 0
        write_rate = _first(self.cache_write, self.input)
        return (
            (tokens.input - read - written - long) * self.input
            + read * _first(self.cached_input, self.input)
            + written * write_rate
            + long * _first(self.cache_write_1h, write_rate)
            + (tokens.output or 0) * _first(self.output, Fraction(0))
        ) / _MILLION


@dataclass(frozen=True, slots=True)
class ModelPrice:
    """The rates of a model; ``long_rates`` for all tokens of a call whose input is larger than ``long_above``."""

    rates: Rates
    long_above: int | None = None
    long_rates: Rates | None = None

    def cost(self, tokens: Tokens) -> Fraction | None:
        """Return US dollars; None when they cannot be known."""
        if self.long_above is not None and self.long_rates is not None and (tokens.input or 0) > self.long_above:
            return self.long_rates.cost(tokens)
        return self.rates.cost(tokens)


@dataclass(frozen=True, slots=True)
class ProviderPrices:
    """Models by name, in lower case. ``tiers``: what a service tier other than the standard one multiplies by."""

    models: Mapping[str, ModelPrice] = field(default_factory=dict)
    tiers: Mapping[str, Fraction] = field(default_factory=dict)

    def price_of(self, model: str) -> ModelPrice | None:
        """Return the price of a model by its name or by the name of one of its releases; the longest name counts."""
        for name in _names_of(model):
            if name in self.models:
                return self.models[name]
            for end in range(len(name) - 1, 0, -1):
                known = self.models.get(name[:end])
                if known is not None and _RELEASE.fullmatch(name[end:]):
                    return known
        return None


@dataclass(frozen=True, slots=True)
class PriceTable:
    """All prices of one version."""

    version: str
    providers: Mapping[str, ProviderPrices] = field(default_factory=dict)

    def cost(self, provider: str, model: str | None, tokens: Tokens, tier: str | None = None) -> Fraction | None:
        """Return the US dollars of one answer; None when the model, its tier or a figure is not known."""
        prices = self.providers.get(provider)
        price = prices.price_of(model) if prices is not None and model else None
        if prices is None or price is None:
            return None
        cost = price.cost(tokens)
        if cost is None or tier is None or tier in _STANDARD_TIERS:
            return cost
        factor = prices.tiers.get(tier)
        return None if factor is None else cost * factor

    def knows(self, provider: str, model: str | None) -> bool:
        """Whether there is a price for the model."""
        prices = self.providers.get(provider)
        return prices is not None and model is not None and prices.price_of(model) is not None

    def with_own(self, own: PriceTable) -> PriceTable:
        """Return this table with ``own`` before it; its version names both."""
        providers = dict(self.providers)
        for name, prices in own.providers.items():
            shipped = providers.get(name, ProviderPrices())
            providers[name] = ProviderPrices({**shipped.models, **prices.models}, {**shipped.tiers, **prices.tiers})
        return PriceTable(f"{self.version}+{own.version}", providers)


def provider_name(provider: str) -> str:
    """Return the conventions' name of a provider."""
    name = provider.strip().lower()
    return _PROVIDERS.get(name, name)


def _names_of(model: str) -> tuple[str, ...]:
    """Return the names that a model may be listed under: as it is, without path, without region and vendor."""
    name = model.strip().lower()
    bare = name.rsplit("/", 1)[-1]
    return (name, bare, bare.rsplit(".", 1)[-1]) if ".anthropic." in f".{bare}" else (name, bare)


def _first(rate: Fraction | None, otherwise: Fraction) -> Fraction:
    return otherwise if rate is None else rate
