"""Metrics on their way out: redacted points, merged where redaction made two into one."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.sdk.metrics import Histogram
from opentelemetry.sdk.metrics.export import AggregationTemporality
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from otel_kit.pipeline.metric_points import redacted_metrics
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor
from tests.unit.pipeline.records import collected

# Three people who become one by the default mask.
PEOPLE = ("jane@example.com", "john@example.com", "jill@example.com")
MASKED = "j***@example.com"


def _redacted(*acts: Any, **how: Any) -> dict[str, Any]:
    """Return the data of each metric by name."""
    copy = redacted_metrics(collected(*acts, **how), default_redactor(), Findings())
    return {
        metric.name: metric.data
        for entry in copy.resource_metrics
        for scope in entry.scope_metrics
        for metric in scope.metrics
    }


def test_sums_whose_attributes_became_equal_add_up() -> None:
    """Two points of one series would be refused by a backend, or one would hide the other."""

    def act(meter: Any) -> None:
        counter = meter.create_counter("mails")
        for number, person in enumerate(PEOPLE):
            counter.add(10**number, {"to": person})
        counter.add(5, {"to": "nobody"})

    points = _redacted(act)["mails"].data_points

    assert [(point.attributes, point.value) for point in points] == [({"to": MASKED}, 111), ({"to": "nobody"}, 5)]


def test_point_that_looks_masked_already_is_merged_too() -> None:
    """Whatever the order, one series has one point."""
    for order in ((PEOPLE[0], MASKED), (MASKED, PEOPLE[0])):

        def act(meter: Any, order: Any = order) -> None:
            for person in order:
                meter.create_counter("mails").add(1, {"to": person})

        assert [point.value for point in _redacted(act)["mails"].data_points] == [2]


def test_histograms_add_bucket_by_bucket() -> None:
    """Count, sum, smallest, largest and every bucket."""

    def act(meter: Any) -> None:
        for person, value in zip(PEOPLE, (1, 30, 7000), strict=True):
            meter.create_histogram("size").record(value, {"to": person})

    (point,) = _redacted(act)["size"].data_points

    assert (point.count, point.sum, point.min, point.max) == (3, 7031, 1, 7000)
    assert sum(point.bucket_counts) == 3
    assert sum(1 for count in point.bucket_counts if count) == 3


def test_gauge_keeps_the_latest() -> None:
    """Adding levels up would be a lie."""

    def act(meter: Any) -> None:
        for level, person in enumerate(PEOPLE):
            meter.create_gauge("level").set(level, {"of": person})

    (point,) = _redacted(act)["level"].data_points

    assert point.value in (0, 1, 2)
    assert point.attributes == {"of": MASKED}


_EXPONENTIAL = View(instrument_name="*", aggregation=ExponentialBucketHistogramAggregation(max_size=20))
_VALUES = st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=30)


@settings(max_examples=50)
@given(_VALUES, _VALUES)
@example([542020797.0], [542020796.25])
def test_exponential_histograms_add_up_at_one_scale(left: list[float], right: list[float]) -> None:
    """The merged point is what one histogram of all values could be: each value lies in a bucket that counts it."""

    def act(meter: Any) -> None:
        histogram = meter.create_histogram("size")
        for person, values in zip(PEOPLE, (left, right), strict=False):
            for value in [*values, 0.0]:
                histogram.record(value, {"to": person})

    (point,) = _redacted(act, views=[_EXPONENTIAL])["size"].data_points

    assert len(left) + len(right) + 2 == point.count
    assert point.zero_count == 2
    assert len(left) + len(right) == sum(point.positive.bucket_counts)
    assert len(point.positive.bucket_counts) <= 160
    for value in (*left, *right):
        # Buckets are (base^index, base^(index + 1)]; a value at an edge may fall to either side by rounding.
        near = [_index(value * factor, point.scale) - point.positive.offset for factor in (1 - 1e-9, 1.0, 1 + 1e-9)]
        counts = point.positive.bucket_counts
        assert any(counts[index] for index in near if 0 <= index < len(counts)), value


def _index(value: float, scale: int) -> int:
    return math.ceil(math.log2(value) * 2.0**scale) - 1


def test_cumulative_start_is_the_earliest_of_both() -> None:
    """A total may not seem to begin later than what it holds; a delta covers what both cover."""

    def act(meter: Any) -> None:
        for person in PEOPLE[:2]:
            meter.create_counter("mails").add(1, {"to": person})

    whole = collected(act)
    first, second = whole.resource_metrics[0].scope_metrics[0].metrics[0].data.data_points

    (point,) = (
        redacted_metrics(whole, default_redactor(), Findings())
        .resource_metrics[0]
        .scope_metrics[0]
        .metrics[0]
        .data.data_points
    )

    assert min(first.start_time_unix_nano, second.start_time_unix_nano) == point.start_time_unix_nano
    assert max(first.time_unix_nano, second.time_unix_nano) == point.time_unix_nano


def test_dropped_and_filtered_attributes_are_redacted_in_exemplars() -> None:
    """What a View takes off a point comes back in its exemplars."""
    tracer = TracerProvider().get_tracer("t")

    def act(meter: Any) -> None:
        histogram = meter.create_histogram("size")
        for person in PEOPLE[:2]:
            with tracer.start_as_current_span("request"):
                histogram.record(3, {"route": "/", "to": person})

    (point,) = _redacted(act, views=[View(instrument_name="size", attribute_keys={"route"})])["size"].data_points

    assert point.attributes == {"route": "/"}
    assert point.exemplars
    assert all(exemplar.filtered_attributes == {"to": MASKED} for exemplar in point.exemplars)


def test_exemplars_of_merged_points_are_kept() -> None:
    """They link to the traces of both."""
    tracer = TracerProvider().get_tracer("t")
    ids = []

    def act(meter: Any) -> None:
        for person in PEOPLE[:2]:
            with tracer.start_as_current_span("request") as span:
                meter.create_counter("mails").add(1, {"to": person})
                ids.append(trace.format_trace_id(span.get_span_context().trace_id))

    (point,) = _redacted(act)["mails"].data_points

    assert set(ids) == {trace.format_trace_id(exemplar.trace_id) for exemplar in point.exemplars}


def test_names_descriptions_scopes_and_resources_are_redacted() -> None:
    """Every text that a collection has."""
    secret = PEOPLE[0]
    data = collected(
        lambda meter: meter.create_counter("mails", description=f"mails to {secret}").add(1),
        resource=Resource({"owner": secret}),
    )

    copy = redacted_metrics(data, default_redactor(), Findings())

    assert secret not in copy.to_json()


def test_delta_points_are_merged_too() -> None:
    """A user's reader may ask for deltas."""

    def act(meter: Any) -> None:
        for person in PEOPLE:
            meter.create_histogram("size").record(1, {"to": person})

    (point,) = _redacted(act, preferred_temporality={Histogram: AggregationTemporality.DELTA})["size"].data_points

    assert point.count == 3


def test_live_points_stay_as_they_are() -> None:
    """Other readers of the same instruments have storages of their own, but attributes are shared."""
    attributes = {"to": PEOPLE[0]}

    _redacted(lambda meter: meter.create_counter("mails").add(1, attributes))

    assert {"to": PEOPLE[0]} == attributes
