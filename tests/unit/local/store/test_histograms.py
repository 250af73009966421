"""Quantiles and differences of histograms, against values worked out by hand."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_kit.local.store.histograms import Histogram, parse, quantile
from otel_kit.local.store.speed import quantile_ms, speed

INF = math.inf


@pytest.mark.parametrize(
    ("buckets", "q", "expected"),
    [
        ({}, 0.5, None),
        ({(-INF, 10): 10}, 0.5, 5.0),
        ({(-INF, 0): 10}, 0.5, 0.0),
        ({(-INF, -5): 10}, 0.5, -5.0),
        ({(10, 20): 10}, 0.9, 19.0),
        ({(-INF, 10): 5, (10, 20): 5}, 0.5, 10.0),
        ({(-INF, 10): 5, (20, INF): 5}, 0.9, 20),
        ({(-INF, INF): 5}, 0.5, None),
    ],
)
def test_quantiles_are_those_of_prometheus(buckets: dict[tuple[float, float], int], q: float, expected: float) -> None:
    """Linear within a bucket, the lower bound in the open one."""
    assert quantile(Counter(buckets), q) == expected


def test_an_exponential_histogram_has_the_bounds_of_the_data_model() -> None:
    """Index 0 at scale 0 is (1, 2]; negative values mirror; zero is by itself."""
    shown = parse(
        {"scale": 0, "zero_count": 3, "zero_threshold": 0, "positive": [1, [5]], "negative": [0, [7]]}
    ).buckets()

    assert shown == {(2.0, 4.0): 5, (-2.0, -1.0): 7, (0.0, 0.0): 3}


def test_extreme_scales_do_not_overflow() -> None:
    """A hostile sender's scale of -10 and offset of a million is just infinity."""
    shown = Histogram(positive=Counter({1_000_000: 1}), scale=-10).buckets()

    assert shown == {(INF, INF): 1}


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=200), st.floats(0, 1))
def test_percentiles_from_classes_are_close(durations: list[int], q: float) -> None:
    """Within the width of a class of the value at that rank, 4.5 %."""
    classes = Counter(speed(each) for each in durations)

    shown = quantile_ms(sorted(classes.items()), q)

    exact = sorted(durations)[max(0, math.ceil(q * len(durations)) - 1)] / 1e6
    assert shown is not None
    assert shown == pytest.approx(exact, rel=0.09, abs=2e-6)
