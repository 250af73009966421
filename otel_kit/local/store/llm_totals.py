"""Usage of language models, added up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from otel_kit.local.store.histograms import Bucket, quantile
from otel_kit.local.store.llm_calls import Sample

TOKENS = ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens")


@dataclass(slots=True)
class Totals:
    """What a number of calls used and cost."""

    calls: int = 0
    errors: int = 0
    tokens: Counter[str] = field(default_factory=Counter)
    cost: float | None = None
    unpriced: int = 0
    durations: Counter[Bucket] = field(default_factory=Counter)
    first_chunks: Counter[Bucket] = field(default_factory=Counter)

    def add(self, sample: Sample) -> None:
        """Add one sample."""
        self.calls += sample.calls
        self.errors += sample.errors
        # Plain loops: Counter.update costs four times as much for the one or two entries of a call.
        for name, count in sample.tokens.items():
            self.tokens[name] += count
        if sample.cost is not None:
            self.cost = (self.cost or 0.0) + sample.cost
        self.unpriced += sample.unpriced
        for bucket, count in sample.durations.items():
            self.durations[bucket] += count
        for bucket, count in sample.first_chunks.items():
            self.first_chunks[bucket] += count

    def course(self) -> dict[str, Any]:
        """Return what a chart over time shows."""
        return {
            "calls": self.calls,
            "errors": self.errors,
            "input_tokens": self.tokens["input_tokens"],
            "output_tokens": self.tokens["output_tokens"],
            "cost": self.cost,
            "p95_ms": _ms(quantile(self.durations, 0.95)),
        }

    def shown(self) -> dict[str, Any]:
        """Return all of it as the API shows it: costs in US dollars, times in milliseconds."""
        return {
            "calls": self.calls,
            "errors": self.errors,
            **{name: self.tokens[name] for name in TOKENS},
            "cost": self.cost,
            "unpriced": self.unpriced,
            "p50_ms": _ms(quantile(self.durations, 0.5)),
            "p95_ms": _ms(quantile(self.durations, 0.95)),
            "first_p50_ms": _ms(quantile(self.first_chunks, 0.5)),
            "first_p95_ms": _ms(quantile(self.first_chunks, 0.95)),
        }


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000
