"""Price files: the shipped one, and one of a user's own in the same form. Faults name the file and the line.

version: "2026-11-21"          any text: it stands on each event whose cost it gave
currency: USD                  the only one possible
providers:
  openai:                      the conventions' name of the provider
    source: https://...        where the prices stand, for people
    like: anthropic            take all models of another provider too
    tiers: {flex: 0.5}         what a service tier multiplies by
    models:
      gpt-4o-mini:             US dollars for a million tokens
        input: 0.15
        cached_input: 0.075
        cache_write: 0.15
        cache_write_1h: 0.15
        output: 0.60
        aliases: [mini]
        long_context: {above: 272000, input: 0.30, output: 0.90}
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from importlib import resources
from pathlib import Path
from typing import Any, Final

from otel_kit.errors import ConfigError, Fault, nearest
from otel_kit.events.llm.prices import ModelPrice, PriceTable, ProviderPrices, Rates, provider_name
from otel_kit.settings.document import Document, parse_document, read_document

_FILE: Final = ("version", "currency", "providers")
_PROVIDER: Final = ("source", "like", "tiers", "models")
_RATES: Final = ("input", "output", "cached_input", "cache_write", "cache_write_1h")
_MODEL: Final = (*_RATES, "aliases", "long_context")
_LONG: Final = (*_RATES, "above")
_MAX_PRICE: Final = 100_000  # US dollars for a million tokens; the dearest model costs some hundreds
_MAX_LENGTH: Final = 128
_NUMBER: Final = f"US dollars for a million tokens, 0 to {_MAX_PRICE}, are needed"


@functools.cache
def shipped_prices() -> PriceTable:
    """Return the prices that came with the kit. Reads a file of the package once, some milliseconds."""
    text = resources.files("otel_kit.events.llm").joinpath("prices.yaml").read_text(encoding="utf-8")
    return _Reader(parse_document(text, "prices.yaml")).table()


def own_prices(path: Path, shipped: PriceTable) -> PriceTable:
    """Return ``shipped`` with the prices of a user's file before them.

    Raises:
        ConfigError: it cannot be read, or has faults: all of them, each with its line.
    """
    faults: list[Fault] = []
    document = read_document(path, faults)
    reader = _Reader(document, shipped, faults)
    return shipped.with_own(reader.table())


class _Reader:
    def __init__(self, document: Document, shipped: PriceTable | None = None, faults: list[Fault] | None = None):
        self._document = document
        self._shipped = shipped
        self._faults = [] if faults is None else faults

    def table(self) -> PriceTable:
        """Return the prices of the document.

        Raises:
            ConfigError: it has faults.
        """
        data = self._document.data
        if not isinstance(data, Mapping):
            self._fault((), "is no price file", f"a map with {', '.join(_FILE)} is needed")
            raise ConfigError(self._faults)
        self._known_keys((), data, _FILE)
        version = data.get("version")
        if isinstance(version, datetime.date):
            version = version.isoformat()
        if not isinstance(version, str) or not 0 < len(version) <= _MAX_LENGTH:
            self._fault(("version",), "has no version", "a text such as the date of the prices is needed")
            version = ""
        if data.get("currency", "USD") != "USD":
            self._fault(("currency",), "names another currency", "USD is needed: costs are US dollars everywhere")
        given = data.get("providers")
        if not isinstance(given, Mapping) or not given:
            self._fault(("providers",), "names no providers", "a map of provider to its models is needed")
            given = {}
        providers = {provider_name(name): self._provider(name, value) for name, value in given.items()}
        if self._faults:
            raise ConfigError(self._faults)
        return PriceTable(version, providers)

    def _provider(self, name: str, data: Any) -> ProviderPrices:
        path = ("providers", name)
        if not isinstance(data, Mapping):
            self._fault(path, f"provider {name} is no map", f"one of {', '.join(_PROVIDER)} is needed")
            return ProviderPrices()
        self._known_keys(path, data, _PROVIDER)
        base = self._like((*path, "like"), data.get("like"))
        tiers = dict(base.tiers)
        for tier, factor in self._map((*path, "tiers"), data.get("tiers")).items():
            tiers[tier.lower()] = self._price((*path, "tiers", tier), factor) or Fraction(0)
        models = dict(base.models)
        for model, price in self._map((*path, "models"), data.get("models")).items():
            known = self._model((*path, "models", model), price)
            if known is not None:
                models.update({one.lower(): known for one in (model, *self._aliases((*path, "models", model), price))})
        return ProviderPrices(models, tiers)

    def _like(self, path: tuple[str, ...], name: Any) -> ProviderPrices:
        if name is None:
            return ProviderPrices()
        known = self._shipped.providers if self._shipped is not None else {}
        found = known.get(provider_name(name)) if isinstance(name, str) else None
        if found is None:
            self._fault(path, "is like no provider that is known", f"one of {', '.join(sorted(known))} is needed")
            return ProviderPrices()
        return found

    def _model(self, path: tuple[str, ...], data: Any) -> ModelPrice | None:
        if not isinstance(data, Mapping):
            self._fault(path, f"{path[-1]} has no prices", f"a map with {', '.join(_RATES)} is needed")
            return None
        self._known_keys(path, data, _MODEL)
        if "input" not in data:
            self._fault(path, f"{path[-1]} has no price for input", _NUMBER)
            return None
        rates = self._rates(path, data, Rates(Fraction(0)))
        long = data.get("long_context")
        if long is None:
            return ModelPrice(rates)
        inner = (*path, "long_context")
        if not isinstance(long, Mapping):
            self._fault(inner, "is no map", f"one with {', '.join(_LONG)} is needed")
            return None
        self._known_keys(inner, long, _LONG)
        above = long.get("above")
        if type(above) is not int or above <= 0:
            self._fault((*inner, "above"), "has no limit", "a number of input tokens is needed")
            return None
        return ModelPrice(rates, above, self._rates(inner, long, rates))

    def _rates(self, path: tuple[str, ...], data: Mapping[str, Any], base: Rates) -> Rates:
        given = {name: self._price((*path, name), data[name]) for name in _RATES if data.get(name) is not None}
        return replace(base, **{name: rate for name, rate in given.items() if rate is not None})

    def _price(self, path: tuple[str, ...], value: Any) -> Fraction | None:
        if type(value) in (int, float) and 0 <= value <= _MAX_PRICE:  # false for what is no number
            return Fraction(repr(value))
        self._fault(path, f"{path[-1]} cannot be used", _NUMBER)
        return None

    def _aliases(self, path: tuple[str, ...], data: Any) -> tuple[str, ...]:
        aliases = data.get("aliases")
        if aliases is None:
            return ()
        if not isinstance(aliases, list) or not all(isinstance(alias, str) and alias for alias in aliases):
            self._fault((*path, "aliases"), "aliases cannot be used", "a list of names is needed")
            return ()
        return tuple(aliases)

    def _map(self, path: tuple[str, ...], value: Any) -> Mapping[str, Any]:
        if value is None or isinstance(value, Mapping):
            return value or {}
        self._fault(path, f"{path[-1]} is no map", "names with a colon are needed")
        return {}

    def _known_keys(self, path: tuple[str, ...], data: Mapping[str, Any], known: tuple[str, ...]) -> None:
        for key in data:
            if key not in known:
                near = nearest(key, known)
                mend = f"Did you mean {near}?" if near else ""
                self._fault((*path, key), f"has the key {key}, which is unknown", f"known: {', '.join(known)}", mend)

    def _fault(self, path: tuple[str, ...], what: str, wanted: str = "", mend: str = "") -> None:
        self._faults.append(Fault(self._document.where(*path), what, wanted, mend.rstrip(".")))
