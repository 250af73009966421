"""What metrics cost: one collection of the machine's figures, and the bound on series at each measurement.

Collections are of the figures alone, without redaction and export, each from sensors that read anew. A worker that does
not speak for the host collects the process only. The SDK's part is the same number of figures whose sensors return
constants. The costs of a measurement are side by side, the guarded provider beside the SDK's own, in turns.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

from opentelemetry.metrics import Counter, Meter, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource

from benchmarks import figures
from otel_kit.metrics import host_sensors, process_sensors
from otel_kit.metrics.figures import Figure, observe
from otel_kit.metrics.machine import observe_host, observe_process
from otel_kit.pipeline.faults import Faults
from otel_kit.pipeline.metric_reader import GuardedMeterProvider

COLLECTIONS = 300
ADDS = 5000
ROUNDS = 15
REQUEST = {
    "http.request.method": "GET",
    "http.response.status_code": 200,
    "http.route": "/orders/{order}",
    "url.scheme": "http",
    "network.protocol.version": "1.1",
}
# What is read at each collection; the rest is looked up once in a while.
READ_ANEW = ("memory", "io", "usage", "cpu", "swap", "disks", "network", "usages")


def measure() -> dict[str, Any]:
    """Return milliseconds for each collection and microseconds for each measurement."""
    return {"collection, ms": collections(), "measurement, us": measurements()}


def collections() -> dict[str, Any]:
    """Return what one collection takes: process and host, process alone, and the SDK's part of both."""
    failed: list[str] = []

    def process(meter: Meter) -> None:
        observe_process(meter, lambda place, _: failed.append(place))

    def all_of_it(meter: Meter) -> None:
        process(meter)
        observe_host(meter, lambda place, _: failed.append(place), lambda: True)

    points = _Collected(all_of_it).points()
    found: dict[str, Any] = {
        "process and host": _Collected(all_of_it).times(),
        "process": _Collected(process).times(),
        "as many constants (the SDK's part)": _Collected(lambda meter: _constants(meter, points)).times(),
    }
    return {**found, "points": sum(points), "sensors failed": len(failed)}


class _Collected:
    """A reader of a provider whose meter ``register`` has filled."""

    def __init__(self, register: Callable[[Meter], None]) -> None:
        self._reader = InMemoryMetricReader()
        self._provider = MeterProvider([self._reader], shutdown_on_exit=False)
        register(self._provider.get_meter("machine"))

    def points(self) -> list[int]:
        """Return the number of points of each metric."""
        data = self._reader.get_metrics_data()
        assert data is not None
        metrics = [one for entry in data.resource_metrics for scope in entry.scope_metrics for one in scope.metrics]
        return [len(metric.data.data_points) for metric in metrics]

    def times(self) -> dict[str, float]:
        """Return the milliseconds of CPU time of a collection: other work on the machine does not count."""
        times = []
        for _ in range(COLLECTIONS):
            for readings in (process_sensors._readings, host_sensors._readings):
                for key in READ_ANEW:
                    readings._kept.pop(key, None)
            began = time.thread_time()
            self._reader.collect()
            times.append(1000 * (time.thread_time() - began))
        self._provider.shutdown()
        return figures.spread(times)


def _constants(meter: Meter, points: list[int]) -> None:
    rows = []
    for number, count in enumerate(points):
        observations = [Observation(one, {"state": str(one)}) for one in range(count)]
        rows.append(
            Figure(f"constant.{number}", "gauge", "1", "", "none", lambda observations=observations: observations)
        )  # type: ignore[misc]
    observe(meter, rows, lambda *_: None)


def measurements() -> dict[str, Any]:
    """Return what one ``add`` costs with and without the guard, for known attributes and for an attack."""
    guarded = GuardedMeterProvider(Resource({}), lambda data: data, Faults())
    guarded.add_metric_reader(InMemoryMetricReader())
    stock = MeterProvider([InMemoryMetricReader()], shutdown_on_exit=False)
    attack = [{**REQUEST, "server.address": f"h{number}.example", "url.path": f"/{number}"} for number in range(ADDS)]
    cases: dict[str, list[Mapping[str, Any]]] = {"known attributes": [REQUEST] * ADDS, "5,000 hosts and paths": attack}
    found: dict[str, Any] = {}
    for number, (case, attributes) in enumerate(cases.items()):
        with_guard, without = [], []
        counters = [provider.get_meter("app").create_counter(f"case.{number}") for provider in (guarded, stock)]
        for _ in range(ROUNDS):
            with_guard.append(_cost(counters[0], attributes))
            without.append(_cost(counters[1], attributes))
        found[case] = {
            "guarded": figures.spread(with_guard),
            "SDK alone": figures.spread(without),
            "ratio": round(statistics.median(with_guard) / statistics.median(without), 2),
        }
    return found


def _cost(counter: Counter, attributes: list[Mapping[str, Any]]) -> float:
    began = time.perf_counter()
    for one in attributes:
        counter.add(1, one)
    return 1e6 * (time.perf_counter() - began) / len(attributes)
