"""Calls of language models, as their events tell them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from otel_kit.local import jsontext
from otel_kit.local.filters import TimeRange
from otel_kit.local.store.histograms import Bucket
from otel_kit.semconv import (
    ERROR_TYPE,
    EVENT_LLM,
    FEATURE,
    GEN_AI_CLIENT_OPERATION_DURATION,
    GEN_AI_REQUEST_MODEL,
    GEN_AI_RESPONSE_MODEL,
    GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK,
    GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
    GEN_AI_USAGE_INPUT_TOKENS,
    GEN_AI_USAGE_OUTPUT_TOKENS,
    GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
    LLM_COST,
    TENANT,
)

_MOST_CALLS = 10_000
_LARGEST = 10**12
_CALLS = """
SELECT e.time, e.service, e.outcome, r.attributes FROM event e CROSS JOIN log r ON r.id = e.id
WHERE e.name = ? AND e.time BETWEEN ? AND ? AND (? IS NULL OR e.service = ?) ORDER BY e.time DESC, e.id DESC LIMIT ?
"""
_SERVICES = "SELECT DISTINCT service FROM event WHERE name = ? AND time BETWEEN ? AND ?"
_TOKENS = {
    "input_tokens": GEN_AI_USAGE_INPUT_TOKENS,
    "output_tokens": GEN_AI_USAGE_OUTPUT_TOKENS,
    "cached_tokens": GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
    "reasoning_tokens": GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One call, or what a metric adds up of several. ``time`` in nanoseconds, durations in seconds by bucket.

    ``cost`` is None if no price is known for any of it; ``unpriced`` counts the calls without one.
    """

    time: int
    labels: dict[str, str]
    calls: int = 0
    errors: int = 0
    tokens: dict[str, int] = field(default_factory=dict)
    cost: float | None = None
    unpriced: int = 0
    durations: Mapping[Bucket, int] = field(default_factory=dict)
    first_chunks: Mapping[Bucket, int] = field(default_factory=dict)


def calls_of_events(connection: sqlite3.Connection, service: str | None, times: TimeRange) -> tuple[list[Sample], bool]:
    """Return the newest calls of a time range, and whether there were more than are counted."""
    rows = connection.execute(_CALLS, (EVENT_LLM, times.start, times.end, service, service, _MOST_CALLS + 1)).fetchall()
    calls = [
        _call(time, of_service, outcome, jsontext.decode(said))
        for time, of_service, outcome, said in rows[:_MOST_CALLS]
    ]
    return calls, len(rows) > _MOST_CALLS


def services_with_events(connection: sqlite3.Connection, times: TimeRange) -> set[str]:
    """Return the services that sent such events in a time range."""
    return {row[0] for row in connection.execute(_SERVICES, (EVENT_LLM, times.start, times.end))}


def labels_of(said: dict[str, Any], service: str) -> dict[str, str]:
    """Return the dimensions of a call or of a series; empty where it does not say."""
    return {
        "model": str(said.get(GEN_AI_REQUEST_MODEL) or said.get(GEN_AI_RESPONSE_MODEL) or ""),
        "feature": str(said.get(FEATURE, "")),
        "tenant": str(said.get(TENANT, "")),
        "service": service,
    }


def _call(time: int, service: str, outcome: str, said: dict[str, Any]) -> Sample:
    cost = figure_of(said.get(LLM_COST))
    has_failed = ERROR_TYPE in said or outcome == "failure"
    tokens = {name: int(figure_of(said[key]) or 0) for name, key in _TOKENS.items() if key in said}
    return Sample(
        time,
        labels_of(said, service),
        calls=1,
        errors=int(has_failed),
        tokens=tokens,
        cost=cost,
        # A call that failed before it used anything has no cost to know.
        unpriced=int(cost is None and (not has_failed or any(tokens.values()))),
        durations=_exact(said.get(GEN_AI_CLIENT_OPERATION_DURATION)),
        first_chunks=_exact(said.get(GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK)),
    )


def _exact(seconds: Any) -> dict[Bucket, int]:
    value = figure_of(seconds)
    return {} if value is None else {(value, value): 1}


def figure_of(value: Any) -> float | None:
    """Return a figure that can be one: no text, nothing negative, nothing that sums cannot hold."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number and 0 <= value <= _LARGEST else None
