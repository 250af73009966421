"""What becomes of faults when the kit is not strict: each counted, said once, and never a flood of lines."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from otel_kit.errors import EventError, Fault
from otel_kit.events.faults import report
from tests.unit.events.conftest import Counted

UseOutlet = Callable[[bool], Counted]


def test_each_is_counted_and_said_once(use_outlet: UseOutlet, caplog: pytest.LogCaptureFixture) -> None:
    """However often it comes."""
    counted = use_outlet(False)
    for _ in range(3):
        report("shop.said.once", [Fault("event shop.said.once", "has no field 'a'"), Fault("event", "misses 'b'")])

    assert [place for place, _ in counted] == ["event_fields"] * 6
    assert [record.getMessage() for record in caplog.records] == [
        "event shop.said.once has no field 'a'.",
        "event misses 'b'.",
    ]


def test_names_out_of_data_are_not_all_said(use_outlet: UseOutlet, caplog: pytest.LogCaptureFixture) -> None:
    """Ten of a kind tell enough; another kind is said all the same."""
    use_outlet(False)
    for number in range(1000):
        report("shop.flood", [Fault(f"alert {number}", "is one name too many")])
        report("shop.flood", [Fault("event shop.flood", f"has no field 'k{number}'")])
    report("shop.flood", [Fault("alert x", "is of another kind")])

    assert len(caplog.records) == 21


def test_strict_raises_all_at_once_and_no_fault_is_none(use_outlet: UseOutlet) -> None:
    """Before anything is counted."""
    counted = use_outlet(True)
    report("shop.fine", [])
    with pytest.raises(EventError, match="2 faults"):
        report("shop.strict", [Fault("a", "b"), Fault("c", "d")])

    assert counted == []
