"""What a request costs: CPU added to a bare FastAPI app, full kit with redaction against plain contrib without.

``python -m benchmarks.web`` prints the figures. Each mode is a process of its own, because OpenTelemetry's globals can
be set once; the modes take turns in shuffled rounds, and each ratio is of two neighbours of one round, so that it holds
on a noisy machine. CPU is that of the whole process, export included, to an endpoint that takes everything.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from benchmarks import figures

KIT, KIT_RE, KIT_RAW = "otel-kit, fast", "otel-kit, standard library", "otel-kit, redaction off"
MODES = ("bare", "contrib", KIT, KIT_RE, KIT_RAW)
ROUNDS = 25
REQUESTS = 200
_COMPILE_S = 120
_HEADERS = [
    (b"host", b"localhost:8000"),
    (b"user-agent", b"python-httpx/0.28.1"),
    (b"accept", b"*/*"),
    (b"accept-encoding", b"gzip, deflate"),
    (b"connection", b"keep-alive"),
    (b"x-request-id", b"3f2a9c"),
]


class _Discard(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


def measure() -> dict[str, Any]:
    """Run every mode in turns; returns CPU microseconds per request, what is added to the bare app, and ratios."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Discard)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    workers = {mode: _Worker(mode, endpoint) for mode in MODES}
    samples: dict[str, list[float]] = {mode: [] for mode in MODES}
    for worker in workers.values():
        worker.run()  # warm
        worker.run()
    for _ in range(ROUNDS):
        for mode in random.sample(MODES, len(MODES)):
            samples[mode].append(workers[mode].run())
    for worker in workers.values():
        worker.stop()
    server.shutdown()
    server.server_close()
    added = {mode: _differences(samples[mode], samples["bare"]) for mode in MODES}
    return {
        "CPU us per request": {mode: figures.spread(samples[mode]) for mode in MODES},
        "added us per request": {mode: figures.spread(added[mode]) for mode in MODES[1:]},
        "ratios": {
            "added, kit with redaction (fast) / contrib without": _ratio(added[KIT], added["contrib"]),
            "added, kit with redaction (standard library) / contrib without": _ratio(added[KIT_RE], added["contrib"]),
            "request, redaction on (fast) / off": _ratio(samples[KIT], samples[KIT_RAW]),
            "request, redaction on (standard library) / off": _ratio(samples[KIT_RE], samples[KIT_RAW]),
        },
        "rounds": ROUNDS,
        "requests per round": REQUESTS,
    }


def _differences(left: list[float], right: list[float]) -> list[float]:
    return [one - two for one, two in zip(left, right, strict=True)]


def _ratio(left: list[float], right: list[float]) -> dict[str, float]:
    """Return the spread of the ratios of each round."""
    return figures.spread([one / two for one, two in zip(left, right, strict=True) if two > 0])


def main() -> None:
    """Print the figures."""
    for line in figures.lines(measure()):
        print(line)


class _Worker:
    def __init__(self, mode: str, endpoint: str) -> None:
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.web", mode, endpoint]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self) -> float:
        """Return CPU microseconds per request."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("run\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def work(mode: str, endpoint: str) -> None:
    """Serve ``run`` lines from standard input."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # the endpoint has the others
    app, flush = _build(mode, endpoint)
    loop = asyncio.new_event_loop()
    if mode == KIT:
        _wait_for_engine(lambda: loop.run_until_complete(_requests(app)))
    for _ in sys.stdin:
        gc.collect()
        began = time.process_time()
        loop.run_until_complete(_requests(app))
        flush()
        print(f"{(time.process_time() - began) / REQUESTS * 1e6:.1f}", flush=True)


def _wait_for_engine(work_on: Callable[[], object]) -> None:
    """Work until the fast engine is compiled: that begins after some requests, in a thread beside them."""
    import otel_kit

    kit = otel_kit.init("bench")  # the one that runs
    deadline = time.monotonic() + _COMPILE_S
    while kit.status().redaction.engine != "hyperscan":
        work_on()
        if time.monotonic() > deadline:
            raise RuntimeError(f"the fast engine was not ready after {_COMPILE_S} s: is the extra [fast] installed?")
        time.sleep(0.2)  # noqa: TID251 - nothing tells when it is ready


def _build(mode: str, endpoint: str) -> tuple[Any, Callable[[], object]]:
    import logging

    from fastapi import FastAPI
    from opentelemetry import trace

    app = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False}) if mode == "contrib" else FastAPI()
    log = logging.getLogger("app")
    log.setLevel(logging.INFO)
    tracer = trace.get_tracer("app")

    @app.get("/lite/{number}")
    async def lite(number: int) -> dict[str, int]:
        with tracer.start_as_current_span("compute") as span:
            span.set_attribute("app.number", number)
            log.info("order %d has %s items", number, "two", extra={"order": number, "customer": f"c-{number}"})
        return {"number": number}

    if mode in (KIT, KIT_RE, KIT_RAW):
        if mode == KIT_RE:
            sys.modules["hyperscan"] = None  # type: ignore[assignment]  # as if the extra were not installed
        os.environ["OTEL_KIT_REDACTION_ENABLED"] = str(mode != KIT_RAW).lower()  # noqa: TID251 - for the kit here
        import otel_kit

        kit = otel_kit.init("bench", app=app, endpoint=endpoint)
        return app, lambda: kit.flush(10.0)
    if mode == "contrib":
        return app, _contrib(app, endpoint)
    log.addHandler(logging.NullHandler())
    return app, lambda: None


def _contrib(app: Any, endpoint: str) -> Callable[[], object]:
    """Set up what a user of plain OpenTelemetry has; its exporters are replaced by the same encoder and a bare POST."""
    import http.client
    import logging
    from urllib.parse import urlsplit

    from opentelemetry import _logs, metrics, trace
    from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
    from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExporter, LogRecordExportResult
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

    address = urlsplit(endpoint).netloc

    def post(path: str, body: bytes) -> None:
        connection = http.client.HTTPConnection(address)
        connection.request("POST", path, body)
        connection.getresponse().read()
        connection.close()

    class Spans(SpanExporter):
        def export(self, spans: Any) -> SpanExportResult:
            post("/v1/traces", encode_spans(spans).SerializeToString())
            return SpanExportResult.SUCCESS

    class Logs(LogRecordExporter):
        def export(self, batch: Any) -> LogRecordExportResult:
            post("/v1/logs", encode_logs(batch).SerializeToString())
            return LogRecordExportResult.SUCCESS

        def shutdown(self) -> None: ...

        def force_flush(self, timeout_millis: int = 30_000) -> bool:
            return True

    tracer_provider, logger_provider = TracerProvider(), LoggerProvider()
    tracer_provider.add_span_processor(BatchSpanProcessor(Spans()))
    logger_provider.add_log_record_processor(BatchLogRecordProcessor(Logs()))
    trace.set_tracer_provider(tracer_provider)
    _logs.set_logger_provider(logger_provider)
    metrics.set_meter_provider(MeterProvider())
    logging.getLogger().addHandler(LoggingHandler(logger_provider=logger_provider))
    FastAPIInstrumentor.instrument_app(app)

    def flush() -> None:
        tracer_provider.force_flush()
        logger_provider.force_flush()

    return flush


async def _requests(app: Any) -> None:
    for number in range(REQUESTS):
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": f"/lite/{number}", "raw_path": f"/lite/{number}".encode(), "query_string": b"page=2",
            "root_path": "", "headers": _HEADERS, "client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 8000),
        }  # fmt: skip
        await asyncio.create_task(app(scope, _receive, _send))


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _send(message: Any) -> None:
    """Take the answer."""


if __name__ == "__main__":
    if len(sys.argv) > 1:
        work(sys.argv[1], sys.argv[2])
    else:
        main()
