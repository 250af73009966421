"""Status, services, overview, redaction, live tail, and what happens to bad filters."""

from __future__ import annotations

import http.client
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from otel_kit.policy.load import load_policy
from otel_kit.redaction.redactor import compile_policy, default_redactor
from otel_kit.semconv import REDACTION_ERRORS, REDACTION_HITS, REDACTION_KEY, REDACTION_REPORTED, REDACTION_RULE
from otel_kit.version import __version__
from tests.conditions import eventually
from tests.unit.local import messages
from tests.unit.local.client import RunningViewer
from tests.unit.local.conftest import StartViewer
from tests.unit.local.messages import SECOND


def test_status_tells_what_came_and_what_is_held(viewer: RunningViewer) -> None:
    """With the policy and the endpoints."""
    at = messages.now()
    viewer.send(messages.traces(messages.span(start=at), messages.span(span_id=b"another1", start=at)))
    viewer.send(messages.logs(messages.log(at=at)))
    viewer.send(messages.metrics(messages.counter("n", (at, 1.0)), service="orders"))

    status = viewer.get("status")

    assert (status["version"], status["policy"]) == (__version__, default_redactor().policy_id)
    assert status["endpoints"] == {"page": viewer.page, "http": viewer.http, "grpc": None}
    ingest = status["ingest"]
    assert (ingest["spans"], ingest["logs"], ingest["points"], ingest["requests"]) == (2, 1, 1, 3)
    store = status["store"]
    assert (store["spans"], store["logs"], store["points"], store["series"]) == (2, 1, 1, 1)
    assert (store["oldest_ms"], store["retention_s"], store["max_bytes"]) == (at / 1e6, 86_400.0, 1 << 30)
    assert store["bytes"] > 100_000
    assert status["services"] == ["orders", "shop"]
    assert status["started_ms"] < status["now_ms"]


def test_services_are_counted_apart(viewer: RunningViewer) -> None:
    """Spans, logs, errors and the newest time of each."""
    at = messages.now()
    viewer.send(
        messages.traces(messages.span(start=at), messages.span(span_id=b"another1", start=at + 1000, error=True))
    )
    viewer.send(messages.logs(messages.log(at=at), service="orders"))

    services = viewer.get("services")["services"]

    assert services == [
        {"name": "orders", "spans": 0, "logs": 1, "errors": 0, "last_ms": at / 1e6},
        {"name": "shop", "spans": 2, "logs": 0, "errors": 1, "last_ms": (at + 1000) / 1e6},
    ]
    assert viewer.get("services", since=1, to=2)["services"] == []


def test_the_overview_counts_requests_by_route(viewer: RunningViewer) -> None:
    """SERVER spans only; percentiles within 2.3 %."""
    at = messages.now() - 60 * SECOND
    requests = [
        messages.span(
            trace_id=bytes([n + 1]) * 16, start=at + n, duration=(n + 1) * 1_000_000, error=n < 5,
            attributes={"http.route": "/a", "http.request.method": "GET"},
        )
        for n in range(100)
    ]  # fmt: skip
    job = messages.span(trace_id=b"j" * 16, start=at, name="job")
    inner = messages.span(trace_id=b"j" * 16, span_id=b"inner..1", start=at, kind=3, error=True)
    viewer.send(messages.traces(*requests))
    viewer.send(messages.traces(job, inner, service="worker"))
    viewer.send(messages.logs(messages.log(at=at)))

    everything, shop = viewer.get("overview"), viewer.get("overview", service="shop")

    first, second = everything["routes"]
    assert (first["service"], first["method"], first["route"]) == ("shop", "GET", "/a")
    assert (first["count"], first["errors"], first["error_ratio"]) == (100, 5, 0.05)
    assert [first[key] for key in ("p50_ms", "p95_ms", "p99_ms")] == pytest.approx([50, 95, 99], rel=0.04)
    assert (second["service"], second["method"], second["route"], second["errors"]) == ("worker", "", "job", 0)
    assert everything["totals"] == {"spans": 102, "logs": 1, "traces": 101, "errors": 6}
    assert shop["totals"] == {"spans": 100, "logs": 1, "traces": 100, "errors": 5}
    assert [route["service"] for route in shop["routes"]] == ["shop"]
    assert sum(point["count"] for point in everything["timeline"]["points"]) == 101
    assert sum(point["errors"] for point in shop["timeline"]["points"]) == 5
    assert (len(everything["error_traces"]), len(shop["error_traces"])) == (6, 5)


def test_beyond_two_hundred_routes_the_rest_is_one(viewer: RunningViewer) -> None:
    """So that ids in paths cannot flood the page."""
    at = messages.now()
    spans = [messages.span(span_id=(n + 1).to_bytes(8, "big"), start=at, name=f"GET /user/{n}") for n in range(250)]
    viewer.send(messages.traces(*spans))

    routes = viewer.get("overview")["routes"]

    assert (len(routes), routes[-1]["route"], routes[-1]["count"]) == (201, "(other)", 50)


def test_redaction_shows_the_senders_counts_apart(viewer: RunningViewer) -> None:
    """The newest total of every series, over restarts; the receiver's own beside it."""
    at = messages.now()
    viewer.send(
        messages.metrics(
            messages.counter(REDACTION_HITS, (at, 3.0), (at + SECOND, 5.0), **{REDACTION_RULE: "email"}),
            messages.counter(REDACTION_HITS, (at + 2 * SECOND, 2.0), start=at + SECOND, **{REDACTION_RULE: "email"}),
            messages.counter(REDACTION_HITS, (at, 1.0), **{REDACTION_RULE: "card"}),
            messages.counter(REDACTION_ERRORS, (at, 4.0)),
        )
    )
    viewer.send(
        messages.metrics(messages.counter(REDACTION_HITS, (at, 10.0), **{REDACTION_RULE: "card"}), service="orders")
    )
    viewer.send(messages.logs(messages.log("jane@example.com")))

    shown = viewer.get("redaction")

    del shown["places"]
    assert shown == {
        "sdk": {"email": 7, "card": 11},
        "receiver": {"email": 1},
        "sdk_by_service": {"shop": {"email": 7, "card": 1}, "orders": {"card": 10}},
        "errors": {"sdk": 4, "receiver": 0},
        "truncated": False,
    }


def _place(rule: str, key: str, service: str, by: str, hits: int, reported: int = 0) -> dict[str, object]:
    return {"rule": rule, "key": key, "service": service, "by": by, "hits": hits, "reported": reported}


def test_differences_of_a_sender_are_added_up(viewer: RunningViewer) -> None:
    """Where a sender tells what came since its last report."""
    at = messages.now()
    delta = messages.counter(REDACTION_HITS, (at, 3.0), (at + SECOND, 4.0), temporality=1, **{REDACTION_RULE: "email"})
    viewer.send(messages.metrics(delta))

    assert viewer.get("redaction")["sdk"] == {"email": 7}


def test_redaction_is_shown_by_rule_key_and_service(viewer: RunningViewer) -> None:
    """What the senders altered and what they only reported, and what the receiver had to alter, each with its time."""
    at = messages.now()

    def found(name: str, rule: str, key: str, count: float) -> Metric:
        return messages.counter(name, (at, count), **{REDACTION_RULE: rule, REDACTION_KEY: key})

    viewer.send(
        messages.metrics(
            found(REDACTION_HITS, "card", "order.id", 9.0),
            found(REDACTION_REPORTED, "card", "order.id", 2.0),
            found(REDACTION_REPORTED, "ssn", "log.body", 1.0),
        )
    )
    record = messages.log("mail ada@example.com", attributes={"note": "mail jane@example.com"})
    viewer.send(messages.logs(record, record, service="legacy"))

    places = viewer.get("redaction")["places"]

    assert all(place.pop("last_ms") >= at / 1e6 for place in places)
    assert places == [
        _place("card", "order.id", "shop", "service", 9, 2),
        _place("email", "log.body", "legacy", "viewer", 2),
        _place("email", "note", "legacy", "viewer", 2),
        _place("ssn", "log.body", "shop", "service", 0, 1),
    ]
    assert [place["rule"] for place in viewer.get("redaction", service="shop")["places"]] == ["card", "ssn"]
    assert [place["key"] for place in viewer.get("redaction", rule="email")["places"]] == ["log.body", "note"]


def test_places_of_the_receiver_are_bounded(viewer: RunningViewer) -> None:
    """Senders choose names of keys and services: a thousand of them are counted in half as many places."""
    records = [messages.log("x", attributes={f"note{number}": "mail jane@example.com"}) for number in range(1000)]
    viewer.send(messages.logs(*records))

    places = viewer.get("redaction")["places"]

    assert len(places) == 513
    assert sum(place["hits"] for place in places) == 1000
    assert (places[0]["service"], places[0]["key"], places[0]["hits"]) == ("(other)", "(other)", 488)


def test_a_rule_is_told_with_all_that_it_does(viewer: RunningViewer) -> None:
    """A rule, a key class, a handler of its own, and the rule of somebody else's policy, which is nothing wrong."""
    card, password = viewer.get("rules/card"), viewer.get("rules/password")

    assert (card["kind"], card["pack"], card["action"], card["mode"]) == ("rule", "pii-core", "card", "enforce")
    assert ["card 4111 1111 1111 1111 declined", "card 4111-****-****-1111 declined"] in card["examples"]
    assert card["pattern"]
    assert card["policy"] == default_redactor().policy_id
    assert (password["kind"], password["class"], password["action"]) == ("key class", "restricted", "replace")
    assert "password" in password["words"]
    assert viewer.get("rules/sql_literal")["kind"] == "built-in"
    assert viewer.get("rules/customer_number")["kind"] == "unknown"
    assert viewer.get("rules/" + "x" * 5000)["id"] == "x" * 64


def test_another_policy_is_in_force_from_the_next_request_on(viewer: RunningViewer, tmp_path: Path) -> None:
    """What was remembered under the old one is forgotten; the rules are those of the new one."""
    layer = tmp_path / "policy.yaml"
    layer.write_text(
        "rules: { mine: { pattern: 'KD-[0-9]{8}' } }\nallow: { rules: { email: [note] }, keys: [] }\n", encoding="utf-8"
    )
    record = messages.log("KD-12345678", attributes={"note": "mail jane@example.com"})
    viewer.send(messages.logs(record))

    viewer.server.use(compile_policy(load_policy(layer)))
    viewer.send(messages.logs(record))

    first, second = viewer.get("logs", order="asc")["logs"]
    assert (first["body"], first["attributes"]["note"]) == ("KD-12345678", "mail j***@example.com")
    assert (second["body"], second["attributes"]["note"]) == ("[REDACTED:mine]", "mail jane@example.com")
    assert viewer.get("rules/mine")["kind"] == "rule"
    assert viewer.get("rules/email")["allowed_at"] == ["note"]
    assert viewer.get("status")["policy"] == viewer.get("rules/mine")["policy"]


@pytest.mark.parametrize(
    ("path", "params", "field"),
    [
        ("traces", {"colour": "red"}, "colour"),
        ("traces", {"status": "bad"}, "status"),
        ("traces", {"min_ms": "slow"}, "min_ms"),
        ("traces", {"min_ms": "-1"}, "min_ms"),
        ("traces", {"min_ms": "nan"}, "min_ms"),
        ("traces", {"attr": "novalue"}, "attr"),
        ("traces", {"limit": "0"}, "limit"),
        ("traces", {"limit": "501"}, "limit"),
        ("traces", {"limit": "1.5"}, "limit"),
        ("traces", {"since": "yesterday"}, "from"),
        ("traces", {"since": "1e300"}, "from"),
        ("traces", {"since": 20, "to": 10}, "from"),
        ("traces", {"cursor": "!!"}, "cursor"),
        ("traces", {"cursor": "WyJhIl0="}, "cursor"),
        ("logs", {"severity": "loud"}, "severity"),
        ("logs", {"trace_id": "12"}, "trace_id"),
        ("logs", {"span_id": "xx" * 8}, "span_id"),
        ("logs", {"order": "random"}, "order"),
        ("logs/tail", {"since": 1}, "from"),
        ("status", {"since": 1}, "from"),
    ],
)
def test_a_bad_filter_is_named(shared_viewer: RunningViewer, path: str, params: dict[str, object], field: str) -> None:
    """With status 422; nothing is silently ignored."""
    answer = shared_viewer.ask(path, **params)

    assert (answer.status, answer.json["error"]["field"]) == (422, field)
    assert answer.headers["cache-control"] == "no-store"


def test_the_live_tail_shows_what_matches_as_it_arrives(viewer: RunningViewer) -> None:
    """From now on, each record once, in the order of arrival."""
    viewer.send(messages.logs(messages.log("before, an order")))
    address = urlsplit(viewer.page)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=20)
    connection.request("GET", "/api/logs/tail?severity=warn&q=ORDER")
    stream = connection.getresponse()
    assert (stream.status, stream.getheader("content-type")) == (200, "text/event-stream; charset=utf-8")
    assert stream.readline() == b": tail\n"

    for number in range(3):
        viewer.send(messages.logs(messages.log(f"order {number}", severity=13), messages.log("order, info only")))
        viewer.send(messages.logs(messages.log("other", severity=17)))
    seen: list[str] = []
    while len(seen) < 3:
        line = stream.readline()
        if line.startswith(b"data: "):
            seen.append(json.loads(line[6:])["body"])
    connection.close()

    assert seen == ["order 0", "order 1", "order 2"]


def test_a_viewer_stops_with_a_tail_open(start_viewer: StartViewer) -> None:
    """An open page does not keep it alive."""
    viewer = start_viewer()
    address = urlsplit(viewer.page)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=20)
    connection.request("GET", "/api/logs/tail")
    stream = connection.getresponse()

    stopper = threading.Thread(target=viewer.server.stop)
    stopper.start()
    rest = stream.read()
    stopper.join(10)
    connection.close()

    assert not stopper.is_alive()
    assert rest.startswith(b": tail")


def test_many_senders_and_readers_at_once_lose_nothing(viewer: RunningViewer) -> None:
    """Each list that is asked for behind an answer holds what was answered."""

    def work(worker: int) -> None:
        for turn in range(10):
            viewer.send(messages.logs(messages.log(f"line {worker}.{turn}.")))
            assert len(viewer.get("logs", q=f"line {worker}.{turn}.")["logs"]) == 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))

    assert viewer.get("status")["store"]["logs"] == 80
    eventually(lambda: viewer.get("status")["ingest"]["queue_bytes"] == 0, "the queue is empty")
