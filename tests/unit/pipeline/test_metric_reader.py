"""The kit's metric reader: its own thread, real time limits, a child that starts from zero."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.sdk.metrics import MeterProvider

from otel_kit.pipeline.faults import Faults
from otel_kit.pipeline.ledger import Ledger
from otel_kit.pipeline.metric_reader import KitMetricReader
from otel_kit.pipeline.queue import MemoryQueue
from otel_kit.pipeline.worker import Worker, WorkerOptions
from tests.conditions import eventually
from tests.unit.pipeline.records import RESOURCE, encoder
from tests.unit.pipeline.scripted_sender import ScriptedSender


class Collecting:
    """A provider with the kit's reader, and what was sent."""

    def __init__(self, interval_s: float) -> None:
        self.sender = ScriptedSender()
        self.lane: Worker[Any] = Worker(
            Ledger("metrics"),
            lambda batch: ([], len(batch)),
            MemoryQueue(1 << 20, 10_000),
            self.sender,
            WorkerOptions(),
        )
        self.faults = Faults()
        self.provider = MeterProvider(resource=RESOURCE, shutdown_on_exit=False)
        self.reader = KitMetricReader(encoder(), self.lane, interval_s, self.faults, owned=True)
        self.provider.add_metric_reader(self.reader)
        self.reader.start(self.provider)
        self.counter = self.provider.get_meter("app").create_counter("hits")

    def values(self) -> list[int]:
        """Return the counter's value in each request, in order."""
        assert self.lane.flush(5.0)
        return [
            metric.sum.data_points[0].as_int
            for part in self.sender.sent
            for entry in ExportMetricsServiceRequest.FromString(part.request()).resource_metrics
            for scope in entry.scope_metrics
            for metric in scope.metrics
            if metric.name == "hits"
        ]


@pytest.fixture
def collecting() -> Iterator[Callable[..., Collecting]]:
    """A function that makes one; all are stopped after the test."""
    made: list[Collecting] = []

    def make(interval_s: float = 60.0) -> Collecting:
        made.append(Collecting(interval_s))
        return made[-1]

    yield make
    for one in made:
        one.reader.shutdown()
        one.lane.shutdown(0.0)


def test_collects_at_the_interval(collecting: Callable[..., Collecting]) -> None:
    """By itself."""
    here = collecting(0.02)
    here.counter.add(1)

    eventually(lambda: len(here.values()) >= 3, "three collections")


def test_collect_now_has_collected_when_it_returns(collecting: Callable[..., Collecting]) -> None:
    """What was counted before the call is in it, however often it is called."""
    here = collecting()

    for _ in range(5):
        here.counter.add(1)
        here.reader.collect_now(5.0)

    assert [1, 2, 3, 4, 5] == here.values()


def test_collect_now_while_a_collection_runs_waits_for_the_next(collecting: Callable[..., Collecting]) -> None:
    """The running one may have passed what was just counted."""
    here = collecting()
    entered, release = threading.Event(), threading.Event()

    def slow(_: Any) -> list[Any]:
        entered.set()
        release.wait(10)
        return []

    here.provider.get_meter("app").create_observable_gauge("slow", [slow])
    first = threading.Thread(target=here.reader.collect_now, args=(10.0,))
    first.start()
    entered.wait(5)
    second = threading.Thread(target=here.reader.collect_now, args=(10.0,))
    second.start()
    here.counter.add(1)
    release.set()
    first.join()
    second.join()

    assert 1 == here.values()[-1]
    assert 2 == here.reader._finished


def test_callback_that_hangs_costs_its_time_out_and_no_more(collecting: Callable[..., Collecting]) -> None:
    """A flush goes on without the metrics."""
    here = collecting()
    release = threading.Event()
    here.provider.get_meter("app").create_observable_gauge("hang", [lambda _: release.wait(30) and []])

    began = time.monotonic()
    here.reader.collect_now(0.2)

    assert time.monotonic() - began < 5.0  # the callback would take 30 s
    release.set()


def test_failing_collection_is_counted(collecting: Callable[..., Collecting]) -> None:
    """And the next one works."""
    here = collecting()
    collect = here.reader._collect

    def failing(*_: Any, **__: Any) -> None:
        raise RuntimeError("bug")

    here.reader._set_collect_callback(failing)
    here.counter.add(1)
    here.reader.collect_now(5.0)
    here.reader._set_collect_callback(collect)
    here.reader.collect_now(5.0)

    assert {"metric_collection": 1} == here.faults.totals()
    assert [1] == here.values()


def test_shutdown_leaves_the_provider(collecting: Callable[..., Collecting]) -> None:
    """Otherwise it aggregates for ever for a reader that nobody asks."""
    here = collecting()

    here.reader.shutdown()

    eventually(lambda: not here.provider._measurement_consumer._reader_storages, "the reader's leave")
    here.counter.add(1)
    here.reader.shutdown()


def test_after_fork_starts_from_zero_with_held_locks(collecting: Callable[..., Collecting]) -> None:
    """As in a child: no thread, and the SDK's lock held by a thread that is not there."""
    here = collecting()
    here.counter.add(5)
    here.reader.collect_now(5.0)
    here.reader.shutdown()
    thread = here.reader._thread
    assert thread is not None
    eventually(lambda: not thread.is_alive(), "the end of the parent's thread")
    here.provider.add_metric_reader(here.reader)
    here.reader._stopped = False
    here.provider._measurement_consumer._lock.acquire()

    here.reader.after_fork()
    here.counter.add(2)
    here.reader.collect_now(5.0)

    assert [5, 2] == here.values()
