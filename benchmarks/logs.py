"""What a log call costs: the kit, OpenTelemetry's stock handler with its batch processor, a handler that does nothing.

``python -m benchmarks logs``. Each has a process of its own; they take turns in shuffled order within each round. Times
are CPU times of the thread that logs: what the call adds to a request. The stock processor exports to nowhere, the kit
redacts and sends to a server in this process.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from benchmarks import figures

NULL, STOCK, KIT, KIT_LIMITED = "null handler", "stock handler", "otel-kit", "otel-kit, sampling and limits"
_VARIANTS = (NULL, STOCK, KIT, KIT_LIMITED)
_ROUNDS = 31
_CALLS = 400
_EXCEPTIONS = 60
_DEPTH = 20


def measure() -> dict[str, Any]:
    """Return microseconds of a call by variant, and the ratios of what each adds to the null handler's."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    workers = {name: _Worker(name, f"http://127.0.0.1:{server.server_address[1]}") for name in _VARIANTS}
    times: dict[str, dict[str, list[float]]] = {what: {name: [] for name in workers} for what in _WORKS}
    order = random.Random(1)
    for number in range(_ROUNDS + 1):
        for what in _WORKS:
            for name in order.sample(sorted(workers), k=len(workers)):
                seconds = workers[name].run(what)
                if number:  # the first round warms up
                    times[what][name].append(seconds)
    for worker in workers.values():
        worker.stop()
    server.shutdown()
    return {what: _figures(samples) for what, samples in times.items()}


def show(result: Mapping[str, Any]) -> None:
    """Print all figures."""
    print("\n".join(figures.lines(result)))


def _figures(samples: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    added = {
        name: [one - null for one, null in zip(samples[name], samples[NULL], strict=True)]
        for name in samples
        if name != NULL
    }
    ratios = {
        f"{name}, added, ratio to the stock handler": round(
            statistics.median(one / stock for one, stock in zip(values, added[STOCK], strict=True)), 3
        )
        for name, values in added.items()
        if name != STOCK
    }
    return {**{f"{name}, us": figures.spread(values) for name, values in samples.items()}, **ratios}


class _Sink(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take everything."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Stay silent."""


class _Worker:
    """A process that runs one variant's work when it is told to."""

    def __init__(self, variant: str, endpoint: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.logs", variant, endpoint],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, what: str) -> float:
        """Return microseconds of one call."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{what}\n")
        stdin.flush()
        answer = stdout.readline()
        if not answer:
            raise RuntimeError("a worker has ended")
        return float(answer)

    def stop(self) -> None:
        """End the process."""
        self._process.communicate("", timeout=30)


# --- in the workers ---


def work(variant: str, endpoint: str) -> None:
    """Set one variant up and time what standard input asks for."""
    import logging

    log = logging.getLogger("app.orders")
    flush = _set_up(variant, endpoint)
    for line in sys.stdin:
        seconds = _WORKS[line.strip()](log)
        flush()
        print(seconds * 1e6, flush=True)


def _set_up(variant: str, endpoint: str) -> Callable[[], object]:
    import logging
    import warnings

    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.addHandler(logging.NullHandler())
    if variant == NULL:
        return lambda: None
    if variant == STOCK:
        from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
        from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExporter, LogRecordExportResult

        class Nowhere(LogRecordExporter):
            def export(self, batch: Any) -> LogRecordExportResult:
                return LogRecordExportResult.SUCCESS

            def shutdown(self) -> None: ...

            def force_flush(self, timeout_millis: int = 30_000) -> bool:
                return True

        provider = LoggerProvider()
        provider.add_log_record_processor(BatchLogRecordProcessor(Nowhere()))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it moves to another package
            root.addHandler(LoggingHandler(logger_provider=provider))
        return provider.force_flush
    import otel_kit

    limits = {"logs.sampling": "*=0.9999999", "logs.rate_limit": "*=1000000/s"} if variant == KIT_LIMITED else {}
    kit = otel_kit.init("bench", endpoint=endpoint, settings={"metrics.machine": False, **limits})
    return lambda: kit.flush(10.0)


def _calls(log: Any) -> float:
    start = time.thread_time()
    for number in range(_CALLS):
        extra = {"order": number, "customer": "c-17", "items": 3, "total": 99.5, "express": True}
        log.info("order %d has %s items", number, "two", extra=extra)
    return (time.thread_time() - start) / _CALLS


def _deep(depth: int) -> None:
    if depth > 1:
        _deep_again(depth - 1)
    raise LookupError("no such order")


def _deep_again(depth: int) -> None:
    if depth > 1:
        _deep(depth - 1)
    raise LookupError("no such order")


def _exceptions(log: Any, count: int = _EXCEPTIONS) -> float:
    start = time.thread_time()
    for number in range(count):
        try:
            _deep(_DEPTH)
        except LookupError:
            log.exception("order %d failed", number)
    return (time.thread_time() - start) / count


def _first_exception(log: Any) -> float:
    from otel_kit.logs import exceptions

    exceptions._frames.clear()
    return _exceptions(log, 1)


_WORKS: dict[str, Callable[[Any], float]] = {
    "call with 2 arguments and 5 extras": _calls,
    "first exception of 20 frames": _first_exception,
    "repeated exception of 20 frames": _exceptions,
}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        work(sys.argv[1], sys.argv[2])
    else:
        show(measure())
