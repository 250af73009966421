"""What the local viewer takes: rates of ingest, start-up, memory, and the latencies of its page's questions.

    python -m benchmarks.ingest [--spans 200000] [--logs 200000] [--senders 2] [--keep DIR]

Starts ``otel-kit view`` as a process of its own, sends OTLP/HTTP protobuf requests of 512 records from another process
(so that encoding costs the viewer nothing), and waits for each answer, which comes when the data is committed. Then
asks over HTTP, each question eleven times, and prints the median and the slowest.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import psutil
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from benchmarks import figures

BATCH = 512
SPANS_PER_TRACE = 5
SERVICES = ("shop", "orders", "payments")
ROUTES = ("/orders", "/orders/{order_id}", "/cart", "/checkout", "/users/{user_id}", "/health/ready")
WORDS = ("accepted", "stored", "failed", "retried", "expired", "confirmed", "refused", "delivered")
QUESTIONS = 11
_STACK = "Traceback (most recent call last):\n" + '  File "shop/orders.py", line 1, in handle_order\n' * 20


def trace_ids(seed: int, count: int) -> list[bytes]:
    """Return the trace ids of a run: traces and logs are linked by them."""
    source = random.Random(seed)
    return [source.randbytes(16) for _ in range(count)]


def span_requests(seed: int, count: int, start: int) -> Iterator[bytes]:
    """Yield encoded requests with ``count`` spans in all: 8 attributes each, errors with an exception in 2 %."""
    source, ids = random.Random(seed + 1), trace_ids(seed, count // SPANS_PER_TRACE + 1)
    for first in range(0, count, BATCH):
        data = TracesData()
        scope = _resource(data.resource_spans.add(), source).scope_spans.add()
        scope.scope.name = "benchmark"
        for number in range(first, min(first + BATCH, count)):
            _add_span(scope.spans, number, ids, start, source)
        yield data.SerializeToString()


def log_requests(seed: int, count: int, start: int, traces: int) -> Iterator[bytes]:
    """Yield encoded requests with ``count`` log records in all, linked to the traces of the same seed."""
    source, ids = random.Random(seed + 2), trace_ids(seed, traces)
    for first in range(0, count, BATCH):
        data = LogsData()
        scope = _resource(data.resource_logs.add(), source).scope_logs.add()
        scope.scope.name = "shop.orders"
        for number in range(first, min(first + BATCH, count)):
            at = start + number * 1_000_000
            record = scope.log_records.add(time_unix_nano=at, observed_time_unix_nano=at)
            record.severity_number = 17 if number % 50 == 0 else 9
            record.severity_text = "ERROR" if number % 50 == 0 else "INFO"
            record.trace_id = ids[number * len(ids) // count]
            record.span_id = source.randbytes(8)
            word = "unobtainium" if number % 20_000 == 7 else source.choice(WORDS)
            record.body.string_value = f"order {number} {word} for customer {number % 5000} in {source.random():.3f} s"
            record.attributes.add(key="code.function.name").value.string_value = "handle_order"
            record.attributes.add(key="user.id").value.string_value = f"u-{number % 5000}"
        yield data.SerializeToString()


def send(url: str, path: str, kind: str, seed: int, count: int, start: int, ready: Any, go: Any) -> None:
    """Encode everything, say so, then send it when told to."""
    address = urlsplit(url)
    if kind == "spans":
        bodies = list(span_requests(seed, count, start))
    else:
        bodies = list(log_requests(seed, count, start, count // SPANS_PER_TRACE + 1))
    ready.release()
    go.wait()
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    for body in bodies:
        connection.request("POST", path, body, {"Content-Type": "application/x-protobuf"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"the viewer answered {answer.status}")


def measure(spans: int = 200_000, logs: int = 200_000, senders: int = 2, keep: Path | None = None) -> dict[str, Any]:
    """Return the figures by name, the unit in the name; ``keep`` is the folder of the store, else a temporary one."""
    with tempfile.TemporaryDirectory() as temporary:
        return _measure(keep or Path(temporary), spans, logs, senders)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spans", type=int, default=200_000)
    parser.add_argument("--logs", type=int, default=200_000)
    parser.add_argument("--senders", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="folder for the store; a temporary one otherwise")
    options = parser.parse_args()
    for line in figures.lines(measure(options.spans, options.logs, options.senders, options.keep)):
        print(line)
    return 0


def _measure(folder: Path, spans: int, logs: int, senders: int) -> dict[str, Any]:
    ready = folder / "ready.json"
    begun = time.perf_counter()
    viewer = _start(folder, ready)
    found: dict[str, Any] = {}
    try:
        endpoints = _endpoints(ready, viewer)
        _ask(endpoints["page"], "/api/status")
        found["start to first answer, s"] = round(time.perf_counter() - begun, 2)
        process = psutil.Process(viewer.pid)
        found["memory idle, MB"] = round(process.memory_info().rss / 1e6, 1)
        start = time.time_ns() - 600 * 10**9
        peak = 0.0
        for kind, path, count in (("spans", "/v1/traces", spans), ("logs", "/v1/logs", logs)):
            cpu = process.cpu_times()
            elapsed, largest = _ingest(endpoints["http"], path, kind, count, start, senders, process)
            used = process.cpu_times()
            peak = max(peak, largest)
            found[f"{kind} stored per second"] = round(count / elapsed)
            found[f"CPU us per {kind[:-1]}"] = round((used.user + used.system - cpu.user - cpu.system) / count * 1e6, 1)
        found["memory loaded, peak, MB"] = round(peak, 1)
        held = _ask(endpoints["page"], "/api/status")["store"]
        assert (held["spans"], held["logs"]) == (spans, logs), held
        found["file bytes per span and log"] = round(held["bytes"] / (held["spans"] + held["logs"]))
        found["receiver altered"] = str(_ask(endpoints["page"], "/api/redaction")["receiver"])
        found["questions"] = _questions(endpoints["page"], start, spans)
        found["memory at the end, MB"] = round(process.memory_info().rss / 1e6, 1)
    finally:
        viewer.send_signal(signal.SIGTERM)
        viewer.wait()
    return found


def _ingest(
    url: str, path: str, kind: str, count: int, start: int, senders: int, process: psutil.Process
) -> tuple[float, float]:
    """Send ``count`` records; return seconds and the viewer's largest memory in MB."""
    context = multiprocessing.get_context("spawn")
    ready, go = context.Semaphore(0), context.Event()
    share = count // senders
    shares = [share] * (senders - 1) + [count - share * (senders - 1)]
    workers = [
        context.Process(target=send, args=(url, path, kind, seed, each, start, ready, go))
        for seed, each in enumerate(shares)
    ]
    for worker in workers:
        worker.start()
    for _ in workers:
        ready.acquire()
    largest, begun = 0.0, time.perf_counter()
    go.set()
    for worker in workers:
        while worker.is_alive():
            worker.join(0.05)
            largest = max(largest, process.memory_info().rss / 1e6)
    elapsed = time.perf_counter() - begun
    if any(worker.exitcode for worker in workers):
        raise SystemExit("a sender failed")
    return elapsed, largest


def _questions(page: str, start: int, spans: int) -> dict[str, Any]:
    """Return milliseconds by question, and how many items the answer has."""
    answers: dict[str, Any] = {}
    everything = {"from": start / 1e6 - 1000, "to": start / 1e6 + 3_600_000}
    ids = trace_ids(0, spans // SPANS_PER_TRACE + 1)
    a_trace = ids[len(ids) // 7].hex()
    for name, path, params in (
        ("newest traces", "/api/traces", {}),
        ("newest error traces", "/api/traces", {"status": "error"}),
        ("traces of a route", "/api/traces", {"route": "/checkout"}),
        ("slow traces", "/api/traces", {"min_ms": 60}),
        ("trace by id with its logs", f"/api/traces/{a_trace}", None),
        ("logs by trace", "/api/logs", {"trace_id": a_trace}),
        ("newest logs", "/api/logs", {}),
        ("logs, common word", "/api/logs", {"q": "customer"}),
        ("logs, frequent word", "/api/logs", {"q": "refused"}),
        ("logs, rare word", "/api/logs", {"q": "unobtainium"}),
        ("logs, word that is not there", "/api/logs", {"q": "customers in london"}),
        ("logs, attribute", "/api/logs", {"attr": "user.id=u-4321"}),
        ("logs, errors with a word", "/api/logs", {"q": "refused", "severity": "error"}),
        ("traces, attribute", "/api/traces", {"attr": "user.id=u-4321"}),
        ("traces, common attribute", "/api/traces", {"attr": "http.request.method=GET"}),
        ("traces, name", "/api/traces", {"q": "checkout"}),
        ("overview, all data", "/api/overview", {}),
        ("services", "/api/services", {}),
    ):
        query = "" if params is None else "?" + urlencode({**everything, **params})
        took = []
        for _ in range(QUESTIONS):
            begun = time.perf_counter()
            answer = _ask(page, path + query)
            took.append((time.perf_counter() - begun) * 1000)
        size = len(answer.get("traces", answer.get("logs", answer.get("spans", ()))))
        answers[name] = {"median": round(statistics.median(took), 1), "slowest": round(max(took), 1), "items": size}
    return answers


def _start(folder: Path, ready: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "otel_kit", "view", "--db", str(folder / "benchmark.sqlite3")]
    command += ["--port", "0", "--http-port", "0", "--grpc-port", "0", "--ready-file", str(ready)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def _endpoints(ready: Path, viewer: subprocess.Popen[bytes]) -> dict[str, str]:
    while not ready.exists():
        if viewer.poll() is not None:
            raise SystemExit("the viewer did not start")
        os.sched_yield()
    found: dict[str, str] = json.loads(ready.read_text(encoding="utf-8"))["endpoints"]
    return found


def _ask(page: str, path: str) -> Any:
    address = urlsplit(page)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{path} answered {answer.status}: {body[:200]!r}")
    return json.loads(body)


def _resource(message: Any, source: random.Random) -> Any:
    for key, value in (("service.name", source.choice(SERVICES)), ("host.name", "benchmark"), ("process.pid", 4711)):
        attribute = message.resource.attributes.add(key=key)
        if isinstance(value, int):
            attribute.value.int_value = value
        else:
            attribute.value.string_value = value
    return message


def _add_span(spans: Any, number: int, ids: list[bytes], start: int, source: random.Random) -> None:
    trace, at = number // SPANS_PER_TRACE, start + number * 1_000_000
    is_root, route = number % SPANS_PER_TRACE == 0, source.choice(ROUTES)
    span = spans.add(
        trace_id=ids[trace],
        span_id=(number + 1).to_bytes(8, "big"),
        parent_span_id=b"" if is_root else (trace * SPANS_PER_TRACE + 1).to_bytes(8, "big"),
        name=f"GET {route}" if is_root else "SELECT orders",
        kind=2 if is_root else 3,
        start_time_unix_nano=at,
        end_time_unix_nano=at + source.randrange(1_000_000, 80_000_000),
    )
    for key, value in (
        ("http.request.method", "GET"),
        ("http.route", route),
        ("url.path", f"/orders/{number % 3000}"),
        ("server.address", "shop.internal"),
        ("user.id", f"u-{number % 5000}"),
        ("network.protocol.version", "1.1"),
    ):
        span.attributes.add(key=key).value.string_value = value
    span.attributes.add(key="http.response.status_code").value.int_value = 200
    span.attributes.add(key="order.number").value.int_value = number
    if number % (50 * SPANS_PER_TRACE) == 0:
        span.status.code = 2
        event = span.events.add(name="exception", time_unix_nano=at)
        event.attributes.add(key="exception.type").value.string_value = "ValueError"
        event.attributes.add(key="exception.message").value.string_value = f"order {number} has no lines"
        event.attributes.add(key="exception.stacktrace").value.string_value = _STACK


if __name__ == "__main__":
    sys.exit(main())
