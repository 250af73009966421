"""The metrics of LLM calls: the conventions' histograms, and cost, which they do not have."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from opentelemetry import metrics

from otel_kit import semconv
from otel_kit.events.llm.tokens import Tokens
from otel_kit.version import __version__

_MAX_UNPRICED: Final = 30
# The API's meter: without a kit it does nothing, with one its instruments are the kit's from then on.
_meter = metrics.get_meter(semconv.SCOPE_NAME, __version__, schema_url=semconv.SCHEMA_URL)
_tokens = _meter.create_histogram(
    semconv.GEN_AI_CLIENT_TOKEN_USAGE, unit="{token}", description="Number of input and output tokens used.",
    explicit_bucket_boundaries_advisory=semconv.GEN_AI_TOKEN_BOUNDARIES,
)  # fmt: skip
_duration = _meter.create_histogram(
    semconv.GEN_AI_CLIENT_OPERATION_DURATION, unit="s", description="GenAI operation duration.",
    explicit_bucket_boundaries_advisory=semconv.GEN_AI_DURATION_BOUNDARIES,
)  # fmt: skip
_first_chunk = _meter.create_histogram(
    semconv.GEN_AI_CLIENT_TIME_TO_FIRST_CHUNK, unit="s", description="Time to receive the first chunk of a stream.",
    explicit_bucket_boundaries_advisory=semconv.GEN_AI_DURATION_BOUNDARIES,
)  # fmt: skip
_parts = _meter.create_counter(
    semconv.LLM_TOKEN_PARTS,
    unit="{token}",
    description="Tokens read from or written to a cache, or spent on reasoning.",
)
_cost = _meter.create_counter(semconv.LLM_COST, unit="{USD}", description="Cost of LLM calls in US dollars.")
_unknown = _meter.create_counter(
    semconv.LLM_COST_UNKNOWN, unit="{call}", description="LLM calls of which nobody knows what they cost."
)
_faults = _meter.create_counter(
    semconv.LLM_USAGE_FAULTS, unit="{fault}", description="Figures of LLM calls that were missing or kept out."
)


class _Models:
    """Models that take a place among the series: those with a price, and the first that have answered.

    A name that a client makes up is refused by the provider and takes none, so that no honest one is pushed out.
    """

    def __init__(self) -> None:
        self._unpriced: set[str] = set()  # without a lock: threads that come at once may exceed the bound by a few

    def named(self, model: str | None, *, is_priced: bool, has_answered: bool) -> str | None:
        """Return the model's name for a metric, ``_OTHER`` beyond the bound."""
        if model is None or is_priced or model in self._unpriced:
            return model
        if has_answered and len(self._unpriced) < _MAX_UNPRICED:
            self._unpriced.add(model)
            return model
        return semconv.OTHER


_models = _Models()
name_of_model = _models.named


def record_tokens(tokens: Tokens, attributes: Mapping[str, Any]) -> None:
    """Record what is known of the tokens. Thread-safe."""
    for kind, count in (("input", tokens.input), ("output", tokens.output)):
        if count is not None:
            _tokens.record(count, {**attributes, semconv.GEN_AI_TOKEN_TYPE: kind})
    for part, count in (
        ("cache_read", tokens.cache_read),
        ("cache_creation", tokens.cache_creation),
        ("reasoning", tokens.reasoning),
    ):
        if count:
            _parts.add(count, {**attributes, semconv.LLM_TOKEN_PART: part})


def record_times(duration_s: float | None, first_chunk_s: float | None, attributes: Mapping[str, Any]) -> None:
    """Record how long a call took, and until its first chunk came. Thread-safe."""
    if duration_s is not None:
        _duration.record(duration_s, attributes)
    if first_chunk_s is not None:
        _first_chunk.record(first_chunk_s, attributes)


def record_cost(cost: Fraction | None, attributes: Mapping[str, Any]) -> None:
    """Add a cost in US dollars, or count that it is not known. Thread-safe."""
    if cost is None:
        _unknown.add(1, attributes)
    else:
        _cost.add(float(cost), attributes)


def count_usage_fault(reason: str, provider: str) -> None:
    """Count a figure that is missing or was kept out. Thread-safe."""
    _faults.add(1, {semconv.LLM_USAGE_FAULT_REASON: reason, semconv.GEN_AI_PROVIDER_NAME: provider})
