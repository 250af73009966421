"""``otel_kit.meter``: one instrument per name, names and units as they must be, amounts that can be used."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider

from otel_kit.errors import MetricError
from otel_kit.metrics import misuse
from otel_kit.metrics.boundaries import SECONDS, boundaries_for
from otel_kit.metrics.meter import Meter, meter
from otel_kit.semconv import HTTP_DURATION_BOUNDARIES
from tests.unit.metrics.metered import Metered

RECORD: dict[str, Callable[[Meter, Any], object]] = {
    "counter": lambda meter, amount: meter.counter("made").add(amount),
    "up_down": lambda meter, amount: meter.up_down("made").add(amount),
    "gauge": lambda meter, amount: meter.gauge("made").set(amount),
    "histogram": lambda meter, amount: meter.histogram("made").record(amount),
    "timer": lambda meter, amount: meter.timer("made").record(amount),
    "callback": lambda meter, amount: meter.gauge("made", callback=lambda: amount),
}


@pytest.mark.parametrize("kind", RECORD)
@pytest.mark.parametrize("amount", [2, 2.0, Decimal(2), Fraction(2)], ids=["int", "float", "Decimal", "Fraction"])
def test_numbers_of_every_kind_are_recorded(metered: Metered, kind: str, amount: Any) -> None:
    """An application's money is Decimal."""
    RECORD[kind](metered.meter, amount)

    assert metered.value("made") == 2
    assert metered.faults == []


class HostileNumber:
    """Looks like a number until it is used."""

    def __float__(self) -> float:
        raise RuntimeError("not now")


HOSTILE = ["7", b"7", [7], {"a": 1}, object(), HostileNumber(), math.nan, math.inf, 10**400, Decimal("NaN"), 1j]


@pytest.mark.parametrize("kind", RECORD)
@pytest.mark.parametrize("amount", HOSTILE, ids=[type(one).__name__ + repr(one)[:12] for one in HOSTILE])
def test_what_is_no_usable_number_is_counted_and_never_raised(metered: Metered, kind: str, amount: Any) -> None:
    """Neither is it recorded."""
    RECORD[kind](metered.meter, amount)

    assert "made" not in metered.metrics()
    assert metered.faults[0] in ("metric_amount", "metric_callback")


@pytest.mark.parametrize("kind", ["counter", "histogram", "timer"])
def test_what_only_grows_takes_nothing_negative(metered: Metered, kind: str) -> None:
    """An up-down counter and a gauge do."""
    RECORD[kind](metered.meter, -1)
    metered.meter.up_down("level").add(-1)

    assert "made" not in metered.metrics()
    assert metered.value("level") == -1
    assert metered.faults == ["metric_amount"]


@pytest.mark.parametrize("attributes", ["text", 7, ["a"], object()])
def test_attributes_that_are_none_are_counted_and_the_amount_stays(metered: Metered, attributes: Any) -> None:
    """Half a measurement is better than none."""
    metered.meter.counter("made").add(1, attributes)

    assert metered.value("made") == 1
    assert metered.faults == ["metric_attributes"]


def test_attributes_come_as_keywords_or_as_a_mapping_or_both(metered: Metered) -> None:
    """Names with dots need the mapping; OpenTelemetry's own keyword works as well."""
    counter = metered.meter.counter("made")
    counter.add(1, {"http.route": "/"}, kind="a")
    counter.add(1, attributes={"http.route": "/", "kind": "a"})
    counter.add(**{"kind": "b", "http.route": "/"})  # type: ignore[arg-type]

    found = {
        tuple(sorted(point.attributes.items())): point.value for point in metered.metrics()["made"].data.data_points
    }
    assert found == {(("http.route", "/"), ("kind", "a")): 2, (("http.route", "/"), ("kind", "b")): 1}


@pytest.mark.parametrize("make", ["counter", "up_down", "gauge", "histogram", "timer", "errors"])
def test_the_same_instrument_comes_back(metered: Metered, make: str) -> None:
    """Names do not differ by case, as in the SDK."""
    first = getattr(metered.meter, make)("Made.by.name")

    assert getattr(metered.meter, make)("made.BY.name") is first
    assert metered.faults == []


def test_meters_are_one_per_name_and_by_default_of_the_calling_module() -> None:
    """So that the scope tells where a figure is from."""
    assert meter("shop") is meter("shop")
    assert meter("shop") is not meter("shop", "2")
    assert meter() is meter(__name__)


BAD_NAMES: dict[Any, str] = {
    "": "unnamed",
    "has space": "has_space",
    "9lives": "x9lives",
    "_private": "x_private",
    "größe": "gr__e",
    "a" * 256: "a" * 255,
    "line\nbreak": "line_break",
    7: "x7",
    None: "None",
}


@pytest.mark.parametrize("name", BAD_NAMES, ids=[repr(name)[:12] for name in BAD_NAMES])
def test_a_bad_name_is_repaired_and_counted_or_refused_when_strict(metered: Metered, name: Any) -> None:
    """The text says what is wrong with it and what it becomes."""
    metered.meter.counter(name).add(1)

    assert metered.value(BAD_NAMES[name].lower()) == 1
    assert metered.faults == ["metric_definition"]
    misuse.follow(lambda *_: None, strict=True)
    with pytest.raises(MetricError, match="is no name for an instrument") as refused:
        metered.meter.counter(name)
    assert isinstance(refused.value, ValueError)


@pytest.mark.parametrize(
    ("unit", "wanted", "amount"),
    [("s", "s", 3), ("ms", "s", 0.003), ("h", "s", 10_800), ("KiBy", "By", 3072), ("{order}", "{order}", 3),
     ("1", "1", 3), ("", "", 3), ("By/s", "By/s", 3), ("USD", "USD", 3)],
)  # fmt: skip
def test_times_and_sizes_are_recorded_in_seconds_and_bytes(
    metered: Metered, unit: str, wanted: str, amount: float
) -> None:
    """What UCUM knows otherwise stays as it is."""
    metered.meter.histogram("made", unit).record(3)

    assert metered.metrics()["made"].unit == wanted
    assert metered.faults == []
    metered.meter.histogram("again", unit).record(3)
    assert metered.value("again") == pytest.approx(amount)


@pytest.mark.parametrize(
    ("unit", "wanted"), [("seconds", "s"), ("Bytes", "By"), ("dollars", "USD"), ("größe", ""), ("x" * 64, "")]
)
def test_a_unit_in_words_is_repaired_and_counted(metered: Metered, unit: str, wanted: str) -> None:
    """Else Prometheus would have ``_seconds_seconds`` beside ``_seconds``."""
    metered.meter.histogram("made", unit).record(3)

    assert metered.metrics()["made"].unit == wanted
    assert metered.faults == ["metric_definition"]


def test_a_name_has_one_kind_and_one_unit(metered: Metered) -> None:
    """What asks for another is recorded apart, or in the first unit, and counted."""
    metered.meter.counter("made", "s").add(1)
    metered.meter.histogram("made").record(2)
    metered.meter.counter("made", "By").add(3)

    assert metered.value("made") == 4
    assert metered.value("made.histogram") == 2
    assert metered.faults == ["metric_definition"] * 2


def test_a_unit_that_is_not_given_is_the_one_it_has(metered: Metered) -> None:
    """An instrument may be asked for again by its name alone."""
    first = metered.meter.counter("made", "{order}")

    assert metered.meter.counter("made") is first
    assert metered.meter.histogram("sizes", "KiBy") is metered.meter.histogram("sizes")
    assert metered.faults == []


def test_names_made_out_of_data_are_bounded(metered: Metered) -> None:
    """Each instrument costs memory for ever."""
    for number in range(1500):
        metered.meter.counter(f"user.{number}").add(1)

    assert len(metered.metrics()) == 1001
    assert metered.value("overflow.counter") == 500


UNITS = ["s", "By", "{token}", "1", "%", "USD", "{USD}", "EUR", "{row}", "", "Cel"]


@pytest.mark.parametrize("unit", UNITS)
def test_quantiles_can_be_read_from_the_boundaries_of_a_unit(metered: Metered, unit: str) -> None:
    """p95 of values that are usual for the unit comes out within a bucket's width, and not at an end."""
    usual = {"s": 0.08, "By": 40_000, "{token}": 900, "1": 0.5, "%": 50, "{row}": 300, "Cel": 21}.get(unit, 0.02)
    values = [usual * (0.5 + number / 100) for number in range(100)]
    bounds = boundaries_for(unit)
    exact = sorted(values)[94]

    below = max((bound for bound in bounds if bound < exact), default=None)
    above = min((bound for bound in bounds if bound >= exact), default=None)

    assert list(bounds) == sorted(set(bounds))
    assert len(bounds) <= 32
    assert below is not None
    assert above is not None
    assert above - below <= exact * (4 if unit == "{token}" else 1.5)


def test_objectives_on_http_limits_hold_for_timers() -> None:
    """The conventions' boundaries are among the timer's."""
    assert set(HTTP_DURATION_BOUNDARIES) <= set(SECONDS)


@pytest.mark.parametrize(
    ("given", "kept"),
    [([1, 2, 3], [1, 2, 3]), ([3, 1, 1], [1, 3]), ([1, math.inf], [1]), (["a"], None), ([], None), (7, None),
     (range(500), list(range(200)))],
)  # fmt: skip
def test_own_boundaries_are_taken_or_said_to_be_wrong(metered: Metered, given: Any, kept: list[float] | None) -> None:
    """Those of the unit hold when none of them can be used."""
    metered.meter.histogram("made", "By", boundaries=given).record(1)

    (point,) = metered.metrics()["made"].data.data_points
    assert list(point.explicit_bounds) == (kept or list(boundaries_for("By")))
    assert metered.faults == ([] if given == [1, 2, 3] else ["metric_definition"])


def test_boundaries_in_milliseconds_are_converted_with_the_values(metered: Metered) -> None:
    """They are given in the unit that was asked for."""
    metered.meter.histogram("made", "ms", boundaries=[100, 1000]).record(200)

    (point,) = metered.metrics()["made"].data.data_points
    assert [list(point.explicit_bounds), list(point.bucket_counts)] == [[0.1, 1.0], [0, 1, 0]]


def test_a_callback_may_give_several_series_nothing_or_an_error(metered: Metered) -> None:
    """A later callback of the same name replaces the first."""
    answers: list[Any] = [[(1, {"queue": "a"}), (2, {"queue": "b"}), ("x", {"queue": "c"})], None, 5]
    metered.meter.gauge("depth", callback=lambda: 1 / 0)
    metered.metrics()
    assert metered.faults == ["metric_callback"]
    gauge = metered.meter.gauge("depth", callback=lambda: answers.pop(0))

    points = metered.metrics()["depth"].data.data_points
    assert {point.attributes["queue"]: point.value for point in points} == {"a": 1, "b": 2}
    assert "depth" not in metered.metrics()
    assert metered.value("depth") == 5
    assert gauge.name == "depth"


def test_what_is_held_is_counted_down_however_the_block_ends(metered: Metered) -> None:
    """With the attributes that it was counted up with."""
    jobs = metered.meter.up_down("jobs")
    labels = {"kind": "mail"}
    with contextlib.suppress(KeyError), jobs.held(labels, queue="a"):
        labels["kind"] = "changed"
        assert metered.value("jobs") == 1
        raise KeyError

    assert metered.value("jobs") == 0


def test_what_was_wrong_before_init_is_kept_for_it() -> None:
    """Instruments are made at import time."""
    misuse.take_early()
    provider = MeterProvider(shutdown_on_exit=False)
    Meter(provider.get_meter("app")).counter("no good")

    (fault,) = misuse.take_early()
    assert "meter.counter('no good')" in str(fault)
    assert misuse.take_early() == []
