"""Trace lists and single traces over HTTP: whichever order the spans arrived in."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.local import messages
from tests.unit.local.client import RunningViewer
from tests.unit.local.conftest import running
from tests.unit.local.messages import SECOND


def pages(viewer: RunningViewer, path: str, items: str, **params: Any) -> list[list[Any]]:
    """Return all pages of a list."""
    found, cursor = [], ""
    while True:
        answer = viewer.get(path, **params, **({"cursor": cursor} if cursor else {}))
        found.append(answer[items])
        cursor = answer["next"]
        if cursor is None:
            return found


def test_a_trace_is_whole_whatever_order_its_spans_arrive_in(viewer: RunningViewer) -> None:
    """Child first, in two requests of two services, one of them sent twice."""
    at = messages.now()
    child = messages.span(
        span_id=b"child..1", parent_span_id=messages.ROOT, start=at + 1000, kind=3, error=True, name="call"
    )
    grandchild = messages.span(span_id=b"grandch1", parent_span_id=b"child..1", start=at + 2000, name="POST /pay")
    root = messages.span(
        start=at, attributes={"http.route": "/orders", "http.request.method": "POST", "http.response.status_code": 500}
    )
    viewer.send(messages.traces(grandchild, service="payments"))
    viewer.send(messages.traces(child))
    viewer.send(messages.traces(root))
    viewer.send(messages.traces(child))
    viewer.send(messages.logs(messages.log(trace_id=messages.TRACE)))

    (summary,) = viewer.get("traces")["traces"]
    trace = viewer.get(f"traces/{messages.TRACE.hex()}")

    assert summary == {
        "trace_id": messages.TRACE.hex(),
        "start_ms": at / 1e6,
        "duration_ms": 5.002,
        "root": {
            "service": "shop",
            "name": "GET /orders",
            "kind": "server",
            "route": "/orders",
            "method": "POST",
            "status_code": 500,
        },
        "services": ["payments", "shop"],
        "span_count": 3,
        "error_count": 1,
        "has_logs": True,
    }
    assert [(span["name"], span["depth"]) for span in trace["spans"]] == [
        ("GET /orders", 0),
        ("call", 1),
        ("POST /pay", 2),
    ]
    assert [log["body"] for log in trace["logs"]] == ["order stored"]


def test_an_unknown_trace_is_404_and_a_malformed_id_422(viewer: RunningViewer) -> None:
    """With the field that is wrong."""
    unknown, malformed = viewer.ask(f"traces/{'ab' * 16}"), viewer.ask("traces/xyz")

    assert (unknown.status, malformed.status) == (404, 422)
    assert malformed.json["error"]["field"] == "trace_id"


def test_pages_hold_every_trace_once_newest_first(viewer: RunningViewer) -> None:
    """Though the spans arrived in any order."""
    at, spans, starts = messages.now() - 60 * SECOND, [], []
    for number in range(23):
        trace_id, root = os.urandom(16), os.urandom(8)
        starts.append((at + number * SECOND) / 1e6)
        spans.append(messages.span(trace_id=trace_id, span_id=root, start=at + number * SECOND))
        spans.extend(
            messages.span(
                trace_id=trace_id, span_id=os.urandom(8), parent_span_id=root, start=at + number * SECOND + 1000 * n
            )
            for n in range(1, 4)
        )
    random.Random(5).shuffle(spans)
    for first in range(0, len(spans), 7):
        viewer.send(messages.traces(*spans[first : first + 7]))

    found = pages(viewer, "traces", "traces", limit=5)

    assert [len(page) for page in found] == [5, 5, 5, 5, 3]
    assert [trace["start_ms"] for page in found for trace in page] == sorted(starts, reverse=True)
    assert {trace["span_count"] for page in found for trace in page} == {4}


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningViewer]:
    """A viewer with three traces: an order that failed in payments, a slow cart, a job without a route."""
    at = messages.now() - 30 * SECOND
    ids = [bytes([number]) * 16 for number in (1, 2, 3)]
    order = messages.span(
        trace_id=ids[0], start=at, name="POST /orders", attributes={"http.route": "/orders", "user.id": 7}
    )
    failed = messages.span(
        trace_id=ids[0], span_id=b"failed.1", parent_span_id=messages.ROOT, start=at + 1000, error=True, name="charge",
        kind=3, attributes={"tags": ["card", "visa"], "dry_run": False},
        events=[{"name": "exception", "attributes": messages.pairs({"exception.type": "CardError"})}],
    )  # fmt: skip
    cart = messages.span(
        trace_id=ids[1], start=at + SECOND, duration=3 * SECOND, name="GET /cart", attributes={"http.route": "/cart"}
    )
    job = messages.span(trace_id=ids[2], start=at + 2 * SECOND, name="nightly job")
    with running(tmp_path_factory.mktemp("three")) as viewer:
        viewer.send(messages.traces(order, cart))
        viewer.send(messages.traces(failed, service="payments", version="2.1"))
        viewer.send(messages.traces(job, service="worker"))
        yield viewer


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [3, 2, 1]),
        ({"service": "payments"}, [1]),
        ({"service": "nobody"}, []),
        ({"route": "/cart"}, [2]),
        ({"route": "nightly job"}, [3]),
        ({"status": "error"}, [1]),
        ({"status": "error", "route": "/orders"}, [1]),
        ({"status": "ok"}, [3, 2]),
        ({"min_ms": 1000}, [2]),
        ({"min_ms": 3000.5}, []),
        ({"attr": "user.id=7"}, [1]),
        ({"attr": "user.id=8"}, []),
        ({"attr": "tags=visa"}, [1]),
        ({"attr": "dry_run=false"}, [1]),
        ({"attr": "exception.type=CardError"}, [1]),
        ({"attr": "version=2.1"}, [1]),
        ({"attr": ["tags=visa", "dry_run=false"]}, [1]),
        ({"attr": ["tags=visa", "user.id=7"]}, []),
        ({"attr": "version=2.1", "service": "shop"}, []),
        ({"q": "CART"}, [2]),
        ({"q": "g"}, [3, 2, 1]),
        ({"q": "100%"}, []),
        ({"to": 1000}, []),
    ],
)
def test_filters_find_what_they_say(three: RunningViewer, filters: dict[str, Any], expected: list[int]) -> None:
    """Filters on spans hold for one and the same span; status and duration for the trace."""
    found = three.get("traces", **filters)["traces"]

    assert [bytes.fromhex(trace["trace_id"])[0] for trace in found] == expected


def test_filtered_pages_hold_every_trace_once(viewer: RunningViewer) -> None:
    """Also where several spans of a trace match, far apart."""
    at, ids = messages.now() - 60 * SECOND, [os.urandom(16) for _ in range(12)]
    for turn in range(3):
        spans = [
            messages.span(trace_id=each, span_id=os.urandom(8), start=at + turn * SECOND + n, attributes={"k": "v"})
            for n, each in enumerate(ids)
        ]
        viewer.send(messages.traces(*spans))

    found = [trace["trace_id"] for page in pages(viewer, "traces", "traces", attr="k=v", limit=5) for trace in page]

    assert sorted(found) == sorted(each.hex() for each in ids)


def test_a_long_trace_is_shown_in_parts(viewer: RunningViewer) -> None:
    """Two thousand spans at a time."""
    at = messages.now()
    spans = [messages.span(span_id=(n + 1).to_bytes(8, "big"), start=at + n) for n in range(2003)]
    viewer.send(messages.traces(*spans))

    first = viewer.get(f"traces/{messages.TRACE.hex()}")
    rest = viewer.get(f"traces/{messages.TRACE.hex()}", spans_from=2000)

    assert (len(first["spans"]), first["truncated"]) == (2000, True)
    assert (len(rest["spans"]), rest["truncated"]) == (3, False)
