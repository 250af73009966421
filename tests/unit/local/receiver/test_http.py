"""OTLP/HTTP: what is accepted, what is refused, and that what was accepted is stored as it was sent."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from otel_kit.local.receiver.inflate import MAX_BODY_BYTES
from tests.unit.local import messages
from tests.unit.local.client import JSON, PROTOBUF, RunningViewer, request
from tests.unit.local.conftest import StartViewer

TYPED = {
    "text": "plain",
    "yes": True,
    "no": False,
    "whole": 42,
    "large": 2**53 - 1,
    "real": 1.5,
    "nan": float("nan"),
    "endless": float("-inf"),
    "list": ["a", "b"],
    "mixed": {"inner": [1, {"deep": True}], "none": None},
    "raw": b"\x00\x01",
}
SHOWN = {**TYPED, "nan": "NaN", "endless": "-Infinity", "raw": {"base64": "AAE="}}


def otlp_json(message: Message) -> bytes:
    """Return a message as OTLP/JSON: ids in hexadecimal."""

    def mend(node: object) -> None:
        for item in node if isinstance(node, list) else []:
            mend(item)
        if isinstance(node, dict):
            for key, value in node.items():
                if key in ("traceId", "spanId", "parentSpanId"):
                    node[key] = __import__("base64").b64decode(value).hex()
                else:
                    mend(value)

    document = MessageToDict(message, use_integers_for_enums=True)
    mend(document)
    return json.dumps(document).encode()


@pytest.mark.parametrize("form", ["protobuf", "json", "gzip", "gzip json"])
def test_a_span_comes_back_as_it_was_sent(viewer: RunningViewer, form: str) -> None:
    """Every form of a request leads to the same span, all types of values kept."""
    sent = messages.span(
        attributes=TYPED,
        trace_state="vendor=1",
        status={"code": 2, "message": "it broke"},
        events=[
            {"name": "exception", "time_unix_nano": messages.now(), "attributes": messages.pairs({"n": 1, "t": "x"})}
        ],
        links=[{"trace_id": b"l" * 16, "span_id": b"s" * 8, "attributes": messages.pairs({"why": "retry"})}],
    )
    message = messages.traces(sent)
    body = otlp_json(message) if "json" in form else message.SerializeToString()
    headers = dict(JSON if "json" in form else PROTOBUF)
    if "gzip" in form:
        body, headers["Content-Encoding"] = gzip.compress(body), "gzip"

    answer = request(viewer.http, "POST", "/v1/traces", body, headers)

    assert (answer.status, answer.headers["content-type"]) == (200, headers["Content-Type"])
    assert answer.body == (b"{}" if "json" in form else b"")
    (shown,) = viewer.get(f"traces/{messages.TRACE.hex()}")["spans"]
    assert shown["attributes"] == SHOWN
    assert [type(shown["attributes"][key]) for key in ("whole", "real", "yes")] == [int, float, bool]
    assert (shown["name"], shown["kind"], shown["trace_state"]) == ("GET /orders", "server", "vendor=1")
    assert shown["status"] == {"code": "error", "message": "it broke"}
    assert shown["start_ms"] == sent.start_time_unix_nano / 1e6
    assert shown["duration_ms"] == 5.0
    assert (shown["service"], shown["resource"]) == ("shop", {"service.name": "shop"})
    assert shown["scope"] == {"name": "tests", "version": "1.0", "attributes": {}}
    assert [(event["name"], event["attributes"]) for event in shown["events"]] == [("exception", {"n": 1, "t": "x"})]
    assert shown["links"] == [
        {"trace_id": (b"l" * 16).hex(), "span_id": (b"s" * 8).hex(), "attributes": {"why": "retry"}}
    ]


@pytest.mark.parametrize("form", ["protobuf", "json"])
@pytest.mark.parametrize("body", ["text", {"order": 7, "lines": [1, 2]}, ["a", 1], 17, None])
def test_a_log_record_comes_back_as_it_was_sent(viewer: RunningViewer, form: str, body: object) -> None:
    """Bodies keep their structure, ids their bytes."""
    record = messages.log(
        body, severity=17, attributes=TYPED, trace_id=messages.TRACE, span_id=messages.ROOT, event_name="app.failed"
    )
    message = messages.logs(record)
    data = otlp_json(message) if form == "json" else message.SerializeToString()

    answer = request(viewer.http, "POST", "/v1/logs", data, JSON if form == "json" else PROTOBUF)

    assert answer.status == 200
    (shown,) = viewer.get("logs")["logs"]
    assert shown["body"] == ("" if body is None else body)
    assert (shown["severity"], shown["severity_number"], shown["event_name"]) == ("error", 17, "app.failed")
    assert (shown["trace_id"], shown["span_id"]) == (messages.TRACE.hex(), messages.ROOT.hex())
    assert (shown["logger"], shown["attributes"]) == ("shop.orders", SHOWN)


def test_unusable_spans_are_rejected_by_count_and_reason(viewer: RunningViewer) -> None:
    """The usable rest of a request is stored; the sender and the status page learn of the others."""
    message = messages.traces(
        messages.span(),
        messages.span(trace_id=b"short"),
        messages.span(trace_id=bytes(16)),
        messages.span(span_id=bytes(8)),
        messages.span(start=0),
        messages.span(start=2**63),
    )

    answer = viewer.send(message)

    partial = ExportTraceServiceResponse.FromString(answer.body).partial_success
    assert partial.rejected_spans == 5
    assert partial.error_message == "not stored: 1 bad_span_id, 2 bad_time, 2 bad_trace_id"
    status = viewer.get("status")
    assert status["ingest"]["rejected"] == {"bad_trace_id": 2, "bad_span_id": 1, "bad_time": 2}
    assert status["store"]["spans"] == 1


def test_json_senders_learn_of_rejected_spans_in_json(viewer: RunningViewer) -> None:
    """An id that is no hexadecimal costs one span, not the request."""
    document = {
        "resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "zz", "spanId": "xx", "startTimeUnixNano": "5"}]}]}]
    }

    answer = request(viewer.http, "POST", "/v1/traces", json.dumps(document), JSON)

    assert answer.status == 200
    assert answer.json == {"partialSuccess": {"rejectedSpans": "1", "errorMessage": "not stored: 1 bad_trace_id"}}


def test_a_log_record_with_a_malformed_trace_id_is_kept_without_it(viewer: RunningViewer) -> None:
    """As the OTLP definition of the field says."""
    viewer.send(messages.logs(messages.log(trace_id=b"abc", span_id=b"x")))

    (shown,) = viewer.get("logs")["logs"]

    assert (shown["trace_id"], shown["span_id"]) == (None, None)


def nested(levels: int) -> bytes:
    """Return an encoded traces request with an attribute nested so deeply."""
    value = b""
    for _ in range(levels):
        value = _field(5, _field(1, value))  # AnyValue.array_value.values
    attribute = _field(1, b"k") + _field(2, value)
    span = _field(1, messages.TRACE) + _field(2, messages.ROOT) + b"\x39" + (5).to_bytes(8, "little")
    return _field(1, _field(2, _field(2, span + _field(9, attribute))))


def _field(number: int, value: bytes) -> bytes:
    size, head = len(value), bytearray([number << 3 | 2])
    while size > 127:
        head.append(size & 127 | 128)
        size >>= 7
    return bytes(head) + bytes([size]) + value


DEEP_JSON = b'{"resourceSpans":' + b"[" * 200_000 + b"]" * 200_000 + b"}"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"\xff\xff\xff", PROTOBUF),
        (messages.traces(messages.span()).SerializeToString()[:-3], PROTOBUF),
        (nested(5000), PROTOBUF),
        (_field(1, _field(2, _field(2, _field(1, messages.TRACE) + _field(5, b"\xff\xfe")))), PROTOBUF),
        (b"{", JSON),
        (b"[]", JSON),
        (b'{"resourceSpans": 7}', JSON),
        (b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"name": 5}]}]}]}', JSON),
        (DEEP_JSON, JSON),
        (b"no gzip", {**PROTOBUF, "Content-Encoding": "gzip"}),
        (gzip.compress(b"\n\x00")[:-4], {**PROTOBUF, "Content-Encoding": "gzip"}),
        (b"", {**PROTOBUF, "Content-Encoding": "gzip"}),
    ],
)
def test_a_malformed_request_is_answered_400(
    shared_viewer: RunningViewer, body: bytes, headers: dict[str, str]
) -> None:
    """In the request's own content type; counted, and the viewer goes on."""

    def malformed() -> int:
        count: int = shared_viewer.get("status")["ingest"]["rejected"].get("malformed", 0)
        return count

    before = malformed()

    answer = request(shared_viewer.http, "POST", "/v1/traces", body, headers)

    assert (answer.status, answer.headers["content-type"]) == (400, headers["Content-Type"])
    assert malformed() == before + 1


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/v1/spans", PROTOBUF, 404),
        ("POST", "/", PROTOBUF, 404),
        ("GET", "/v1/traces", PROTOBUF, 405),
        ("OPTIONS", "/v1/traces", {}, 405),
        ("POST", "/v1/traces", {"Content-Type": "text/plain"}, 415),
        ("POST", "/v1/traces", {}, 415),
        ("POST", "/v1/traces", {**PROTOBUF, "Content-Encoding": "br"}, 415),
        ("POST", "/v1/traces", {**PROTOBUF, "Content-Encoding": "gzip, gzip"}, 415),
    ],
)
def test_a_request_that_is_no_otlp_is_refused(
    shared_viewer: RunningViewer, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    """Each with the status that says why."""
    assert request(shared_viewer.http, method, path, b"", headers).status == status


@pytest.mark.parametrize("headers", [PROTOBUF, JSON])
def test_an_oversized_body_is_answered_413(viewer: RunningViewer, headers: dict[str, str]) -> None:
    """Whether its length is announced or not."""
    body = bytes(MAX_BODY_BYTES + 1)

    announced = request(viewer.http, "POST", "/v1/logs", body, headers)
    chunked = request(viewer.http, "POST", "/v1/logs", iter([body[: 1 << 20]] * 17), headers)

    assert (announced.status, chunked.status) == (413, 413)
    assert viewer.get("status")["ingest"]["queue_bytes"] == 0


def test_a_decompression_bomb_is_answered_413(viewer: RunningViewer) -> None:
    """Also one of many gzip members, each of them small."""
    bomb = gzip.compress(bytes(200 << 20), 9)
    members = gzip.compress(bytes(1 << 20), 9) * 100

    answers = [
        request(viewer.http, "POST", "/v1/traces", body, {**PROTOBUF, "Content-Encoding": "gzip"})
        for body in (bomb, members)
    ]

    assert [answer.status for answer in answers] == [413, 413]
    assert viewer.get("status")["ingest"]["queue_bytes"] == 0


def test_gzip_of_several_members_is_one_stream(viewer: RunningViewer) -> None:
    """As RFC 1952 section 2.2 has it; requests that are concatenated make one request."""
    one = messages.traces(messages.span()).SerializeToString()
    two = messages.traces(messages.span(span_id=b"another1")).SerializeToString()

    body = gzip.compress(one) + gzip.compress(two)
    request(viewer.http, "POST", "/v1/traces", body, {**PROTOBUF, "Content-Encoding": "gzip"})

    assert len(viewer.get(f"traces/{messages.TRACE.hex()}")["spans"]) == 2


def test_raw_deflate_is_no_gzip(viewer: RunningViewer) -> None:
    """A zlib stream under the name of gzip is malformed."""
    answer = request(viewer.http, "POST", "/v1/logs", zlib.compress(b""), {**PROTOBUF, "Content-Encoding": "gzip"})

    assert answer.status == 400


def test_a_full_queue_tells_the_sender_to_come_back(start_viewer: StartViewer) -> None:
    """429 with Retry-After, nothing stays reserved, and a smaller request still gets in."""
    viewer = start_viewer(queue_bytes=1000)
    large = messages.logs(messages.log("x" * 2000)).SerializeToString()

    answer = request(viewer.http, "POST", "/v1/logs", large, PROTOBUF)

    assert (answer.status, answer.headers["retry-after"]) == (429, "1")
    viewer.send(messages.logs(messages.log("short")))
    ingest = viewer.get("status")["ingest"]
    assert (ingest["queue_bytes"], ingest["rejected"]) == (0, {"queue_full": 1})
