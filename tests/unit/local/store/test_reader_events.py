"""Events over HTTP: chosen by what they are, paged by time, counted by category and name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from otel_kit.semconv import EVENT_CATEGORY, EVENT_OUTCOME, RETENTION_TIER
from tests.unit.local import messages
from tests.unit.local.client import RunningViewer
from tests.unit.local.conftest import running
from tests.unit.local.messages import SECOND
from tests.unit.local.store.test_reader_traces import pages


def event(name: str, category: str, at: int, body: str = "", outcome: str | None = None, **fields: Any) -> LogRecord:
    """Return an event as the kit sends it."""
    said = {EVENT_CATEGORY: category, RETENTION_TIER: "default", **fields}
    if outcome is not None:
        said[EVENT_OUTCOME] = outcome
    return messages.log(body, at=at, attributes=said, event_name=name)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningViewer]:
    """A viewer with five events, numbered in their order by ``n``, and a log record that is none."""
    at = messages.now() - 60 * SECOND
    several = [
        event("otel_kit.audit", "audit", at + 1, "refunded order 17", "success", n=1, actor="c-7"),
        event("otel_kit.security", "security", at + 2, "", "failure", n=2, reason="wrong password"),
        event("otel_kit.audit", "audit", at + 3, "", "failure", n=3, actor="c-8"),
        messages.log("no event, although it says a category", at=at + 4, attributes={EVENT_CATEGORY: "audit"}),
        event("shop.order.placed", "business", at + 5, "", n=4, note="100% of it"),
    ]
    with running(tmp_path_factory.mktemp("events")) as viewer:
        viewer.send(messages.logs(*several))
        viewer.send(messages.logs(event("third.party", "", at + 6, "hello", n=5), service="worker"))
        yield viewer


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [5, 4, 3, 2, 1]),
        ({"category": "audit"}, [3, 1]),
        ({"name": "otel_kit.audit"}, [3, 1]),
        ({"name": "otel_kit.audit", "category": "security"}, []),
        ({"service": "worker"}, [5]),
        ({"outcome": "failure"}, [3, 2]),
        ({"outcome": "failure", "category": "audit"}, [3]),
        ({"q": "ORDER"}, [4, 1]),
        ({"q": "wrong pass"}, [2]),
        ({"q": "100%"}, [4]),
        ({"q": "1%0"}, []),
        ({"attr": "actor=c-7"}, [1]),
        ({"attr": ["actor=c-7", "n=1"]}, [1]),
        ({"attr": "service.name=worker"}, [5]),
        ({"to": 1000}, []),
    ],
)
def test_filters_find_what_they_say(shop: RunningViewer, filters: dict[str, Any], expected: list[int]) -> None:
    """Each filter alone, and together with others; a log record without an event's name is none."""
    assert [found["attributes"]["n"] for found in shop.get("events", **filters)["events"]] == expected


def test_an_event_tells_what_it_is(shop: RunningViewer) -> None:
    """Its category, outcome and tier, beside all that a log record has; None where it does not say."""
    (audit,) = shop.get("events", q="refunded")["events"]
    (foreign,) = shop.get("events", service="worker")["events"]

    assert (audit["event_name"], audit["category"], audit["outcome"]) == ("otel_kit.audit", "audit", "success")
    assert (audit["tier"], audit["body"], audit["service"]) == ("default", "refunded order 17", "shop")
    assert (foreign["category"], foreign["outcome"]) == ("", None)


def test_events_are_counted(shop: RunningViewer) -> None:
    """By category, outcome and name, of all services or of one."""
    counts = shop.get("events/counts")

    assert counts["total"] == 5
    assert counts["categories"] == {"audit": 2, "security": 1, "business": 1, "": 1}
    assert counts["outcomes"] == {"success": 1, "failure": 2, "": 2}
    assert [(each["name"], each["count"]) for each in counts["names"]] == [
        ("otel_kit.audit", 2),
        ("otel_kit.security", 1),
        ("shop.order.placed", 1),
        ("third.party", 1),
    ]
    assert shop.get("events/counts", service="worker")["categories"] == {"": 1}
    assert shop.get("events/counts", to=1000)["total"] == 0


def test_pages_neither_lose_nor_repeat(viewer: RunningViewer) -> None:
    """Events of one instant too, and those that arrive late stand at their time."""
    at = messages.now() - 60 * SECOND
    for turn in (2, 0, 1):
        same = [event("otel_kit.api", "api", at + turn * SECOND, n=turn * 10 + number) for number in range(10)]
        viewer.send(messages.logs(*same))

    shown = [each["attributes"]["n"] for page in pages(viewer, "events", "events", limit=4) for each in page]

    assert shown == list(reversed(range(30)))


def test_a_bad_filter_is_named(viewer: RunningViewer) -> None:
    """Nothing is silently ignored."""
    answer = viewer.ask("events", severity="info")

    assert (answer.status, answer.json["error"]["field"]) == (422, "severity")
