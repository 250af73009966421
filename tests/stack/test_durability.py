"""Nothing that the Collector has accepted is lost: whoever stops, is killed, and comes back in whatever order."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from otel_kit.stack.native import Stack
from tests.conditions import eventually
from tests.stack import stored
from tests.stack.backends import Backends
from tests.stack.collector_process import BASE, LGTM, NewCollector
from tests.stack.durability import (
    BACKENDS,
    Balance,
    balance,
    kill_backends,
    refused_for_good,
    running_app,
    senders,
    wait_until_delivered,
)
from tests.stack.sequences import ACCEPTED, SIGNALS, OverGrpc, OverHttp, Sender, sending
from tests.stack.stack_fixture import make_stack

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def durable(binaries: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that the tests of this module may break; each leaves it running."""
    made = make_stack(tmp_path_factory.mktemp("durable"), binaries, {})
    made.start()
    yield made
    made.stop()


def more_accepted(*by: Sender, of: int = 3) -> None:
    """Wait until each sender has had some more requests of each signal accepted."""
    goals = {(one, signal): one.accepted.answers[signal, ACCEPTED] + of for one in by for signal in SIGNALS}
    eventually(
        lambda: all(one.accepted.answers[signal, ACCEPTED] >= goal for (one, signal), goal in goals.items()),
        "more is accepted",
        timeout_s=30,
    )


def assert_nothing_is_missing(balances: Mapping[str, Balance]) -> None:
    """Every accepted number is stored, and some were accepted."""
    for signal, one in balances.items():
        assert one.accepted > 0, signal
        assert one.missing == (), (signal, one)


@pytest.mark.timeout(120)  # restarts of large programs, on two cores that others use as well
def test_each_backend_stops_and_is_killed_while_others_send(durable: Stack) -> None:
    """Orderly and by kill -9, each in turn: the Collector keeps for it, its own write-ahead log keeps the rest.

    Tempo is killed when it has written down what it took: it says "accepted" before it does (docs/durability.md).
    """
    since = time.time()
    http, grpc = senders(durable)

    with sending(http, grpc):
        for name, ends in (
            ("loki", (durable.stop_one, durable.kill)),
            ("prometheus", (durable.stop_one, durable.kill)),
            ("tempo", (durable.stop_one,)),
        ):
            for end in ends:
                more_accepted(http, grpc)
                end(name)
                durable.start_one(name)
    wait_until_delivered(durable)
    kill_backends(durable, ["tempo"])
    durable.start_one("tempo")

    for sender in (http, grpc):
        assert_nothing_is_missing(balance(durable, sender, since))
    assert refused_for_good(durable) == {}


@pytest.mark.timeout(120)  # as above
def test_the_collector_is_killed_twice_while_all_are_away(durable: Stack) -> None:
    """Kill -9, again, and an orderly stop under load; the backends come back first: its queue on disk has it all."""
    since = time.time()
    http, grpc = senders(durable)

    kill_backends(durable)
    with sending(http, grpc):
        for end in (durable.kill, durable.kill, durable.stop_one):
            more_accepted(http, grpc)
            end("collector")
            durable.start_one("collector")
        more_accepted(http, grpc)
    durable.kill("collector")
    for name in (*reversed(BACKENDS), "collector"):
        durable.start_one(name)
    wait_until_delivered(durable)

    for sender in (http, grpc):
        assert_nothing_is_missing(balance(durable, sender, since))
    assert refused_for_good(durable) == {}


@pytest.mark.timeout(120)  # as above
def test_what_the_sdk_calls_delivered_is_there(durable: Stack) -> None:
    """Over a Collector that is killed, and stopped, while the application works: its own memory bridges the gap."""
    since = time.time()
    addresses, name = durable.addresses, "usdk" + str(time.time_ns())[-6:]
    assert addresses.key is not None

    def taken() -> float:
        return stored.metric(addresses.collector_metrics, "otelcol_receiver_accepted_log_records_total")

    with running_app(addresses.otlp_http, addresses.key, name, rate=30) as app:
        for end in (durable.kill, durable.stop_one):
            eventually(lambda: taken() >= 50, "the application delivers", 30, 0.25)
            end("collector")
            durable.start_one("collector")
        eventually(lambda: taken() >= 50, "the application delivers again", 30, 0.25)
        report = app.end()
    wait_until_delivered(durable)

    steps = range(report["steps"])
    assert report["flushed"]
    for signal in SIGNALS:
        account = report["signals"][signal]
        assert account["delivered"] == account["created"], (signal, account)
    assert set(steps) == set(stored.logs(addresses.loki, addresses.loki_tenant, name, since))
    assert set(steps) == set(stored.spans(addresses.tempo, report["trace_ids"]))
    eventually(lambda: stored.last(addresses.prometheus, name) == len(steps), "the counter is complete")


@pytest.fixture
def away() -> Iterator[Backends]:
    """Backends that are down, and are taken down after the test."""
    made = Backends()
    yield made
    made.stop()


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_a_queue_that_fills_shows_it_before_anything_is_refused(
    new_collector: NewCollector, away: Backends, protocol: str
) -> None:
    """Its metrics pass half before the first refusal, which the sender can repeat: 503, or UNAVAILABLE."""
    collector = new_collector(*BASE, LGTM, **away.variables, OTELCOL_QUEUE_LOGS="400000")
    collector.start()
    page = f"http://127.0.0.1:{collector.metrics_port}/metrics"
    by_http = protocol == "http"
    sender = Sender(
        OverHttp(collector.http_port, collector.token)
        if by_http
        else OverGrpc(collector.grpc_endpoint, collector.token),
        items=20,
    )

    shown: list[float] = []
    answer = ACCEPTED
    while answer == ACCEPTED and len(shown) < 200:
        answer = sender.send_once("logs")
        shown.append(
            stored.metric(page, "otelcol_exporter_queue_size", exporter="otlp_http/loki")
            / stored.metric(page, "otelcol_exporter_queue_capacity", exporter="otlp_http/loki")
        )

    sender.stop()

    assert answer == ("503" if by_http else "UNAVAILABLE")
    assert any(0.5 < share <= 1 for share in shown[:-1])
    assert stored.metric(page, "otelcol_exporter_enqueue_failed_log_records_total") == 20


def test_what_a_full_queue_refuses_stays_with_the_sdk(new_collector: NewCollector, away: Backends) -> None:
    """The application loses nothing: it waits in its memory and is delivered when the backend is back."""
    collector = new_collector(*BASE, LGTM, **away.variables, OTELCOL_QUEUE_LOGS="300000")
    collector.start()
    page = f"http://127.0.0.1:{collector.metrics_port}/metrics"

    def refused() -> bool:
        return stored.metric(page, "otelcol_exporter_enqueue_failed_log_records_total") > 0

    with running_app(collector.endpoint, collector.token, "usdk", rate=400) as app:
        eventually(refused, "the queue is full", 30, 0.25)
        away.start()
        account = app.end()["signals"]["logs"]

    assert account["retried"] > 0
    assert account["delivered"] == account["created"], account
