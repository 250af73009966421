"""Small real backends: take OTLP logs and metrics over HTTP and spans over gRPC, and keep the uids they saw."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from tests.stack.collector_process import free_ports
from tests.stack.payloads import UID


class Sink:
    """Loki, Prometheus and Tempo in one, as far as the gateway can tell. Starts at once; ``stop`` ends it."""

    def __init__(self, http_port: int, grpc_port: int) -> None:
        self.uids: set[str] = set()
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", http_port), _handler(self._keep))
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        self._grpc = grpc.server(ThreadPoolExecutor(max_workers=2))
        trace_service_pb2_grpc.add_TraceServiceServicer_to_server(_Tempo(self._keep), self._grpc)
        self._grpc.add_insecure_port(f"127.0.0.1:{grpc_port}")
        self._grpc.start()

    def _keep(self, uids: Iterator[str]) -> None:
        with self._lock:
            self.uids.update(uids)

    def stop(self) -> None:
        """Close both ports."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        self._grpc.stop(grace=None).wait()


class Backends:
    """Loki, Prometheus and Tempo at known addresses: down until ``start``."""

    def __init__(self) -> None:
        self._http_port, self._grpc_port = free_ports(2)
        self._sink: Sink | None = None
        self.variables = {
            "OTELCOL_LOKI_ENDPOINT": f"http://127.0.0.1:{self._http_port}/otlp",
            "OTELCOL_PROMETHEUS_ENDPOINT": f"http://127.0.0.1:{self._http_port}/api/v1/otlp",
            "OTELCOL_TEMPO_ENDPOINT": f"127.0.0.1:{self._grpc_port}",
            "OTELCOL_TEMPO_INSECURE": "true",
        }

    def start(self) -> Sink:
        """Bring them up."""
        self._sink = Sink(self._http_port, self._grpc_port)
        return self._sink

    def stop(self) -> None:
        """Take them down; harmless when they are."""
        if self._sink is not None:
            self._sink.stop()


class _Tempo(trace_service_pb2_grpc.TraceServiceServicer):
    def __init__(self, keep: Callable[[Iterator[str]], None]) -> None:
        self._keep = keep

    def Export(self, request: ExportTraceServiceRequest, context: object) -> ExportTraceServiceResponse:
        self._keep(
            uid
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
            for uid in _uids(span.attributes)
        )
        return ExportTraceServiceResponse()


def _handler(keep: Callable[[Iterator[str]], None]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            match self.path:
                case "/otlp/v1/logs":
                    keep(_log_uids(ExportLogsServiceRequest.FromString(body)))
                case "/api/v1/otlp/v1/metrics":
                    keep(_point_uids(ExportMetricsServiceRequest.FromString(body)))
                case _:
                    self.send_error(404)
                    return
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # the base class's name for it
            """Stay silent."""

    return Handler


def _log_uids(request: ExportLogsServiceRequest) -> Iterator[str]:
    for resource in request.resource_logs:
        for scope in resource.scope_logs:
            for record in scope.log_records:
                yield from _uids(record.attributes)


def _point_uids(request: ExportMetricsServiceRequest) -> Iterator[str]:
    for resource in request.resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                for point in getattr(metric, metric.WhichOneof("data") or "gauge").data_points:
                    yield from _uids(point.attributes)


def _uids(attributes: Any) -> Iterator[str]:
    return (item.value.string_value for item in attributes if item.key == UID)
