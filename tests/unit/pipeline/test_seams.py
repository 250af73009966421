"""The types between the pipeline's parts: what goes on the wire, and how it is split."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.resources import Resource

from otel_kit.pipeline.encoder import within_limit
from otel_kit.pipeline.seams import Encoded, shown
from tests.unit.pipeline.records import RESOURCE, collected, encoder, entry, logs, spans

OTHER = Resource({"service.name": "payments"}, "")


def _together(encoded: list[Encoded], kind: Any) -> Any:
    return kind.FromString(b"".join(part.request() for part in encoded))


def test_spans_go_out_as_the_stock_encoder_would_send_them() -> None:
    """Several scopes and resources, events, links, schema URLs: byte units assemble to the same message."""
    kit = encoder()
    taken = [
        *spans(lambda span: span.add_event("e", {"n": 1}), lambda span: span.set_attribute("k", [1, 2]), scope="one"),
        *spans(lambda span: None, scope="two"),
        *spans(lambda span: span.set_attribute("x", {"deep": True}), resource=OTHER),
    ]
    copies = [kit.span_copy(span, owned=False) for span in taken]

    encoded, failed = kit.spans(copies)

    assert failed == 0
    assert encode_spans(copies) == _together(encoded, ExportTraceServiceRequest)
    assert len(taken) == sum(part.count for part in encoded)


def test_logs_go_out_as_the_stock_encoder_would_send_them() -> None:
    """Bodies of every kind, several scopes and resources."""
    kit = encoder()
    taken = [*logs("text", {"a": [1, None]}, 3.5, scope="one"), *logs("x", scope="two"), *logs("y", resource=OTHER)]
    copies = [kit.log_copy(record, owned=False) for record in taken]

    encoded, failed = kit.logs(copies)

    readable = [
        ReadableLogRecord(copy.log_record, copy.resource or RESOURCE, copy.instrumentation_scope) for copy in copies
    ]
    assert failed == 0
    assert encode_logs(readable) == _together(encoded, ExportLogsServiceRequest)


def test_metrics_go_out_as_the_stock_encoder_would_send_them() -> None:
    """Sums, gauges and histograms of several scopes; a record is a point."""
    kit = encoder()
    data = kit.metrics_copy(
        collected(
            lambda meter: [meter.create_counter("hits").add(2, {"route": route}) for route in "ab"],
            lambda meter: meter.create_histogram("time", "s").record(0.3),
            lambda meter: meter.create_gauge("level").set(7),
        ),
        owned=False,
    )

    encoded, failed = kit.metrics(data)

    assert failed == 0
    assert encode_metrics(data) == _together(encoded, ExportMetricsServiceRequest)
    assert [part.count for part in encoded] == [4]


def test_size_is_close_to_the_bytes_of_the_request() -> None:
    """Bounds in bytes mean what they say: within five percent for a real batch."""
    kit = encoder()
    taken = spans(*([lambda span: span.set_attribute("key", "value" * 20)] * 100))

    (encoded,), _ = kit.spans([kit.span_copy(span, owned=True) for span in taken])

    assert encoded.size == pytest.approx(len(encoded.request()), rel=0.05)


@given(count=st.integers(2, 40), item_bytes=st.integers(4, 300))
def test_halves_hold_the_same_items_in_the_same_order(count: int, item_bytes: int) -> None:
    """Nothing is lost or doubled by a split, and each half accounts for itself."""
    whole = entry(count, item_bytes)

    halves = whole.halves()

    assert halves is not None
    left, right = halves
    assert whole.count == left.count + right.count
    assert abs(left.count - right.count) <= 1
    merged = ExportTraceServiceRequest.FromString(left.request() + right.request())
    names = [span.name for part in merged.resource_spans for scope in part.scope_spans for span in scope.spans]
    original = ExportTraceServiceRequest.FromString(whole.request())
    assert [span.name for span in original.resource_spans[0].scope_spans[0].spans] == names


def test_halves_of_a_single_item_are_none() -> None:
    """One record cannot be split."""
    assert entry(1).halves() is None


@given(count=st.integers(1, 60), max_bytes=st.integers(1, 500), max_count=st.integers(1, 20))
def test_within_limit_keeps_both_bounds_or_sends_an_item_alone(count: int, max_bytes: int, max_count: int) -> None:
    """Each part fits, unless it is one item that is larger by itself; all of them together are the whole."""
    parts = within_limit(entry(count), max_bytes, max_count)

    assert count == sum(part.count for part in parts)
    assert all((part.size <= max_bytes and part.count <= max_count) or len(part.scopes[0].items) == 1 for part in parts)


def test_shown_reply_is_one_printable_line() -> None:
    """A backend's words can neither forge a log line nor move the cursor."""
    assert shown("refused\r\nINFO forged\x1b") == "refused  INFO forged "
    assert len(shown("x" * 10_000)) == 200
