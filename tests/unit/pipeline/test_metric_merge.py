"""Points that redaction makes alike: one that stands for all of them, whatever they are and however many."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from otel_kit.pipeline.metric_points import redacted_metrics
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor
from tests.unit.pipeline.records import collected, encoder

PEOPLE = tuple(f"j{name}@example.com" for name in ("ane", "ohn", "ill", "ack", "ude"))
MASKED = "j***@example.com"
BOUNDS = (1.0, 10.0, 100.0)
TEMPORALITIES = st.sampled_from([AggregationTemporality.CUMULATIVE, AggregationTemporality.DELTA])
TIMES = st.tuples(st.integers(0, 1 << 40), st.integers(1 << 41, 1 << 42))
INTEGERS = st.integers(-(1 << 60), 1 << 60)
VALUES = st.lists(st.floats(-1e6, 1e6).map(lambda value: round(value, 3)), min_size=1, max_size=20)


def people(points: Any) -> Any:
    """Return lists of (person, times, whatever ``points`` makes); some people come twice, as redacted ones do."""
    return st.lists(st.tuples(st.sampled_from([*PEOPLE, MASKED]), TIMES, points), min_size=1, max_size=8)


def redacted(data: Any) -> Any:
    """Return a metric's data after redaction."""
    metrics = [Metric("m", "", "", data)]
    scopes = [ScopeMetrics(InstrumentationScope("scope"), metrics, "")]
    whole = MetricsData([ResourceMetrics(Resource({}), scopes, "")])
    copy = redacted_metrics(whole, default_redactor(), Findings())
    return copy.resource_metrics[0].scope_metrics[0].metrics[0].data


def number(person: str, times: tuple[int, int], value: float) -> NumberDataPoint:
    """Return a point of one person."""
    return NumberDataPoint({"to": person}, times[0], times[1], value)


@given(people(INTEGERS), TEMPORALITIES)
def test_sums_add_up_from_the_earliest_start_to_the_latest_time(given_points: Any, temporality: Any) -> None:
    """Whatever the order and the number of points; a total beyond 64 bits goes on as a float."""
    data = Sum([number(*point) for point in given_points], temporality, is_monotonic=False)

    (point,) = redacted(data).data_points

    total = sum(value for _, _, value in given_points)
    assert point.value == (total if total.bit_length() < 64 else float(total))
    assert point.attributes == {"to": MASKED}
    assert point.start_time_unix_nano == min(start for _, (start, _), _ in given_points)
    assert point.time_unix_nano == max(end for _, (_, end), _ in given_points)


def test_total_beyond_64_bits_can_be_sent() -> None:
    """Each part fits, the sum does not: OTLP has no such integer."""
    points = [number(person, (1, 2), 1 << 62) for person in PEOPLE[:3]]

    (point,) = redacted(Sum(points, AggregationTemporality.DELTA, is_monotonic=True)).data_points

    assert (type(point.value), point.value) == (float, 3.0 * (1 << 62))


@given(people(INTEGERS))
def test_latest_gauge_stands(given_points: Any) -> None:
    """Of the points with the latest time, one."""
    (point,) = redacted(Gauge([number(*one) for one in given_points])).data_points

    latest = max(end for _, (_, end), _ in given_points)
    assert point.time_unix_nano == latest
    assert point.value in [value for _, (_, end), value in given_points if end == latest]


@given(people(VALUES), TEMPORALITIES)
def test_histograms_are_what_one_histogram_of_all_values_is(given_points: Any, temporality: Any) -> None:
    """Bucket by bucket, with count, sum, smallest and largest."""
    points = [histogram(person, times, values) for person, times, values in given_points]

    (point,) = redacted(Histogram(points, temporality)).data_points

    times = [times for _, times, _ in given_points]
    span = (min(start for start, _ in times), max(end for _, end in times))
    values = list(itertools.chain.from_iterable(values for _, _, values in given_points))
    wanted = histogram(MASKED, span, values)
    assert (point.count, list(point.bucket_counts)) == (wanted.count, list(wanted.bucket_counts))
    assert (point.min, point.max) == (wanted.min, wanted.max)
    assert abs(point.sum - wanted.sum) <= 1e-6 * sum(map(abs, values)) + 1e-9
    assert (point.start_time_unix_nano, point.time_unix_nano) == span


def histogram(person: str, times: tuple[int, int], values: list[float]) -> HistogramDataPoint:
    """Return the point that a histogram with ``BOUNDS`` makes of values."""
    edges = [float("-inf"), *BOUNDS, float("inf")]
    counts = [sum(low < value <= high for value in values) for low, high in itertools.pairwise(edges)]
    attributes = {"to": person}
    return HistogramDataPoint(
        attributes, *times, len(values), sum(values), counts, list(BOUNDS), min(values), max(values)
    )


@given(st.lists(VALUES.map(lambda values: [abs(value) for value in values]), min_size=1, max_size=len(PEOPLE)))
def test_exponential_histograms_hold_every_value_in_its_bucket(groups: list[list[float]]) -> None:
    """Zeros included; the scale is one that fits all."""

    def act(meter: Any) -> None:
        instrument = meter.create_histogram("m")
        for person, values in zip(PEOPLE, groups, strict=False):
            for value in values:
                instrument.record(value, {"to": person})

    view = View(instrument_name="*", aggregation=ExponentialBucketHistogramAggregation(max_size=20))
    copy = redacted_metrics(collected(act, views=[view]), default_redactor(), Findings())
    (point,) = copy.resource_metrics[0].scope_metrics[0].metrics[0].data.data_points

    values = list(itertools.chain.from_iterable(groups))
    assert (point.count, point.min, point.max) == (len(values), min(values), max(values))
    assert point.zero_count == values.count(0.0)
    assert sum(point.positive.bucket_counts) == len(values) - point.zero_count
    base = 2.0 ** (2.0**-point.scale)
    for place, count in enumerate(point.positive.bucket_counts):
        low = base ** (point.positive.offset + place)
        surely_in = sum(low * 1.000001 < value < low * base * 0.999999 for value in values)
        may_be_in = sum(low * 0.999999 <= value <= low * base * 1.000001 for value in values)
        assert surely_in <= count <= may_be_in


def test_thousand_points_that_become_one_keep_the_newest_exemplars() -> None:
    """As many as one histogram of the SDK has."""
    tracer = TracerProvider().get_tracer("t")
    ids = []

    def act(meter: Any) -> None:
        for count in range(100):
            with tracer.start_as_current_span("request") as span:
                meter.create_counter("m").add(1, {"to": f"j{count}@example.com"})
                ids.append(span.get_span_context().trace_id)

    copy = redacted_metrics(collected(act), default_redactor(), Findings())
    (point,) = copy.resource_metrics[0].scope_metrics[0].metrics[0].data.data_points

    assert point.value == 100
    assert {exemplar.trace_id for exemplar in point.exemplars} == set(ids[-20:])


def test_scopes_that_become_one_keep_all_their_metrics() -> None:
    """OpenTelemetry's encoder has one place for each scope: the second would overwrite the first."""

    def acts() -> Any:
        for number, person in enumerate(PEOPLE[:2], 1):
            yield lambda meter, number=number, person=person: meter.create_counter("m").add(number, {"to": person})

    data = collected(*acts())
    scopes = data.resource_metrics[0].scope_metrics
    named = [
        ScopeMetrics(InstrumentationScope(f"for {person}"), scope.metrics, "")
        for scope, person in zip(scopes, PEOPLE, strict=False)
    ]
    whole = MetricsData([ResourceMetrics(Resource({}), named, "")])

    made = encoder()
    (encoded,), failed = made.metrics(made.metrics_copy(whole, owned=True))

    (scope,) = redacted_metrics(whole, default_redactor(), Findings()).resource_metrics[0].scope_metrics
    (metric,) = scope.metrics
    assert (failed, encoded.count) == (0, 1)
    assert scope.scope.name == f"for {MASKED}"
    assert [point.value for point in metric.data.data_points] == [3]


def test_metrics_whose_names_become_one_are_one() -> None:
    """Two metrics of one name in one scope would be two series of one identity."""
    tokens = [f"ghp_{letter * 36}" for letter in "ab"]

    def act(meter: Any) -> None:
        for number, token in enumerate(tokens, 1):
            meter.create_counter(f"calls/{token}").add(number)
            meter.create_histogram(f"calls/{token}").record(number)

    copy = redacted_metrics(collected(act), default_redactor(), Findings())
    counters, histograms = copy.resource_metrics[0].scope_metrics[0].metrics

    assert (counters.name, histograms.name) == ("calls/[REDACTED:github_token]",) * 2
    assert [point.value for point in counters.data.data_points] == [3]
    assert [point.sum for point in histograms.data.data_points] == [3]


def test_metrics_that_views_give_one_name_stay_apart() -> None:
    """They count the same measurements: adding them up would count twice."""
    views = [View(instrument_name="m", name="calls", attribute_keys={"a"}), View(instrument_name="m", name="calls")]

    data = collected(lambda meter: meter.create_counter("m").add(1, {"a": "x"}), views=views)

    (scope,) = redacted_metrics(data, default_redactor(), Findings()).resource_metrics[0].scope_metrics
    assert [[point.value for point in metric.data.data_points] for metric in scope.metrics] == [[1], [1]]


def test_units_and_schema_urls_are_redacted() -> None:
    """What a View or another provider puts there."""
    secret = PEOPLE[0]
    data = collected(
        lambda meter: meter.create_counter("m", unit=secret).add(1), resource=Resource({}, f"https://{secret}/")
    )

    copy = redacted_metrics(data, default_redactor(), Findings())

    assert secret not in copy.to_json()
    assert [metric.unit for metric in copy.resource_metrics[0].scope_metrics[0].metrics] == [MASKED]
