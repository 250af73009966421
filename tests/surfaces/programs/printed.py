"""Plants in what handlers of logging print, write and send, and in what console exporters print behind the Guard."""

from __future__ import annotations

import io
import json
import logging
import logging.handlers
import queue
import socketserver
import sys
import threading
import warnings
from typing import Any

import httpx
import loguru
import structlog
from opentelemetry import _logs, metrics, trace
from opentelemetry._logs import LogRecord
from opentelemetry.sdk._logs.export import ConsoleLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.trace import Link, SpanContext, TraceFlags, TraceState

from otel_kit.kit import Kit
from tests.conditions import eventually
from tests.surfaces.cell import key
from tests.surfaces.matrix.all_cells import plants
from tests.surfaces.matrix.printed import WAY
from tests.surfaces.programs.runs import runs
from tests.surfaces.programs.served import serving

TEXTS = plants(WAY)


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps({"message": record.getMessage(), **getattr(record, "fields", {})})


class Failing(logging.StreamHandler[Any]):
    """Cannot write, and says of what."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            raise OSError(record.getMessage())
        except OSError:
            self.handleError(record)


class Sink(socketserver.ThreadingTCPServer):
    """Keeps what is sent to it, as text."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Keep)
        self.got: list[str] = []
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()


class _Keep(socketserver.BaseRequestHandler):
    server: Sink

    def handle(self) -> None:
        data = self.request.recv(1 << 16)
        self.server.got.append(data.decode("latin-1"))
        if data.startswith(b"GET"):
            self.request.sendall(b"HTTP/1.0 200 OK\r\n\r\n")


def plant_handlers(run: str) -> list[str]:
    """Log through one logger for each handler; returns what handlers have sent over sockets."""
    logging.getLogger("lonely").warning(TEXTS["last resort of logging"])
    out = logging.StreamHandler(sys.stdout)
    out.setFormatter(logging.Formatter("%(message)s %(note)s", defaults={"note": ""}))
    logging.getLogger().addHandler(out)
    log = logging.getLogger("app")
    log.info(TEXTS["StreamHandler"])
    log.info("x", extra={"note": TEXTS["StreamHandler, extra in the format"]})
    try:
        raise ValueError(TEXTS["StreamHandler, stack trace"])
    except ValueError:
        log.exception("failed")
    warnings.warn(TEXTS["warning"], stacklevel=1)
    with serving(TEXTS["error log of uvicorn"]) as url:
        httpx.get(f"{url}/?to={TEXTS['access log of uvicorn']}")
        httpx.get(f"{url}/broken")
    logging.getLogger().removeHandler(out)

    _log_to(logging.StreamHandler(sys.stdout), TEXTS["StreamHandler, added later"])
    _log_to(logging.FileHandler(f"{run}.log"), TEXTS["FileHandler"])
    as_json = logging.FileHandler(f"{run}.log")
    as_json.setFormatter(JsonFormatter())
    surface = "FileHandler, JSON formatter"
    _log_to(as_json, "x", extra={"fields": {key(surface, WAY): TEXTS[surface]}})
    for surface, renderer in (
        ("StreamHandler, JSON by structlog", structlog.processors.JSONRenderer()),
        ("StreamHandler, coloured by structlog", structlog.dev.ConsoleRenderer(colors=True)),
    ):
        rendered = logging.StreamHandler(sys.stdout)
        extras = [structlog.stdlib.ExtraAdder()]
        rendered.setFormatter(structlog.stdlib.ProcessorFormatter(renderer, foreign_pre_chain=extras))
        _log_to(rendered, "x", extra={key(surface, WAY): TEXTS[surface]})
    _log_by_other_libraries(f"{run}.log")
    waiting: queue.Queue[Any] = queue.Queue()
    listener = logging.handlers.QueueListener(waiting, logging.FileHandler(f"{run}.log"))
    listener.start()
    _log_to(logging.handlers.QueueHandler(waiting), TEXTS["QueueHandler"])
    listener.stop()
    _log_to(logging.StreamHandler(sys.stderr), "%d items", TEXTS["arguments that do not fit"])
    _log_to(Failing(io.StringIO()), TEXTS["handler that fails"])
    sink = Sink()
    port = sink.server_address[1]
    _log_to(logging.handlers.HTTPHandler(f"127.0.0.1:{port}", "/"), TEXTS["HTTPHandler"])
    to_socket = logging.handlers.SocketHandler("127.0.0.1", port)
    _log_to(to_socket, TEXTS["SocketHandler"])
    eventually(lambda: len(sink.got) == 2, "both records")
    sink.shutdown()
    sink.server_close()
    return sink.got


def _log_to(handler: logging.Handler, message: str, *arguments: object, **options: Any) -> None:
    log = logging.getLogger("apart")
    log.addHandler(handler)
    log.info(message, *arguments, **options)
    log.removeHandler(handler)
    handler.close()


def _log_by_other_libraries(file: str) -> None:
    """What structlog and loguru write by themselves, past logging."""
    structlog.wrap_logger(structlog.PrintLogger(sys.stdout), [structlog.processors.KeyValueRenderer()]).info(
        TEXTS["PrintLogger of structlog"]
    )
    with open(file, "a", encoding="utf-8") as stream:
        log = structlog.wrap_logger(structlog.WriteLogger(stream), [structlog.dev.ConsoleRenderer(colors=False)])
        try:
            raise ValueError(TEXTS["WriteLogger of structlog, rich stack trace"])
        except ValueError:
            log.exception("failed")
    to_stream = loguru.logger.add(sys.stdout, format="{message}")
    loguru.logger.info(TEXTS["stream sink of loguru"])
    loguru.logger.remove(to_stream)
    for surface, options in (
        ("file sink of loguru, stack trace with values", {"diagnose": True}),
        ("file sink of loguru, serialised", {"serialize": True}),
    ):
        to_file = loguru.logger.add(file, **options)
        value = TEXTS[surface]
        try:
            int(value)
        except ValueError:
            loguru.logger.exception("failed")
        loguru.logger.remove(to_file)


def plant_behind() -> None:
    """Make a span, a record and a point for the console exporters."""
    trace.get_tracer("app").start_span("x", attributes={"to": TEXTS["ConsoleSpanExporter, added early"]}).end()
    _behind("late", lambda: _add_spans())
    trace.get_tracer("app").start_span("x", attributes={"to": TEXTS["ConsoleSpanExporter, added late"]}).end()
    state = TraceState([("vendor", TEXTS["link: trace state"])])
    link = Link(SpanContext(1 << 100, 1, True, TraceFlags(1), state))
    trace.get_tracer("app").start_span("linked", links=[link]).end()
    _logs.get_logger("app").emit(LogRecord(body=TEXTS["ConsoleLogRecordExporter"]))
    metrics.get_meter("app").create_counter("mails").add(1, {"to": TEXTS["ConsoleMetricExporter"]})
    readers[0].collect()


added: set[str] = set()
readers: list[PeriodicExportingMetricReader] = []


def _behind(name: str, add: Any) -> None:
    """Do something in the first run only: what stands behind the Guard stays there."""
    if name not in added:
        added.add(name)
        add()


def _add_spans() -> None:
    provider: Any = trace.get_tracer_provider()
    provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter()))


def _add_early() -> None:
    _add_spans()
    logs: Any = _logs.get_logger_provider()
    logs.add_log_record_processor(SimpleLogRecordProcessor(ConsoleLogRecordExporter()))
    reader = PeriodicExportingMetricReader(ConsoleMetricExporter(), 1e9)
    provider: Any = metrics.get_meter_provider()
    provider.add_metric_reader(reader)
    readers.append(reader)


def main() -> None:
    """Plant in each run."""
    loguru.logger.remove()
    logging.getLogger().setLevel(logging.INFO)  # what its own handlers print is the application's to say
    logging.captureWarnings(True)
    warnings.simplefilter("always")

    def plant(run: str, _kit: Kit) -> dict[str, list[str]]:
        _behind("early", _add_early)
        plant_behind()
        return {"headers": plant_handlers(run)}

    runs(plant, **{"service.name": "printed", "logs.level": "info"})


if __name__ == "__main__":
    main()
