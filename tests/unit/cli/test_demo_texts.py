"""Texts and their places: the same from an OTLP request and from the viewer's answer."""

from __future__ import annotations

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from otel_kit.cli.demo.tap import Request
from otel_kit.cli.demo.texts import Text, of_request, of_trace


def _pair(key: str, value: str | AnyValue) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value) if isinstance(value, str) else value)


def _nested() -> AnyValue:
    items = ArrayValue(values=[AnyValue(string_value="first"), AnyValue(int_value=2), AnyValue(string_value="third")])
    return AnyValue(
        kvlist_value=KeyValueList(values=[_pair("phones", AnyValue(array_value=items)), _pair("name", "Bo")])
    )


_RESOURCE = Resource(attributes=[_pair("service.name", "shop")])
_RESOURCE_TEXT = Text("shop", "resource.attributes.service.name", "shop")


def test_spans_are_read_with_status_events_and_attributes() -> None:
    """Every text of a span comes with its place."""
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add(resource=_RESOURCE)
    span = spans.scope_spans.add().spans.add(name="GET /", attributes=[_pair("url.query", "q=1")])
    span.status.message = "no cups"
    span.events.add(name="exception", attributes=[_pair("exception.message", "out of cups")])

    assert list(of_request(Request("/v1/traces", request.SerializeToString()))) == [
        _RESOURCE_TEXT,
        Text("shop", "span.name", "GET /"),
        Text("shop", "span.status.message", "no cups"),
        Text("shop", "span.attributes.url.query", "q=1"),
        Text("shop", "span.events.exception.message", "out of cups"),
    ]


def test_logs_are_read_into_nested_values() -> None:
    """Keys within a value follow after a dot; what is no text is left out."""
    request = ExportLogsServiceRequest()
    logs = request.resource_logs.add(resource=_RESOURCE)
    logs.scope_logs.add().log_records.add(body=AnyValue(string_value="hello"), attributes=[_pair("contact", _nested())])

    assert list(of_request(Request("/v1/logs", request.SerializeToString()))) == [
        _RESOURCE_TEXT,
        Text("shop", "log.body", "hello"),
        Text("shop", "log.attributes.contact.phones", "first"),
        Text("shop", "log.attributes.contact.phones", "third"),
        Text("shop", "log.attributes.contact.name", "Bo"),
    ]


def test_metrics_are_read_with_their_labels() -> None:
    """The label of a point is a text like any other, whatever the metric's type."""
    request = ExportMetricsServiceRequest()
    scope = request.resource_metrics.add(resource=_RESOURCE).scope_metrics.add()
    scope.metrics.add(name="a").sum.data_points.add(attributes=[_pair("coupon", "one")])
    scope.metrics.add(name="b").histogram.data_points.add(attributes=[_pair("coupon", "two")])
    scope.metrics.add(name="without data")

    assert list(of_request(Request("/v1/metrics", request.SerializeToString()))) == [
        _RESOURCE_TEXT,
        Text("shop", "metric.attributes.coupon", "one"),
        Text("shop", "metric.attributes.coupon", "two"),
    ]


def test_the_viewers_trace_has_the_same_places() -> None:
    """What the API answers is read like what was on the wire."""
    span = {
        "service": "shop",
        "name": "GET /",
        "status": {"code": "error", "message": None},
        "attributes": {"url.query": "q=1", "http.response.status_code": 200},
        "events": [{"name": "exception", "attributes": {"exception.message": "out of cups"}}],
    }
    log = {"service": "shop", "body": "hello", "attributes": {"contact": {"phones": ["first", 2], "name": "Bo"}}}

    assert list(of_trace({"spans": [span], "logs": [log]})) == [
        Text("shop", "span.name", "GET /"),
        Text("shop", "span.status.message", ""),
        Text("shop", "span.attributes.url.query", "q=1"),
        Text("shop", "span.events.exception.message", "out of cups"),
        Text("shop", "log.body", "hello"),
        Text("shop", "log.attributes.contact.phones", "first"),
        Text("shop", "log.attributes.contact.name", "Bo"),
    ]
