"""Metrics over HTTP: every type, both temporalities, and what a chart shows of them."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from tests.unit.local import messages
from tests.unit.local.client import RunningViewer
from tests.unit.local.messages import SECOND

BEGIN = 1_800_000_000 * SECOND
RANGE = {"since": BEGIN / 1e6, "to": BEGIN / 1e6 + 119_000}


def values(answer: dict[str, Any]) -> dict[str, list[float]]:
    """Return the values that are there, by labels."""
    return {
        ",".join(series["labels"].values()): [value for _, value in series["points"] if value is not None]
        for series in answer["series"]
    }


def histogram(name: str, *points: tuple[int, list[int], float], temporality: int = 2, **attributes: Any) -> Metric:
    """Return a histogram with bounds 10, 20, 40 and (time, counts, sum) points."""
    metric = Metric(name=name, unit="ms")
    metric.histogram.aggregation_temporality = temporality
    for at, counts, total in points:
        point = metric.histogram.data_points.add(
            time_unix_nano=at, start_time_unix_nano=BEGIN, count=sum(counts), sum=total, min=1.0, max=90.0,
            bucket_counts=counts, explicit_bounds=[10, 20, 40], attributes=messages.pairs(attributes),
        )  # fmt: skip
        point.exemplars.add(time_unix_nano=at, as_double=15.0, trace_id=messages.TRACE, span_id=messages.ROOT)
    return metric


def exponential(name: str, *points: tuple[int, int, int, list[int]]) -> Metric:
    """Return a cumulative exponential histogram with (time, scale, offset, counts) points."""
    metric = Metric(name=name, unit="ms")
    metric.exponential_histogram.aggregation_temporality = 2
    for at, scale, offset, counts in points:
        point = metric.exponential_histogram.data_points.add(
            time_unix_nano=at, start_time_unix_nano=BEGIN, count=sum(counts), sum=1.0, scale=scale
        )
        point.positive.offset = offset
        point.positive.bucket_counts.extend(counts)
    return metric


def gauge(name: str, *points: tuple[int, int], **attributes: Any) -> Metric:
    """Return a gauge with (time, value) points."""
    metric = Metric(name=name, unit="By")
    for at, value in points:
        metric.gauge.data_points.add(time_unix_nano=at, as_int=value, attributes=messages.pairs(attributes))
    return metric


def test_every_type_is_listed_as_what_it_is(viewer: RunningViewer) -> None:
    """With unit, temporality and services."""
    at = messages.now()
    summary = Metric(name="e.summary")
    summary.summary.data_points.add(time_unix_nano=at, count=2, sum=3.0).quantile_values.add(quantile=0.5, value=1.5)
    several = [
        messages.counter("a.sum", (at, 1.0), temporality=1),
        gauge("b.gauge", (at, 5)),
        histogram("c.histogram", (at, [1, 0, 0, 0], 5.0)),
        exponential("d.exponential", (at, 3, 0, [1])),
        summary,
    ]
    viewer.send(messages.metrics(*several))
    viewer.send(messages.metrics(gauge("b.gauge", (at, 6)), service="orders"))

    listed = viewer.get("metrics")["metrics"]

    assert [(each["name"], each["type"], each["temporality"], each["monotonic"]) for each in listed] == [
        ("a.sum", "sum", "delta", True),
        ("b.gauge", "gauge", None, None),
        ("c.histogram", "histogram", "cumulative", None),
        ("d.exponential", "exponential_histogram", "cumulative", None),
        ("e.summary", "summary", None, None),
    ]
    assert (listed[1]["services"], listed[1]["series"], listed[1]["unit"]) == (["orders", "shop"], 2, "By")
    assert listed[1]["last_ms"] == at / 1e6


@pytest.mark.parametrize("temporality", [1, 2])
def test_a_counters_rate_is_what_was_added(viewer: RunningViewer, temporality: int) -> None:
    """60 in the first and 30 in the second minute, whether sent as differences or as totals."""
    totals = [60.0, 90.0] if temporality == 2 else [60.0, 30.0]
    points = [(BEGIN + n * 60 * SECOND + SECOND, total) for n, total in enumerate(totals)]
    viewer.send(messages.metrics(messages.counter("orders", *points, start=BEGIN, temporality=temporality)))

    answer = viewer.get("metrics/query", name="orders", **RANGE)

    assert (answer["agg"], answer["bucket_ms"], answer["type"]) == ("rate", 60_000, "sum")
    assert values(answer) == {"": [1.0, 0.5]}
    assert values(viewer.get("metrics/query", name="orders", agg="sum", **RANGE)) == {"": [60.0, 30.0]}


def test_a_restarted_counter_counts_from_zero(viewer: RunningViewer) -> None:
    """A smaller value is no negative rate; what it held before the range is not counted."""
    points = [(BEGIN - 10 * SECOND, 1000.0), (BEGIN + SECOND, 1010.0), (BEGIN + 61 * SECOND, 5.0)]
    viewer.send(messages.metrics(messages.counter("orders", *points, start=BEGIN - 3600 * SECOND)))

    assert values(viewer.get("metrics/query", name="orders", agg="sum", **RANGE)) == {"": [10.0, 5.0]}


def test_series_are_grouped_by_attribute_and_service(viewer: RunningViewer) -> None:
    """Missing labels are empty; series of a group add up."""
    at = BEGIN + SECOND
    sent = (("red", 1, 1.0), ("red", 2, 2.0), ("blue", 1, 4.0))
    several = [messages.counter("n", (at, value), start=BEGIN, color=c, shade=shade) for c, shade, value in sent]
    viewer.send(messages.metrics(*several))
    viewer.send(messages.metrics(messages.counter("n", (at, 8.0), start=BEGIN), service="orders"))

    def ask(**params: Any) -> dict[str, list[float]]:
        return values(viewer.get("metrics/query", name="n", agg="sum", **RANGE, **params))

    assert ask() == {"": [15.0]}
    assert ask(by="color") == {"red": [3.0], "blue": [4.0], "": [8.0]}
    assert ask(by=["service", "shade"]) == {"shop,1": [5.0], "shop,2": [2.0], "orders,": [8.0]}
    assert ask(service="orders") == {"": [8.0]}
    assert ask(service="nobody") == {}


@pytest.mark.parametrize(("agg", "expected"), [("value", 15.0), ("avg", 15.0), ("sum", 30.0), ("count", 2)])
def test_a_gauge_shows_the_newest_values(viewer: RunningViewer, agg: str, expected: float) -> None:
    """Averaged or added over the series."""
    one = gauge("memory", (BEGIN + SECOND, 1), (BEGIN + 1_500_000_000, 10), state="used")
    two = gauge("memory", (BEGIN + SECOND, 20), state="free")
    viewer.send(messages.metrics(one, two))

    assert values(viewer.get("metrics/query", name="memory", agg=agg, since=BEGIN / 1e6, to=BEGIN / 1e6 + 119_000)) == {
        "": [expected]
    }


@pytest.mark.parametrize(
    ("agg", "expected"), [("p50", 20.0), ("p95", 40.0), ("avg", 18.0), ("count", 10), ("sum", 180.0), ("rate", 10.0)]
)
def test_a_histogram_shows_what_was_added(viewer: RunningViewer, agg: str, expected: float) -> None:
    """Quantiles of the values between two points, as Prometheus interpolates them."""
    points = ((BEGIN - SECOND, [100, 0, 0, 0], 500.0), (BEGIN + SECOND, [100, 5, 4, 1], 680.0))
    viewer.send(messages.metrics(histogram("duration", *points)))

    answer = viewer.get("metrics/query", name="duration", agg=agg, **RANGE)

    (shown,) = values(answer)[""]
    assert shown == pytest.approx(expected if agg != "rate" else 10 / (answer["bucket_ms"] / 1000))
    exemplar = answer["exemplars"][0]
    assert (exemplar["trace_id"], exemplar["value"], exemplar["labels"]) == (messages.TRACE.hex(), 15.0, {})


def test_an_exponential_histogram_keeps_its_meaning_over_a_change_of_scale(viewer: RunningViewer) -> None:
    """Between the points ten values of 4 to 8 were added, while the buckets became coarser."""
    points = ((BEGIN - SECOND, 1, 0, [3, 3]), (BEGIN + SECOND, 0, 0, [6, 0, 10]))
    viewer.send(messages.metrics(exponential("duration", *points)))

    answer = viewer.get("metrics/query", name="duration", agg="p50", **RANGE)

    assert values(answer) == {"": [pytest.approx(6.0)]}


def test_points_that_cannot_be_kept_are_rejected(viewer: RunningViewer) -> None:
    """A point without a time, a metric without data."""
    viewer.send(messages.metrics(gauge("a", (0, 1)), Metric(name="empty")))

    assert viewer.get("status")["ingest"]["rejected"] == {"bad_time": 1, "no_data": 1}


@pytest.mark.parametrize(
    ("params", "status", "field"),
    [
        ({"name": "nothing"}, 404, "name"),
        ({}, 422, "name"),
        ({"name": "memory", "agg": "p42"}, 422, "agg"),
        ({"name": "memory", "agg": "p95"}, 422, "agg"),
    ],
)
def test_a_question_that_has_no_answer_is_an_error(
    viewer: RunningViewer, params: dict[str, str], status: int, field: str
) -> None:
    """Which names what is wrong."""
    viewer.send(messages.metrics(gauge("memory", (messages.now(), 1))))

    answer = viewer.ask("metrics/query", **params)

    assert (answer.status, answer.json["error"]["field"]) == (status, field)
