"""Telemetry for the page's tests: real OTLP requests, sent over HTTP, and the ids to look for on the page."""

from __future__ import annotations

import random
import urllib.request
from dataclasses import dataclass, field

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AggregationTemporality,
    Exemplar,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from otel_kit import semconv

MARKUP = '<img src=x onerror="window.pwned=1"><b>bold</b>'
BIDI = "invoice\u202efdp.exe"
STACK = """Traceback (most recent call last):
  File "/srv/payments/app.py", line 41, in charge
    return await gateway.charge(order)
  File "/srv/payments/gateway.py", line 88, in charge
    raise CardDeclined(f"card {card} of {email} declined")
payments.gateway.CardDeclined: card 4111-****-****-1111 of j***@example.com declined
"""
UNMASKED = "anna.schmidt@example.com"
# What the service says that it masked: rule, key, and how often each quarter of a minute.
MASKED = (("email", "log.body", 9), ("email", "url.query", 4), ("token", "url.query", 4), ("acme_number", "note", 1))
BIG_SPANS = 10_000
_MS = 1_000_000
_SECOND = 1000 * _MS
_BOUNDARIES = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0)
_SPANS_PER_REQUEST = 1000


@dataclass(slots=True)
class Story:
    """What was sent."""

    now_ns: int
    traces: list[str] = field(default_factory=list)
    error_trace: str = ""
    nasty_trace: str = ""
    big_trace: str = ""


def attributes(values: dict[str, object]) -> list[KeyValue]:
    """Return OTLP attributes."""
    return [KeyValue(key=key, value=_any(value)) for key, value in values.items()]


def log_record(
    time_ns: int, body: str, severity: int = 9, trace: bytes = b"", span: bytes = b"", **extra: object
) -> LogRecord:
    """Return one log record; ``extra`` are its attributes."""
    return LogRecord(
        time_unix_nano=time_ns,
        observed_time_unix_nano=time_ns,
        severity_number=severity,  # type: ignore[arg-type] # the enum's members are plain numbers
        severity_text={5: "DEBUG", 9: "INFO", 13: "WARNING", 17: "ERROR"}[severity],
        body=_any(body),
        trace_id=trace,
        span_id=span,
        attributes=attributes(extra),
    )


def post(endpoint: str, signal: str, request: Message) -> None:
    """Send one request to the viewer's OTLP/HTTP address and read the answer."""
    call = urllib.request.Request(
        f"{endpoint}/v1/{signal}", request.SerializeToString(), {"Content-Type": "application/x-protobuf"}
    )
    with urllib.request.urlopen(call, timeout=30) as answer:
        assert answer.status == 200


def send_logs(endpoint: str, service: str, records: list[LogRecord]) -> None:
    """Send log records of one service."""
    scope = ScopeLogs(log_records=records)
    scope.scope.name = f"{service}.app"
    post(
        endpoint,
        "logs",
        ExportLogsServiceRequest(resource_logs=[ResourceLogs(resource=resource(service), scope_logs=[scope])]),
    )


def send_story(endpoint: str, now_ns: int) -> Story:
    """Send a shop of three services under load, a hostile trace and a huge one."""
    story, chance = Story(now_ns), random.Random(7)
    logs: dict[str, list[LogRecord]] = {"shop": [], "orders": [], "payments": []}
    for i in range(70):
        start = now_ns - int(chance.uniform(20, 720) * _SECOND)
        failed = i % 8 == 3
        trace = chance.randbytes(16)
        spans = _checkout(chance, trace, start, int(chance.lognormvariate(4.2, 0.7) * _MS), failed, logs)
        _send_spans(endpoint, spans)
        story.traces.append(trace.hex())
        if failed:
            story.error_trace = trace.hex()
    story.nasty_trace = _send_nasty(endpoint, chance, now_ns, logs)
    story.big_trace = _send_big(endpoint, chance, now_ns, logs)
    logs["orders"].append(log_record(now_ns - 5 * _SECOND, f"a service without a Guard wrote {UNMASKED}"))
    for service, records in logs.items():
        send_logs(endpoint, service, records)
    _send_metrics(endpoint, now_ns, story)
    return story


def _checkout(
    chance: random.Random, trace: bytes, start: int, length: int, failed: bool, logs: dict[str, list[LogRecord]]
) -> dict[str, list[Span]]:
    ids = [chance.randbytes(8) for _ in range(6)]
    method, route = ("POST", "/checkout") if chance.random() < 0.6 else ("GET", "/products/{id}")

    def span(
        i: int, parent: int | None, name: str, kind: Span.SpanKind, part: tuple[float, float], **values: object
    ) -> Span:
        return Span(
            trace_id=trace,
            span_id=ids[i],
            parent_span_id=b"" if parent is None else ids[parent],
            name=name,
            kind=kind,
            start_time_unix_nano=start + int(length * part[0]),
            end_time_unix_nano=start + int(length * part[1]),
            attributes=attributes({key.replace("__", "."): value for key, value in values.items()}),
        )

    server, client, inner = Span.SPAN_KIND_SERVER, Span.SPAN_KIND_CLIENT, Span.SPAN_KIND_INTERNAL
    web = {"http__request__method": method, "http__route": route, "http__response__status_code": 502 if failed else 200}
    order = {
        "http__request__method": "POST",
        "http__route": "/orders",
        "http__response__status_code": 502 if failed else 201,
    }
    charge = {
        "http__request__method": "POST",
        "http__route": "/charges",
        "http__response__status_code": 500 if failed else 200,
    }
    query = "email=j***@example.com&token=[REDACTED:token]"
    sql = "SELECT * FROM orders WHERE customer = ?"
    spans = [
        span(0, None, f"{method} {route}", server, (0, 1), url__query=query, client__address="203.0.113.0", **web),
        span(1, 0, "validate basket", inner, (0.03, 0.12), basket__items=3, basket__gift=False),
        span(2, 0, "POST", client, (0.15, 0.95), http__request__method="POST", server__port=8002),
        span(3, 2, "POST /orders", server, (0.2, 0.92), **order),
        span(4, 3, "SELECT orders", client, (0.25, 0.33), db__query__text=sql),
        span(5, 3, "POST /charges", server, (0.4, 0.88), **charge),
    ]
    logs["shop"].append(log_record(start + length // 20, "checkout of j***@example.com began", 9, trace, ids[0]))
    logs["payments"].append(
        log_record(start + length // 2, "gateway called with [REDACTED:authorization]", 5, trace, ids[5])
    )
    if failed:
        spans[5].events.append(
            Span.Event(
                time_unix_nano=start + int(length * 0.8),
                name="exception",
                attributes=attributes(
                    {
                        "exception.type": "payments.gateway.CardDeclined",
                        "exception.message": "card 4111-****-****-1111 of j***@example.com declined",
                        "exception.stacktrace": STACK,
                    }
                ),
            )
        )
        for at in (0, 3, 5):
            spans[at].status.CopyFrom(Status(code=Status.STATUS_CODE_ERROR, message="CardDeclined"))
        logs["payments"].append(log_record(start + int(length * 0.8), f"charge failed\n{STACK}", 17, trace, ids[5]))
    return {"shop": spans[:3], "orders": spans[3:5], "payments": spans[5:]}


def _send_nasty(endpoint: str, chance: random.Random, now: int, logs: dict[str, list[LogRecord]]) -> str:
    trace, root = chance.randbytes(16), chance.randbytes(8)
    span = Span(
        trace_id=trace,
        span_id=root,
        name=f"nasty {MARKUP}",
        kind=Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=now - 15 * _SECOND,
        end_time_unix_nano=now - 14 * _SECOND,
        attributes=attributes(
            {
                "markup": MARKUP,
                MARKUP: "as a key",
                "bidi": BIDI,
                "long": "x" * 60_000,
                "list": ["a", 1, 2.5, True],
                "empty": "",
            }
        ),
    )
    span.events.append(Span.Event(time_unix_nano=now - 15 * _SECOND, name=MARKUP, attributes=attributes({"m": MARKUP})))
    span.status.CopyFrom(Status(code=Status.STATUS_CODE_ERROR, message=MARKUP))
    _send_spans(endpoint, {f"svc {MARKUP}": [span]})
    logs["orders"].append(log_record(now - 15 * _SECOND, f"nasty {MARKUP} {BIDI}", 13, trace, root, markup=MARKUP))
    return trace.hex()


def _send_big(endpoint: str, chance: random.Random, now: int, logs: dict[str, list[LogRecord]]) -> str:
    trace, start = chance.randbytes(16), now - 60 * _SECOND
    ids = [chance.randbytes(8) for _ in range(BIG_SPANS)]
    spans = []
    for i, own in enumerate(ids):
        # Each tenth span is a child of the root, the others hang below it in a row of nine.
        parent = b"" if i == 0 else ids[0] if i % 10 == 1 else ids[i - 1]
        begin = start + i * _MS
        spans.append(
            Span(
                trace_id=trace,
                span_id=own,
                parent_span_id=parent,
                name="nightly import" if i == 0 else f"step {i}",
                kind=Span.SPAN_KIND_INTERNAL,
                start_time_unix_nano=begin,
                end_time_unix_nano=start + (BIG_SPANS + 50) * _MS if i == 0 else begin + 3 * _MS,
                attributes=attributes({"row": i}),
            )
        )
    spans[7777].status.code = Status.STATUS_CODE_ERROR
    for first in range(0, BIG_SPANS, _SPANS_PER_REQUEST):
        _send_spans(endpoint, {"orders": spans[first : first + _SPANS_PER_REQUEST]})
    logs["orders"].append(log_record(start, "import began", 9, trace, ids[0]))
    return trace.hex()


def _send_spans(endpoint: str, by_service: dict[str, list[Span]]) -> None:
    request = ExportTraceServiceRequest()
    for service, spans in by_service.items():
        scope = ScopeSpans(spans=spans)
        scope.scope.name = "page.story"
        request.resource_spans.append(ResourceSpans(resource=resource(service), scope_spans=[scope]))
    post(endpoint, "traces", request)


def _send_metrics(endpoint: str, now: int, story: Story) -> None:
    cumulative = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
    duration, hits, reported, memory = [], [], [], []
    start = now - 800 * _SECOND
    for step in range(1, 49):
        time_ns = start + step * 15 * _SECOND
        point = HistogramDataPoint(
            start_time_unix_nano=start,
            time_unix_nano=time_ns,
            count=step * 20,
            sum=step * 20 * 0.07,
            explicit_bounds=_BOUNDARIES,
            bucket_counts=[step * n for n in (2, 8, 6, 2, 1, 1, 0)],
            attributes=attributes({semconv.HTTP_ROUTE: "/checkout", semconv.HTTP_REQUEST_METHOD: "POST"}),
        )
        if step % 4 == 0:
            trace = bytes.fromhex(story.traces[step % len(story.traces)])
            point.exemplars.append(
                Exemplar(time_unix_nano=time_ns - _SECOND, as_double=0.06, trace_id=trace, span_id=b"\1" * 8)
            )
        duration.append(point)
        hits += [_found(start, time_ns, rule, key, step * n) for rule, key, n in MASKED]
        reported.append(_found(start, time_ns, "card", "order.id", step))
        memory.append(NumberDataPoint(time_unix_nano=time_ns, as_int=(40 + step % 5) * 2**20))
    scope = ScopeMetrics(
        metrics=[
            Metric(
                name=semconv.HTTP_SERVER_REQUEST_DURATION,
                unit="s",
                description="Duration of HTTP server requests.",
                histogram=Histogram(data_points=duration, aggregation_temporality=cumulative),
            ),
            Metric(
                name=semconv.REDACTION_HITS,
                unit="{value}",
                sum=Sum(data_points=hits, aggregation_temporality=cumulative, is_monotonic=True),
            ),
            Metric(
                name=semconv.REDACTION_REPORTED,
                unit="{value}",
                sum=Sum(data_points=reported, aggregation_temporality=cumulative, is_monotonic=True),
            ),
            Metric(name="process.memory.usage", unit="By", gauge=Gauge(data_points=memory)),
        ]
    )
    of_shop = ResourceMetrics(resource=resource("shop"), scope_metrics=[scope])
    post(endpoint, "metrics", ExportMetricsServiceRequest(resource_metrics=[of_shop]))


def _found(start: int, time_ns: int, rule: str, key: str, count: int) -> NumberDataPoint:
    where = attributes({semconv.REDACTION_RULE: rule, semconv.REDACTION_KEY: key})
    return NumberDataPoint(start_time_unix_nano=start, time_unix_nano=time_ns, as_int=count, attributes=where)


def resource(service: str) -> Resource:
    """Return the resource of a service."""
    return Resource(attributes=attributes({semconv.SERVICE_NAME: service, semconv.SERVICE_VERSION: "1.4.2"}))


def _any(value: object) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, list):
        return AnyValue(array_value=ArrayValue(values=[_any(item) for item in value]))
    return AnyValue(string_value=str(value))
