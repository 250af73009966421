"""Fields as they were given, compared with fields as they were defined."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from otel_kit.events.fields import Field, mended

_FIELDS = {
    "order_id": Field("order_id", str, True),
    "user_id": Field("user_id", str | None, False),
    "total": Field("total", float, True),
    "kind": Field("kind", Literal["online", "shop"], False),
}


@pytest.mark.parametrize(
    ("given", "values", "surplus", "faults"),
    [
        ({"order_id": "1", "total": 1.5}, {"order_id": "1", "total": 1.5}, {}, []),
        ({"order_id": "1", "total": 1}, {"order_id": "1", "total": 1.0}, {}, []),
        (
            {"oder_id": "1", "total": 1.5},
            {"order_id": "1", "total": 1.5},
            {},
            ["event e has no field 'oder_id'. Did you mean 'order_id'?"],
        ),
        (
            {"order_id": "1", "total": 1.5, "colour": "red"},
            {"order_id": "1", "total": 1.5},
            {"colour": "red"},
            ["event e has no field 'colour'; its fields are order_id, user_id, total, kind."],
        ),
        ({"order_id": "1"}, {"order_id": "1"}, {}, ["event e misses its field 'total'; float is wanted."]),
        (
            {"order_id": 17, "total": "x"},
            {"order_id": 17, "total": "x"},
            {},
            ["event e has a field 'order_id' for str; got int.", "event e has a field 'total' for float; got str."],
        ),
        (
            {"order_id": "1", "total": 1.5, "kind": "onlin"},
            {"order_id": "1", "total": 1.5, "kind": "online"},
            {},
            [
                "event e has a field 'kind' for one of 'online', 'shop'; got another text. Did you mean 'online'?",
            ],
        ),
        # What is given under its right name is not overwritten by what is misspelt, and stays.
        (
            {"order_id": "1", "orderid": "2", "total": 1.5, "user_id": "u"},
            {"order_id": "1", "total": 1.5, "user_id": "u"},
            {"orderid": "2"},
            ["event e has no field 'orderid'; its fields are order_id, user_id, total, kind."],
        ),
        # As near to one as to the other: nobody can tell.
        (
            {"er_id": "1", "total": 1.5},
            {"total": 1.5},
            {"er_id": "1"},
            [
                "event e has no field 'er_id'. Did you mean 'user_id'?",
                "event e misses its field 'order_id'; str is wanted.",
            ],
        ),
    ],
)
def test_fields_are_mended(
    given: dict[str, Any], values: dict[str, Any], surplus: dict[str, Any], faults: list[str]
) -> None:
    """Misspelt, unknown, missing, of a wrong type, a value that is not among those known."""
    done = mended("e", _FIELDS, given)

    assert (done.values, done.surplus, [str(fault) for fault in done.faults]) == (values, surplus, faults)


def test_values_by_position_and_too_many_of_them() -> None:
    """As far as there are fields."""
    done = mended("e", _FIELDS, {}, ("1", None, 2.5, "shop", "one too many"))

    assert done.values == {"order_id": "1", "user_id": None, "total": 2.5, "kind": "shop"}
    assert [str(fault) for fault in done.faults] == ["event e takes 4 fields; 5 values were given."]


def test_a_flood_of_unknown_fields_is_bounded_and_quotes_no_value() -> None:
    """As when somebody passes a whole payload."""
    payload = {f"{'k' * 5000}{number}": "bob@example.com" for number in range(500)}

    done = mended("e", _FIELDS, {"order_id": "1", "total": 1.0, **payload})

    assert len(done.surplus) == 64
    assert all(len(str(fault)) < 300 and "bob" not in str(fault) for fault in done.faults)
