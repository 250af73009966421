"""Numbered telemetry at a bounded rate, and which of it the Collector has said it accepted.

Each sender is a thread that sends one request for each signal in turn, every item of which carries the sender's name
and a number of its own. A request is sent once: an answer of 200 or OK means accepted, anything else, a broken
connection too, means refused. So what was accepted is exactly what has to be found in the backends.
"""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

import grpc
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AGGREGATION_TEMPORALITY_CUMULATIVE,
    Gauge,
    Metric,
    NumberDataPoint,
    Sum,
)

from tests.stack.otlp_client import GRPC_METHODS, PATHS, PROTOBUF, Request
from tests.stack.payloads import (
    key_values,
    log_request,
    metric_request,
    new_record,
    new_span,
    trace_request,
)

SIGNALS: Final = ("logs", "traces", "metrics")
SENDER: Final = "test.sender"
NUMBER: Final = "test.number"
GAUGE: Final = "test.sequence"
COUNTER: Final = "test.steps"
"""Both have the number as their value: the gauge as it is, the counter as what was counted so far."""

_TIMEOUT_S: Final = 10.0
_MS: Final = 1_000_000


@dataclass
class Accepted:
    """What one sender was told; ``trace_ids`` are those of accepted spans."""

    numbers: dict[str, set[int]] = field(default_factory=lambda: {signal: set() for signal in SIGNALS})
    trace_ids: set[str] = field(default_factory=set)
    sent: Counter[str] = field(default_factory=Counter)
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)

    def refused(self, signal: str) -> int:
        """How many items of the signal were sent and not accepted."""
        return self.sent[signal] - len(self.numbers[signal])


ACCEPTED: Final = "accepted"


class Post(Protocol):
    """Sends a request and returns the answer: ``accepted``, or what was said instead."""

    def __call__(self, request: Request) -> str: ...

    def close(self) -> None: ...


class Sender:
    """A thread that sends ``items`` of each signal ``rate`` times a second from ``start`` to ``stop``.

    ``accepted`` is complete once it has stopped. Numbers begin at 0 for each signal.
    """

    def __init__(self, post: Post, *, items: int = 10, rate: float = 10.0, signals: tuple[str, ...] = SIGNALS) -> None:
        # Letters and digits that no redaction rule takes for something.
        self.name = f"u{uuid.uuid4().hex[:8]}"
        self.accepted = Accepted()
        self._post, self._items, self._interval_s, self._signals = post, items, 1.0 / rate, signals
        self._next: Counter[str] = Counter()
        self._last_ms = 0
        self._trace_id = b""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"sender {self.name}", daemon=True)

    def start(self) -> Sender:
        """Begin; returns itself."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End after the request that is on its way, and close the connection."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(_TIMEOUT_S * 2)
        self._post.close()

    def send_once(self, signal: str) -> str:
        """Send the next request of a signal and return the answer; not while the thread runs."""
        first = self._next[signal]
        numbers = range(first, first + self._items)
        self._next[signal] += self._items
        self.accepted.sent[signal] += self._items
        request, trace_id = self._request(signal, numbers)
        answer = self._post(request)
        self.accepted.answers[signal, answer] += 1
        if answer == ACCEPTED:
            self.accepted.numbers[signal].update(numbers)
            if trace_id:
                self.accepted.trace_ids.add(trace_id)
        return answer

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stop.is_set():
            for signal in self._signals:
                self.send_once(signal)
            # Behind its time, because the Collector was away, it does not catch up: the rate is the bound.
            due = max(due + self._interval_s, time.monotonic())
            self._stop.wait(due - time.monotonic())

    def _request(self, signal: str, numbers: range) -> tuple[Request, str]:
        match signal:
            case "logs":
                records = [new_record(f"{self.name}n{number}", f"step {number}") for number in numbers]
                for record, number in zip(records, numbers, strict=True):
                    record.attributes.extend(key_values({SENDER: self.name, NUMBER: number}))
                return log_request(records), ""
            case "traces":
                # Ten requests make a trace: as many questions less to Tempo afterwards.
                if not numbers.start % (self._items * 10):
                    self._trace_id = uuid.uuid4().bytes
                spans = [new_span(f"{self.name}n{number}", **{NUMBER: number}) for number in numbers]
                for span in spans:
                    span.trace_id = self._trace_id
                return trace_request(spans), self._trace_id.hex()
            case _:
                return self._metrics(numbers), ""

    def _metrics(self, numbers: range) -> Request:
        # Prometheus keeps one sample of a series for each millisecond.
        first = max(time.time_ns() // _MS, self._last_ms + 1)
        self._last_ms = first + len(numbers) - 1
        points = [
            NumberDataPoint(
                start_time_unix_nano=1,
                time_unix_nano=(first + place) * _MS,
                as_int=number,
                attributes=key_values({SENDER: self.name}),
            )
            for place, number in enumerate(numbers)
        ]
        gauge = Metric(name=GAUGE, gauge=Gauge(data_points=points))
        counter = Metric(
            name=COUNTER,
            sum=Sum(data_points=points, aggregation_temporality=AGGREGATION_TEMPORALITY_CUMULATIVE, is_monotonic=True),
        )
        return metric_request([gauge, counter])


class OverHttp:
    """Posts protobuf to a port of 127.0.0.1, on one connection as long as it holds."""

    def __init__(self, port: int, key: str) -> None:
        self._port = port
        self._headers = {"Content-Type": PROTOBUF, "Authorization": f"Bearer {key}"}
        self._connection: http.client.HTTPConnection | None = None

    def __call__(self, request: Request) -> str:
        """Send it and return the answer."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT_S)
        try:
            self._connection.request("POST", PATHS[type(request)], request.SerializeToString(), self._headers)
            response = self._connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            return type(error).__name__
        return ACCEPTED if response.status == 200 else str(response.status)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class OverGrpc:
    """Sends by gRPC to host:port."""

    def __init__(self, endpoint: str, key: str) -> None:
        # As short as a restart: by default it waits up to two minutes before it looks again.
        self._channel = grpc.insecure_channel(endpoint, options=[("grpc.max_reconnect_backoff_ms", 500)])
        self._metadata = (("authorization", f"Bearer {key}"),)

    def __call__(self, request: Request) -> str:
        """Send it and return the answer."""
        call = self._channel.unary_unary(GRPC_METHODS[type(request)])
        try:
            call(request.SerializeToString(), metadata=self._metadata, timeout=_TIMEOUT_S)
        except grpc.RpcError as error:
            return str(error.code().name)
        return ACCEPTED

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()


@contextlib.contextmanager
def sending(*senders: Sender) -> Iterator[None]:
    """Send during the block."""
    for sender in senders:
        sender.start()
    try:
        yield
    finally:
        for sender in senders:
            sender.stop()
