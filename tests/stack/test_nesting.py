"""Values nested a hundred thousand times over, and long keys above many values: cut, and the memory stays bounded.

Encoded here by hand: no library builds or reads them.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.conditions import eventually
from tests.stack import file_output
from tests.stack.collector_process import BASE, TO_FILES, Collector
from tests.stack.otlp_client import GRPC_METHODS, JSON, PATHS, PROTOBUF, Request, otlp_json, post, send_http
from tests.stack.payloads import (
    UID,
    gauge_request,
    key_values,
    log_request,
    new_point,
    new_record,
    new_span,
    new_uids,
    trace_request,
)

pytestmark = pytest.mark.stack

MIB = 1024 * 1024
_RSS_LIMIT_BYTES = 250 * MIB
# A hundred thousand levels: the most of it is the stack of the receiver's decoder, before any processor.
_RSS_LIMIT_DEEPEST_BYTES = 400 * MIB
_LEFT = 32
_TIMEOUT_S = 20
_DEEP = "DEEP"
"""What the nested value replaces in JSON."""
_TOO_DEEP = f"[nested deeper than {_LEFT}]"

# Tags of fields with a length: number << 3 | 2. *Source:* the .proto files of OTLP 1.5, protobuf's encoding.
_TEXT, _LIST, _MAP = b"\x0a", b"\x2a", b"\x32"
_KEY_K, _VALUE = b"\x0a\x01k", b"\x12"
_GROUPS = (b"\x0a", b"\x12", b"\x12")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the value stands: a request for JSON, and the tags around it in protobuf."""

    name: str
    request: Callable[[str], Request]
    item: Callable[[str], bytes]
    """The item without the value, in protobuf."""
    around: tuple[bytes, ...]
    """The tags around the item, the outermost first."""
    tag: tuple[bytes, ...]
    """The tags from the item to the value."""
    read: Callable[[Path], Iterator[dict[str, Any]]]
    value: Callable[[dict[str, Any]], Any]


_ATTRIBUTE = b"\x0a\x04deep" + _VALUE
PLACES = (
    Place(
        "body",
        lambda uid: log_request([new_record(uid, _DEEP)]),
        lambda uid: LogRecord(attributes=key_values({UID: uid})).SerializeToString(),
        _GROUPS,
        (b"\x2a",),
        file_output.logs,
        lambda item: item["body"],
    ),
    Place(
        "log attribute",
        lambda uid: log_request([new_record(uid, deep=_DEEP)]),
        lambda uid: LogRecord(attributes=key_values({UID: uid})).SerializeToString(),
        _GROUPS,
        (b"\x32", _ATTRIBUTE),
        file_output.logs,
        lambda item: item["attributes"]["deep"],
    ),
    Place(
        "span attribute",
        lambda uid: trace_request([new_span(uid, deep=_DEEP)]),
        lambda uid: Span(attributes=key_values({UID: uid})).SerializeToString(),
        _GROUPS,
        (b"\x4a", _ATTRIBUTE),
        file_output.spans,
        lambda item: item["attributes"]["deep"],
    ),
    Place(
        "point attribute",
        lambda uid: gauge_request(uid, {"deep": _DEEP}),
        lambda uid: new_point(uid).SerializeToString(),
        (*_GROUPS, b"\x2a", b"\x0a"),
        (b"\x3a", _ATTRIBUTE),
        file_output.points,
        lambda item: item["attributes"]["deep"],
    ),
)
WAYS = ("JSON", "protobuf, HTTP", "protobuf, gRPC", "maps, HTTP", "maps, gRPC")


@pytest.fixture(scope="module")
def collector(otelcol: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """One for all, so that its peak is that of the worst."""
    with _started(otelcol, tmp_path_factory.mktemp("nesting")) as made:
        yield made


@pytest.fixture(scope="module")
def deepest(otelcol: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """One more for what costs the decoder more, whatever comes after it."""
    with _started(otelcol, tmp_path_factory.mktemp("deepest")) as made:
        yield made


@contextlib.contextmanager
def _started(binary: Path, folder: Path) -> Iterator[Collector]:
    made = Collector(binary, folder, (*BASE, TO_FILES))
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_deep_values_are_cut(collector: Collector, place: Place, way: str) -> None:
    """Taken, and stored with 32 levels and a marker in the place of the rest; the next sender notices nothing."""
    _expect_cut(collector, place, way, 30_000)

    _is_well(collector)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_deeper_values_are_cut(deepest: Collector, place: Place, way: str) -> None:
    """So are a hundred thousand levels, close to the most that a request of 4 MiB holds in JSON."""
    _expect_cut(deepest, place, way, 100_000)

    _is_well(deepest, _RSS_LIMIT_DEEPEST_BYTES)


def _expect_cut(collector: Collector, place: Place, way: str, depth: int) -> None:
    (uid,) = new_uids(1)
    steps: tuple[bytes, ...] = (_MAP, b"\x0a", _KEY_K + _VALUE) if way.startswith("maps") else (_LIST, b"\x0a")
    if way == "JSON":
        status = _send_json(collector, place.request(uid), depth)
    else:
        value = _enclosed(_TEXT + b"\x01x", steps * depth)
        _send(collector, place, place.item(uid) + _enclosed(value, place.tag), way)
        status = 200

    assert status == 200
    kept = place.value(_arrived(collector, place, uid))
    for _ in range(_LEFT):
        assert len(kept) == 1
        (kept,) = kept.values() if isinstance(kept, dict) else kept
    assert kept == _TOO_DEEP


def test_a_long_key_above_many_values_is_cut(collector: Collector) -> None:
    """Each of the values below would otherwise write out the key once more: 128 KiB times 300,000."""
    (uid,) = new_uids(1)
    long, texts = "k" * (MIB // 8), _enclosed(b"", (b"\x0a",)) * 300_000
    body = _enclosed(_field(b"\x0a", long.encode()) + _field(_VALUE, _field(_LIST, texts)), (_MAP, b"\x0a"))
    place = PLACES[0]

    _send(collector, place, place.item(uid) + _field(b"\x2a", body), "HTTP")

    assert place.value(_arrived(collector, place, uid)) == {long: "[below a path of more than 512 bytes]"}
    _is_well(collector)


def test_ordinary_nesting_arrives_whole(collector: Collector) -> None:
    """Down to the last level, beside values of every kind."""
    (uid,) = new_uids(1)
    body: Any = {"order": {"items": [{"name": "tea", "amounts": [1, 2.5, True, None]}]}}
    for _ in range(_LEFT - 5):
        body = [body]

    assert send_http(collector.http_port, log_request([new_record(uid, body)]), collector.token) == 200

    assert _arrived(collector, PLACES[0], uid)["body"] == body


def test_what_was_cut_is_counted(collector: Collector) -> None:
    """By signal and by reason."""
    (uid,) = new_uids(1)
    place = PLACES[2]

    _send(collector, place, place.item(uid) + _enclosed(b"", (*place.tag, *(_LIST, b"\x0a") * 33)), "HTTP")

    series = 'otelcol_nesting_limit_cut_total{reason="depth",signal="traces"'
    assert series in collector.metrics()


def _send_json(collector: Collector, request: Request, depth: int) -> int:
    start, end = '{"arrayValue":{"values":[', "]}}"
    text = json.dumps(otlp_json(request))
    hole = json.dumps({"stringValue": _DEEP})
    assert hole in text
    body = text.replace(hole, start * depth + '{"stringValue":"x"}' + end * depth).encode()
    headers = {"Content-Type": JSON, "Authorization": f"Bearer {collector.token}"}
    return post(collector.http_port, PATHS[type(request)], body, headers)


def _send(collector: Collector, place: Place, item: bytes, way: str) -> None:
    """Send one item; fails unless it is taken."""
    body = _enclosed(item, place.around)
    kind = type(place.request(""))
    if way.endswith("gRPC"):
        with grpc.insecure_channel(collector.grpc_endpoint) as channel:
            metadata = [("authorization", f"Bearer {collector.token}")]
            channel.unary_unary(GRPC_METHODS[kind])(body, metadata=metadata, timeout=_TIMEOUT_S)
    else:
        headers = {"Content-Type": PROTOBUF, "Authorization": f"Bearer {collector.token}"}
        assert post(collector.http_port, PATHS[kind], body, headers) == 200


def _field(tag: bytes, content: bytes) -> bytes:
    return tag + _length(len(content)) + content


def _enclosed(content: bytes, tags: tuple[bytes, ...]) -> bytes:
    """Put ``content`` into fields, the outermost first; in one pass, as there may be a hundred thousand."""
    parts, length = [content], len(content)
    for tag in reversed(tags):
        parts.append(tag + _length(length))
        length += len(parts[-1])
    return b"".join(reversed(parts))


def _length(number: int) -> bytes:
    """Return a varint."""
    digits = bytearray()
    while number > 0x7F:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*digits, number])


def _arrived(collector: Collector, place: Place, uid: str) -> dict[str, Any]:
    def found() -> dict[str, Any] | None:
        return next((item for item in place.read(collector.output) if item["attributes"].get(UID) == uid), None)

    item = eventually(found, f"{place.name} arrives", timeout_s=_TIMEOUT_S)
    assert item is not None
    return item


def _is_well(collector: Collector, limit_bytes: int = _RSS_LIMIT_BYTES) -> None:
    assert collector.is_running
    assert collector.peak_rss_bytes <= limit_bytes, f"{collector.peak_rss_bytes / MIB:.0f} MiB"
    (uid,) = new_uids(1)
    assert send_http(collector.http_port, log_request([new_record(uid)]), collector.token) == 200
