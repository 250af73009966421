"""The performance summary: percentiles within the error that is promised, bounded, and of lately."""

from __future__ import annotations

import math
import random

import pytest

from otel_kit.metrics.routes import RELATIVE_ERROR, RouteSummary


@pytest.mark.parametrize(
    "durations",
    [
        [0.01],
        [0.001, 0.002, 5.0],
        [10 ** random.Random(7).uniform(-4, 3) for _ in range(1)] * 100,
        [random.Random(seed).lognormvariate(-3, 1.5) for seed in range(5000)],
        [10 ** random.Random(seed).uniform(-4.9, 3.9) for seed in range(5000)],
    ],
    ids=["one", "three", "equal", "as requests are", "of all sizes"],
)
def test_percentiles_are_right_within_two_percent(durations: list[float]) -> None:
    """Against the exact ones; count, mean, min and max are exact."""
    summary = RouteSummary()
    for number, seconds in enumerate(durations):
        summary.record("GET /", seconds, number % 10 == 0)

    figures = summary.summary().routes["GET /"]

    ordered = sorted(durations)
    assert (figures.count, figures.errors) == (len(durations), math.ceil(len(durations) / 10))
    assert (figures.min, figures.max) == (ordered[0], ordered[-1])
    assert figures.mean == pytest.approx(sum(durations) / len(durations))
    for share, found in ((0.5, figures.p50), (0.95, figures.p95), (0.99, figures.p99)):
        exact = ordered[math.ceil(share * len(ordered)) - 1]
        assert found == pytest.approx(exact, rel=RELATIVE_ERROR * 1.0001)


def test_routes_are_bounded() -> None:
    """What comes after two hundred shares one entry; nothing is lost from the count."""
    summary = RouteSummary()
    for number in range(5000):
        summary.record(f"GET /{number}", 0.1, False)

    routes = summary.summary().routes

    assert len(routes) <= 201
    assert sum(figures.count for figures in routes.values()) == 5000
    assert next(iter(routes)) == "_OTHER"  # the busiest first


def test_what_is_long_ago_does_not_count() -> None:
    """Five to ten minutes are kept, and the window says how long exactly."""
    now = [0.0]
    summary = RouteSummary(lambda: now[0])

    def counts() -> tuple[dict[str, int], float]:
        found = summary.summary()
        return {route: figures.count for route, figures in found.routes.items()}, found.window_s

    summary.record("a", 1.0, False)
    now[0] = 200.0
    assert counts() == ({"a": 1}, 200.0)
    now[0] = 310.0
    summary.record("b", 1.0, True)
    assert counts() == ({"a": 1, "b": 1}, 310.0)
    now[0] = 620.0
    assert counts() == ({"b": 1}, 310.0)
    now[0] = 5000.0
    assert counts() == ({}, 0.0)


@pytest.mark.parametrize("seconds", [0.0, -1.0, 1e-300, 1e300])
def test_odd_durations(seconds: float) -> None:
    """Clocks jump; nothing raises."""
    summary = RouteSummary()
    summary.record("a", seconds, False)
    assert summary.summary().routes["a"].count == 1


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -math.inf])
def test_what_is_no_duration(seconds: float) -> None:
    """It is left out."""
    summary = RouteSummary()
    summary.record("a", seconds, False)
    assert summary.summary().routes == {}
