"""The bound on series: hostile values become ``_OTHER``, honest series stay, and a value always goes the same way."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pytest
from opentelemetry.metrics import CallbackOptions, Meter, Observation
from opentelemetry.sdk.metrics import Counter, Histogram
from opentelemetry.sdk.metrics.export import AggregationTemporality, InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from otel_kit.pipeline.faults import Faults
from otel_kit.pipeline.metric_reader import GuardedMeterProvider
from otel_kit.pipeline.series_guard import SeriesLimits

ATTACK = 5000
SDK_LIMIT = 2000  # of opentelemetry-sdk 1.45.2
HONEST = {"http.request.method": "GET", "http.response.status_code": 200, "server.address": "shop.example"}


class Metered:
    """A provider of the kit with a reader as a user adds it."""

    def __init__(self, limits: SeriesLimits | None = None, **reader: Any) -> None:
        self.faults = Faults()
        self.provider = GuardedMeterProvider(Resource({}), lambda data: data, self.faults, limits)
        self.reader = InMemoryMetricReader(**reader)
        self.provider.add_metric_reader(self.reader)
        self.meter: Meter = self.provider.get_meter("app")

    def points(self) -> list[Any]:
        """Return every point of the next collection."""
        data = self.reader.get_metrics_data()
        entries = data.resource_metrics if data is not None else []
        metrics = [one for entry in entries for scope in entry.scope_metrics for one in scope.metrics]
        return [point for metric in metrics for point in metric.data.data_points]

    def series(self) -> list[dict[str, Any]]:
        """Return the attributes of every point."""
        return [dict(point.attributes) for point in self.points()]

    def cut(self) -> Mapping[tuple[str, str], int]:
        """Return what was cut."""
        return self.provider.series.totals()


def hostile(number: int) -> dict[str, Any]:
    """Return what a client sends that knows how series are made."""
    return {
        "server.address": f"h{number}.evil.example",
        "server.port": number,
        "url.path": f"/{number}/x",
        "user_agent.original": f"bot/{number}",
        "http.request.method": "GET",
        "http.response.status_code": 404,
    }


RECORD: dict[str, Callable[[Meter], Callable[[Mapping[str, Any]], None]]] = {
    "counter": lambda meter: lambda attributes: meter.create_counter("made").add(1, attributes),
    "up-down": lambda meter: lambda attributes: meter.create_up_down_counter("made").add(1, attributes),
    "histogram": lambda meter: lambda attributes: meter.create_histogram("made").record(1, attributes),
    "gauge": lambda meter: lambda attributes: meter.create_gauge("made").set(1, attributes),
}


@pytest.mark.parametrize("kind", RECORD)
def test_an_attack_adds_at_most_twenty_series_and_pushes_no_honest_one_out(kind: str) -> None:
    """Hosts, ports, paths and user agents at once; honest routes before, during and after it."""
    metered = Metered()
    record = RECORD[kind](metered.meter)
    record({**HONEST, "http.route": "/before"})
    for number in range(ATTACK):
        record(hostile(number))
        if number == ATTACK // 2:
            record({**HONEST, "http.route": "/during"})
    record({**HONEST, "http.route": "/after"})
    record({"http.request.method": "POST", "http.response.status_code": 201, "http.route": "/new"})
    record({"server.address": "late.example", "http.route": "/late"})

    series = metered.series()
    honest = [one for one in series if "http.route" in one]

    assert [{**HONEST, "http.route": route} for route in ("/before", "/during", "/after")] == honest[:3]
    assert {"server.address": "_OTHER", "http.route": "/late"} in honest, "its route is its own, its host is not"
    assert len(honest) == 5
    assert len(series) - len(honest) <= 20
    assert metered.cut()["made", "url.path"] >= ATTACK - 3
    if kind in ("counter", "up-down"):
        assert sum(point.value for point in metered.points()) == ATTACK + 5, "nothing is lost, only put together"


def test_an_attribute_has_so_many_values_and_the_count_says_what_was_cut() -> None:
    """An application's own label: the first 200 stay, the others are one."""
    metered = Metered()
    for number in range(1000):
        metered.meter.create_counter("orders").add(1, {"customer": f"c{number}", "paid": True})

    assert len(metered.series()) == 201
    assert metered.cut() == {("orders", "customer"): 800}


def test_limits_are_those_of_the_settings() -> None:
    """Both bounds can be set; each instrument has its own."""
    metered = Metered(SeriesLimits(attribute_values=3, client_values=1))
    for number in range(9):
        for name in ("one", "two"):
            metered.meter.create_counter(name).add(1, {"colour": str(number), "host": "a"})
            metered.meter.create_counter(name).add(1, {"host": str(number)})

    assert len(metered.series()) == 2 * (4 + 1)


def test_outgoing_calls_go_to_hosts_that_the_application_chose() -> None:
    """A service that calls forty others has forty series."""
    metered = Metered()
    for number in range(40):
        metered.meter.create_histogram("http.client.request.duration").record(1, {"server.address": f"s{number}"})

    assert len(metered.series()) == 40
    assert metered.cut() == {}


def test_combinations_stay_below_the_limit_of_the_sdk_and_leave_room_for_honest_ones() -> None:
    """Attributes that are each within their bound multiply; client units get the first share only."""
    metered = Metered()
    counter = metered.meter.create_counter("made")
    for number in range(30_000):
        host = f"h{number % 3}"  # within the bound: an attacker may repeat what was admitted
        counter.add(1, {"a": number % 200, "b": number // 200, "server.address": host})
    before = len(metered.series())
    counter.add(1, {"a": 1, "c": "honest"})

    assert before < SDK_LIMIT
    assert len(metered.series()) < SDK_LIMIT
    assert "_OTHER" in {one.get("server.address") for one in metered.series()}
    assert sum(point.value for point in metered.points()) == 30_001


def test_what_was_added_is_subtracted_from_the_same_series() -> None:
    """Requests that run while an attack fills the bounds: every series is back at nothing."""
    metered = Metered()
    running = metered.meter.create_up_down_counter("running")
    everything = [{**hostile(number), "customer": f"c{number % 300}", "n": number} for number in range(3000)]
    for attributes in everything:
        running.add(1, attributes)
    assert sum(point.value for point in metered.points()) == 3000
    for attributes in reversed(everything):
        running.add(-1, attributes)

    assert {point.value for point in metered.points()} == {0}


@pytest.mark.parametrize("names", [{"x" * 5000: 1}, {f"name{number}": 1 for number in range(500)}])
def test_names_made_out_of_data_are_bounded(names: dict[str, int]) -> None:
    """Each name would be a series, and a set of values in memory."""
    metered = Metered()
    for name, value in names.items():
        metered.meter.create_counter("made").add(1, {name: value})

    assert len(metered.series()) <= 66
    assert sum(point.value for point in metered.points()) == len(names)


VALUES: dict[str, Callable[[int], Any]] = {
    "numbers": lambda number: number,
    "fractions": lambda number: number / 7,
    "not a number": lambda _: float("nan"),
    "lists": lambda number: [number, "a"],
    "tuples": lambda number: (number, "a"),
    "maps": lambda number: {"deep": number},
    "objects": lambda _: object(),
    "huge": lambda number: f"{number}" * 5000,
    "bytes": lambda number: f"{number}".encode(),
    "none": lambda _: None,
    "text with NUL": lambda number: f"\0{number}",
    "surrogates": lambda number: f"\udcff{number}",
}


@pytest.mark.parametrize("kind", VALUES)
def test_values_of_any_kind_are_bounded(kind: str) -> None:
    """The same bound for all, nothing raised, everything counted."""
    metered = Metered()
    counter = metered.meter.create_counter("made")
    for number in range(1000):
        counter.add(1, {"value": VALUES[kind](number), "flag": number % 2 == 0})

    points = metered.points()
    assert len(points) <= 2 * 201
    assert sum(point.value for point in points) == 1000
    assert metered.faults.totals() == {}


def test_true_and_one_are_two_series_as_they_are_for_the_sdk() -> None:
    """What Python takes for equal is not cut or mixed up."""
    metered = Metered()
    for value in (True, 1, 1.0, "1"):
        metered.meter.create_counter("made").add(1, {"value": value})

    assert [1, 1, 1, 1] == [point.value for point in metered.points()]


def test_observed_values_are_bounded_and_add_up() -> None:
    """A callback may find 5,000 tables; those that are cut are one series with their total."""
    metered = Metered()

    def observe(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(1, {"table": f"t{number}"}) for number in range(ATTACK)]

    metered.meter.create_observable_up_down_counter("tables", [observe])
    for _ in range(2):
        points = metered.points()
        assert len(points) == 201
        assert next(point.value for point in points if point.attributes["table"] == "_OTHER") == ATTACK - 200


def test_delta_series_are_bounded_too() -> None:
    """What was cut in one interval is cut in the next."""
    delta = AggregationTemporality.DELTA
    metered = Metered(preferred_temporality={Counter: delta, Histogram: delta})
    seen = set()
    for _ in range(3):
        for number in range(ATTACK // 10):
            metered.meter.create_counter("made").add(1, {"url.path": f"/{number}"})
        seen |= {one["url.path"] for one in metered.series()}

    assert len(seen) == 4


def test_exemplars_do_not_bring_values_back() -> None:
    """An exemplar has the trace, not the attribute that was cut."""
    metered = Metered(SeriesLimits(client_values=0))
    with TracerProvider(shutdown_on_exit=False).get_tracer("app").start_as_current_span("work"):
        metered.meter.create_histogram("made").record(1, {"url.path": "/secret/path", "route": "/"})

    (point,) = metered.points()
    assert len(point.exemplars) == 1
    assert point.exemplars[0].trace_id
    assert "/secret/path" not in repr(point)


def test_many_threads_share_the_bound() -> None:
    """No value slips in twice, no measurement is lost."""
    metered = Metered()
    counter = metered.meter.create_counter("made")

    def work(thread: int) -> None:
        for number in range(1000):
            counter.add(1, {"customer": f"{thread} {number}"})

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(metered.series()) == 201
    assert sum(point.value for point in metered.points()) == 8000


def test_amount_that_is_no_number_is_counted_and_not_raised() -> None:
    """The SDK raises for it."""
    metered = Metered()
    metered.meter.create_counter("made").add("many", {"a": "b"})  # type: ignore[arg-type]

    assert metered.faults.totals() == {"measurement": 1}


@pytest.fixture
def reading_end() -> Iterator[tuple[int, int]]:
    """A pipe."""
    ends = os.pipe()
    yield ends
    os.close(ends[0])


def test_a_child_starts_anew(reading_end: tuple[int, int]) -> None:
    """What the parent met takes no room in a forked worker."""
    metered = Metered()
    counter = metered.meter.create_counter("made")
    for number in range(300):
        counter.add(1, {"customer": f"c{number}"})
    read, write = reading_end
    child = os.fork()
    if child == 0:
        counter.add(1, {"customer": "new"})
        known = "new" in {one["customer"] for one in metered.series()}
        os.write(write, f"{known} {len(metered.cut())}".encode())
        os._exit(0)
    os.close(write)
    os.waitpid(child, 0)

    assert os.read(read, 100) == b"True 0"
