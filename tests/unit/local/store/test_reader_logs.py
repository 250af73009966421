"""Log lists over HTTP: filters, exact order, and pages that neither lose nor repeat."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.local import messages
from tests.unit.local.client import RunningViewer
from tests.unit.local.conftest import running
from tests.unit.local.messages import SECOND
from tests.unit.local.store.test_reader_traces import pages


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningViewer]:
    """A viewer with five log records, numbered in their order."""
    at = messages.now() - 60 * SECOND
    records = [
        messages.log("1 Payment accepted", at=at + 1, severity=9, attributes={"user.id": "u-1", "try": 1}),
        messages.log(
            "2 payment FAILED for 100% of it", at=at + 2, severity=17, trace_id=messages.TRACE, span_id=messages.ROOT
        ),
        messages.log({"3": "payment"}, at=at + 3, severity=5),
        messages.log("4 snake_case id", at=at + 4, severity=0, attributes={"user.id": "u-1"}),
    ]
    with running(tmp_path_factory.mktemp("five")) as viewer:
        viewer.send(messages.logs(*records))
        viewer.send(
            messages.logs(messages.log("5 Straße", at=at + 5, severity=21), service="worker", logger="worker.jobs")
        )
        yield viewer


def number(log: dict[str, Any]) -> int:
    """Return the number that a record's body begins with."""
    return int(str(log["body"]).strip("{'")[0])


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [5, 4, 3, 2, 1]),
        ({"order": "asc"}, [1, 2, 3, 4, 5]),
        ({"q": "payment"}, [3, 2, 1]),
        ({"q": "PAYMENT", "order": "asc"}, [1, 2, 3]),
        ({"q": "ment acc"}, [1]),
        ({"q": "100%"}, [2]),
        ({"q": "1%0"}, []),
        ({"q": "snake_case"}, [4]),
        ({"q": "snakeXcase"}, []),
        ({"q": "_"}, [4]),
        ({"q": "id"}, [4]),
        ({"q": "Straße"}, [5]),
        ({"q": "nowhere"}, []),
        ({"severity": "trace"}, [5, 4, 3, 2, 1]),
        ({"severity": "info"}, [5, 4, 2, 1]),
        ({"severity": "error"}, [5, 2]),
        ({"severity": "fatal"}, [5]),
        ({"severity": "error", "q": "payment"}, [2]),
        ({"service": "worker"}, [5]),
        ({"logger": "worker.jobs"}, [5]),
        ({"logger": "shop.orders", "severity": "error"}, [2]),
        ({"trace_id": messages.TRACE.hex()}, [2]),
        ({"trace_id": messages.TRACE.hex().upper()}, [2]),
        ({"span_id": messages.ROOT.hex()}, [2]),
        ({"trace_id": "ab" * 16}, []),
        ({"attr": "user.id=u-1"}, [4, 1]),
        ({"attr": ["user.id=u-1", "try=1"]}, [1]),
        ({"attr": "user.id=u-1", "q": "payment"}, [1]),
        ({"attr": "service.name=worker"}, [5]),
        ({"attr": "service.name=worker", "q": "payment"}, []),
        ({"to": 1000}, []),
    ],
)
def test_filters_find_what_they_say(five: RunningViewer, filters: dict[str, Any], expected: list[int]) -> None:
    """Each filter alone, and together with others."""
    assert [number(log) for log in five.get("logs", **filters)["logs"]] == expected


@pytest.mark.parametrize("order", ["desc", "asc"])
@pytest.mark.parametrize("filters", [{}, {"q": "line"}, {"attr": "kind=even"}, {"service": "shop"}])
def test_pages_are_in_the_order_of_time_whatever_arrived_first(
    viewer: RunningViewer, order: str, filters: dict[str, Any]
) -> None:
    """Two services whose batches overlap, and one that comes late."""
    at = messages.now() - 100 * SECOND
    times = list(range(60))
    random.Random(3).shuffle(times)
    for first in range(0, 60, 6):
        batch = [
            messages.log(f"line {n}", at=at + n * SECOND, attributes={"kind": "even" if n % 2 == 0 else "odd"})
            for n in times[first : first + 6]
        ]
        viewer.send(messages.logs(*batch))

    found = [log["body"] for page in pages(viewer, "logs", "logs", limit=7, order=order, **filters) for log in page]

    wanted = [n for n in range(60) if "attr" not in filters or n % 2 == 0]
    assert found == [f"line {n}" for n in (reversed(wanted) if order == "desc" else wanted)]


def test_records_of_the_same_instant_are_paged_without_loss(viewer: RunningViewer) -> None:
    """The order of arrival decides between them."""
    at = messages.now()
    viewer.send(messages.logs(*[messages.log(f"line {n}", at=at) for n in range(20)]))

    found = [log["body"] for page in pages(viewer, "logs", "logs", limit=3, q="line") for log in page]

    assert found == [f"line {n}" for n in reversed(range(20))]


def test_new_data_shows_at_once(viewer: RunningViewer) -> None:
    """What was answered is in the next list."""
    for count in range(1, 6):
        viewer.send(messages.logs(messages.log(f"line {count}")))

        assert len(viewer.get("logs", q="line")["logs"]) == count
