"""A real OTLP/HTTP endpoint on loopback: keeps every byte it is sent and can misbehave on request."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

_REQUESTS: Mapping[str, type[Message]] = {
    "/v1/traces": ExportTraceServiceRequest,
    "/v1/logs": ExportLogsServiceRequest,
    "/v1/metrics": ExportMetricsServiceRequest,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sink does with one request.

    ``rejected`` makes it a partial success; ``drip_s`` sends the reply byte by byte with that pause; ``hang`` keeps the
    connection open without a word until the sink stops; ``body`` replaces the OTLP reply.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    delay_s: float = 0.0
    drip_s: float = 0.0
    hang: bool = False
    rejected: int = 0
    message: str = ""

    @property
    def accepts(self) -> bool:
        """Whether the client may take the data as delivered."""
        return 200 <= self.status < 300 and not self.hang


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came: ``wire`` is the body on the wire, ``body`` the same without compression."""

    path: str
    headers: Mapping[str, str]  # names in lower case
    wire: bytes
    body: bytes
    answer: Answer

    def message(self) -> Any:
        """Return the decoded OTLP request."""
        return _REQUESTS[self.path].FromString(self.body)


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a span."""

    name: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a span; ids in hexadecimal."""

    trace_id: str
    span_id: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """A span; ids in hexadecimal, empty where there is none. ``kind`` and ``status`` without their prefixes."""

    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_span_id: str
    attributes: Mapping[str, Any]
    events: tuple[Event, ...]
    links: tuple[Link, ...]
    status: str
    status_message: str
    scope: str
    resource: Mapping[str, Any]
    proto: Any = field(repr=False, compare=False, hash=False, default=None)


@dataclass(frozen=True, slots=True)
class Log:
    """A log record; ids in hexadecimal, empty where there is none."""

    body: Any
    severity: str
    attributes: Mapping[str, Any]
    trace_id: str
    span_id: str
    event_name: str
    scope: str
    resource: Mapping[str, Any]
    proto: Any = field(repr=False, compare=False, hash=False, default=None)


@dataclass(frozen=True, slots=True)
class Point:
    """A metric point. ``value`` is a number's value or a histogram's sum; ``kind`` is the name of the data in OTLP."""

    name: str
    unit: str
    kind: str
    attributes: Mapping[str, Any]
    value: float
    count: int
    bounds: tuple[float, ...]
    bucket_counts: tuple[int, ...]
    exemplar_trace_ids: tuple[str, ...]
    scope: str
    resource: Mapping[str, Any]
    proto: Any = field(repr=False, compare=False, hash=False, default=None)


class OtlpSink:
    """Starts at once on a free port; ``stop`` ends it, with every connection that is open.

    ``spans``, ``logs`` and ``points`` show only what was answered with success, so that a retry does not count twice;
    ``requests`` holds everything.
    """

    def __init__(self, port: int = 0) -> None:
        self.default = Answer()
        self._lock = threading.Lock()
        self._requests: list[Received] = []
        self._answers: list[Answer] = []
        self._connections: set[socket.socket] = set()
        self._stopping = threading.Event()
        self._server = _Server(("127.0.0.1", port), _handler(self))
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="otlp-sink", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_address[1])

    @property
    def endpoint(self) -> str:
        """The base URL, as ``OTEL_EXPORTER_OTLP_ENDPOINT`` wants it."""
        return f"http://127.0.0.1:{self.port}"

    def answer_next(self, *answers: Answer) -> None:
        """Give these answers to the next requests, one each; afterwards ``default`` again."""
        with self._lock:
            self._answers += answers

    def requests(self, path: str | None = None) -> tuple[Received, ...]:
        """Return what has come so far, in order; of one path such as ``/v1/logs`` if given."""
        with self._lock:
            return tuple(item for item in self._requests if path is None or item.path == path)

    def bodies(self) -> bytes:
        """Return every body without compression, joined: for "this text is nowhere"."""
        return b"\n".join(item.body for item in self.requests())

    def clear(self) -> None:
        """Forget what has come so far."""
        with self._lock:
            self._requests.clear()

    def spans(self, name: str | None = None) -> list[Span]:
        """Return the accepted spans in order of arrival."""
        return [span for span in self._each("/v1/traces", _spans) if name is None or span.name == name]

    def logs(self, body: Any = None) -> list[Log]:
        """Return the accepted log records in order of arrival; only those with ``body`` if given."""
        return [log for log in self._each("/v1/logs", _logs) if body is None or log.body == body]

    def points(self, name: str | None = None) -> list[Point]:
        """Return every accepted metric point in order of arrival: a series comes again with each collection."""
        return [point for point in self._each("/v1/metrics", _points) if name is None or point.name == name]

    def latest(self, name: str) -> list[Point]:
        """Return the newest point of each series of a metric."""
        newest = {repr((sorted(point.attributes.items()), point.resource)): point for point in self.points(name)}
        return list(newest.values())

    def stop(self) -> None:
        """Close the port and every connection; waits for the listening thread."""
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client was faster
        self._thread.join()

    def _each(self, path: str, read: Callable[[Any], Iterator[Any]]) -> Iterator[Any]:
        for request in self.requests(path):
            if request.answer.accepts:
                yield from read(request.message())

    def _take(self, path: str, headers: Mapping[str, str], wire: bytes) -> Answer:
        body = gzip.decompress(wire) if headers.get("content-encoding") == "gzip" else wire
        with self._lock:
            answer = self._answers.pop(0) if self._answers else self.default
            self._requests.append(Received(path, headers, wire, body, answer))
        return answer

    def _opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.add(connection)

    def _closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: clients under test break connections on purpose."""


def _handler(sink: OtlpSink) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            sink._opened(self.connection)

        def finish(self) -> None:
            sink._closed(self.connection)
            super().finish()

        def do_POST(self) -> None:
            wire = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            if self.path not in _REQUESTS:
                self.send_error(404)
                return
            answer = sink._take(self.path, headers, wire)
            if answer.hang:
                sink._stopping.wait()
                self.close_connection = True
                return
            if answer.delay_s:
                sink._stopping.wait(answer.delay_s)
            self._reply(answer)

        def _reply(self, answer: Answer) -> None:
            body = _reply_body(self.path, answer) if answer.body is None else answer.body
            lines = {"Content-Type": "application/x-protobuf", "Content-Length": str(len(body)), **answer.headers}
            head = f"HTTP/1.1 {answer.status} {'OK' if answer.accepts else 'No'}\r\n"
            raw = (head + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n").encode() + body
            if not answer.drip_s:
                self.wfile.write(raw)
                return
            for byte in raw:
                self.wfile.write(bytes([byte]))
                if sink._stopping.wait(answer.drip_s):
                    return

        def log_message(self, format: str, *args: object) -> None:  # the base class's name for it
            """Stay silent."""

    return Handler


def _reply_body(path: str, answer: Answer) -> bytes:
    if not answer.accepts:
        return b""
    reply: Any
    if path == "/v1/traces":
        reply = ExportTraceServiceResponse()
        rejected = "rejected_spans"
    elif path == "/v1/logs":
        reply = ExportLogsServiceResponse()
        rejected = "rejected_log_records"
    else:
        reply = ExportMetricsServiceResponse()
        rejected = "rejected_data_points"
    if answer.rejected or answer.message:
        setattr(reply.partial_success, rejected, answer.rejected)
        reply.partial_success.error_message = answer.message
    return bytes(reply.SerializeToString())


def plain(value: Any) -> Any:
    """Return an OTLP ``AnyValue`` as a plain value."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [plain(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return attributes_of(value.kvlist_value.values)
    return getattr(value, kind)


def attributes_of(items: Iterable[Any]) -> dict[str, Any]:
    """Return OTLP attributes as a dict."""
    return {item.key: plain(item.value) for item in items}


def _spans(request: Any) -> Iterator[Span]:
    for resource in request.resource_spans:
        about = attributes_of(resource.resource.attributes)
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Span(
                    name=span.name,
                    kind=type(span).SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_span_id=span.parent_span_id.hex(),
                    attributes=attributes_of(span.attributes),
                    events=tuple(Event(event.name, attributes_of(event.attributes)) for event in span.events),
                    links=tuple(
                        Link(link.trace_id.hex(), link.span_id.hex(), attributes_of(link.attributes))
                        for link in span.links
                    ),
                    status=type(span.status).StatusCode.Name(span.status.code).removeprefix("STATUS_CODE_"),
                    status_message=span.status.message,
                    scope=scope.scope.name,
                    resource=about,
                    proto=span,
                )


def _logs(request: Any) -> Iterator[Log]:
    for resource in request.resource_logs:
        about = attributes_of(resource.resource.attributes)
        for scope in resource.scope_logs:
            for record in scope.log_records:
                yield Log(
                    body=plain(record.body),
                    severity=record.severity_text,
                    attributes=attributes_of(record.attributes),
                    trace_id=record.trace_id.hex(),
                    span_id=record.span_id.hex(),
                    event_name=record.event_name,
                    scope=scope.scope.name,
                    resource=about,
                    proto=record,
                )


def _points(request: Any) -> Iterator[Point]:
    for resource in request.resource_metrics:
        about = attributes_of(resource.resource.attributes)
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                kind = metric.WhichOneof("data")
                for point in getattr(metric, kind).data_points:
                    is_histogram = kind == "histogram"
                    yield Point(
                        name=metric.name,
                        unit=metric.unit,
                        kind=kind,
                        attributes=attributes_of(point.attributes),
                        value=point.sum if is_histogram else getattr(point, point.WhichOneof("value")),
                        count=point.count if is_histogram else 1,
                        bounds=tuple(point.explicit_bounds) if is_histogram else (),
                        bucket_counts=tuple(point.bucket_counts) if is_histogram else (),
                        exemplar_trace_ids=tuple(exemplar.trace_id.hex() for exemplar in point.exemplars),
                        scope=scope.scope.name,
                        resource=about,
                        proto=point,
                    )
