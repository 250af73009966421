"""What fits a field, and what a value becomes on its way out."""

from __future__ import annotations

import datetime
import decimal
import enum
import pathlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NewType, Optional, TypedDict

import pytest

from otel_kit.events.value_types import Between, as_number, as_wanted, choices, fits, plainer, shown


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Line(TypedDict):
    sku: str


@dataclass
class Money:
    amount: decimal.Decimal
    currency: str


class Liar:
    """Says that it is a text, and raises when asked for anything."""

    @property
    def __class__(self) -> type:  # type: ignore[override]
        return str

    def __str__(self) -> str:
        raise RuntimeError("no")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no")

    __hash__ = object.__hash__


UserId = NewType("UserId", str)
NOW = datetime.datetime(2026, 11, 21, 20, 0, 0, 5, tzinfo=datetime.UTC)
CYCLE: list[Any] = []
CYCLE.append(CYCLE)


@pytest.mark.parametrize(
    ("wanted", "good", "bad"),
    [
        (str, ["", "x"], [1, None, b"x", ["x"]]),
        (int, [0, -1, 1 << 80], [True, 1.0, "1", None]),
        (float, [0, 1.5, float("nan")], [True, "1", decimal.Decimal(1)]),
        (bool, [True], [1, "true", None]),
        (str | None, ["x", None], [1]),
        (Optional[int], [1, None], ["1"]),  # noqa: UP045 - as people write it
        (Literal["a", 1], ["a", 1], ["b", True, 1.0, None]),
        (Annotated[float, Between(0, 1)], [0, 1, 0.5], [-0.1, 1.1, "x"]),
        (Annotated[float, Between(0, 1)] | None, [None, 1], [2]),
        (Sequence[str], [["a"], ("a",), []], ["abc", [1], {"a"}]),
        (list[int], [[1]], [(1,), ["1"]]),
        (tuple[int, str], [(1, "a")], [(1,), ("a", 1)]),
        (tuple[int, ...], [(), (1, 2)], [("a",)]),
        (Mapping[str, int], [{"a": 1}], [{1: 1}, {"a": "b"}, []]),
        (dict[str, list[int]], [{"a": [1]}], [{"a": ["x"]}]),
        (datetime.datetime, [NOW], [datetime.date(2026, 1, 1), "2026"]),
        (Colour, [Colour.RED], ["red"]),
        (uuid.UUID, [uuid.UUID(int=1)], ["1"]),
        (decimal.Decimal, [decimal.Decimal("1.1")], [1.1]),
        (Money, [Money(decimal.Decimal(1), "CHF")], [{"amount": 1}]),
        (Line, [{"sku": "x"}], ["x"]),
        (UserId, ["u"], [1]),
        (Any, [1, None, object()], []),
        (None, [None], [0]),
        ("NotResolved", [1], []),
        (Literal["a"], [], [Liar]),
    ],
    ids=str,
)
def test_a_value_fits_what_its_field_is_annotated_with(wanted: Any, good: list[Any], bad: list[Any]) -> None:
    """As a type checker would have it; ``bool`` is no number here."""
    assert [value for value in good if not fits(value, wanted)] == []
    assert [value for value in bad if fits(value, wanted)] == []


def test_values_that_raise_fit_or_not_and_never_raise() -> None:
    """What cannot be found out passes."""
    assert fits(Liar(), str) in (True, False)
    assert fits(Liar(), Literal["a"]) in (True, False)
    assert fits(CYCLE, list[list[Any]])


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (NOW, "2026-11-21T20:00:00.000005+00:00"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (datetime.timedelta(minutes=1, milliseconds=500), 60.5),
        (Colour.RED, "red"),
        (Level.HIGH, 3),
        (decimal.Decimal("1.10"), "1.10"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (pathlib.PurePosixPath("/srv/x"), "/srv/x"),
        (Money(decimal.Decimal("1.10"), "CHF"), {"amount": "1.10", "currency": "CHF"}),
        ({"a": (1, {Colour.RED})}, {"a": [1, ["red"]]}),
        ({1: NOW}, {"1": "2026-11-21T20:00:00.000005+00:00"}),
        (None, None),
        (b"x", b"x"),
        (Money, str(Money)),
    ],
    ids=str,
)
def test_values_become_plain(value: Any, plain: Any) -> None:
    """Texts, numbers, lists and dictionaries of such."""
    assert plainer(value) == plain


def test_hostile_values_become_something_plain() -> None:
    """Within bounds, whatever they are."""
    wide: Any = "x"
    for _ in range(40):
        wide = [wide] * 10
    for value in (CYCLE, wide, Liar(), {"a": Liar()}, [Liar()] * 3, range(10**9), type("X", (), {})()):
        assert len(repr(plainer(value))) < 200_000


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (str, "str"),
        (str | None, "str or None"),
        (Literal["a", "b"], "one of 'a', 'b'"),
        (Annotated[float, Between(0, 1)] | None, "float of 0 to 1 or None"),
        (Sequence[str], "Sequence[str]"),
    ],
    ids=str,
)
def test_annotations_are_shown_as_users_write_them(wanted: Any, text: str) -> None:
    """In messages."""
    assert shown(wanted) == text


def test_texts_that_are_numbers() -> None:
    """Only where a number is wanted, and only plain ones."""
    assert [as_number(text, int) for text in ("200", "-1", "1.5", "x", "", "1e3", "9" * 40)] == [200, -1] + [None] * 5
    assert [as_number(text, float | None) for text in ("200", "1.5", "nan")] == [200.0, 1.5, None]
    assert as_number("200", str) is None


def test_texts_to_choose_from_and_numbers_that_stay_floats() -> None:
    """A whole number in a field for floats is one; where both are wanted it stays as it is."""
    assert choices(Literal["a", "b"] | None) == ("a", "b")
    assert choices(str) == ()
    assert repr(
        [as_wanted(3, float), as_wanted(3, float | None), as_wanted(3, int | float), as_wanted(True, float)]
    ) == ("[3.0, 3.0, 3, True]")
    assert as_wanted(1 << 60, float) == 1 << 60
