"""Who may send, and how much at once."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from tests.conditions import eventually
from tests.stack import file_output
from tests.stack.collector_process import BASE, TO_FILES, Collector, NewCollector
from tests.stack.key_file import Key, write_keys
from tests.stack.otlp_client import JSON, PROTOBUF, post, send_grpc, send_http
from tests.stack.payloads import counted, log_request, new_record, new_uids

pytestmark = pytest.mark.stack

MIB = 1024 * 1024
# Above the most that it has held before; bodies of 64 MiB and more must not show.
_RSS_MORE_BYTES = 48 * MIB


@pytest.fixture(scope="module")
def collector(otelcol: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """One for all who are refused: nothing of them may be left behind."""
    made = Collector(otelcol, tmp_path_factory.mktemp("ingest"), (*BASE, TO_FILES))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def private_collector(new_collector: NewCollector) -> Collector:
    """One that a test may change or end."""
    made = new_collector(*BASE, TO_FILES)
    made.start()
    return made


@pytest.mark.parametrize("token", [None, "", "wrong", Key("tests").text, Key("nobody").text[:-1]])
def test_wrong_or_missing_key_is_refused_on_both_protocols(collector: Collector, token: str | None) -> None:
    """No signal gets in by either protocol, and nothing of it is in the files."""
    refused, (taken,) = new_uids(3), new_uids(1)
    for request in counted(refused):
        assert send_http(collector.http_port, request, token) == 401
        assert send_http(collector.http_port, request, token, content_type=JSON) == 401
        assert send_grpc(collector.grpc_endpoint, request, token) == grpc.StatusCode.UNAUTHENTICATED
    assert send_http(collector.http_port, log_request([new_record(taken)]), collector.token) == 200

    written = eventually(
        lambda: text if taken in (text := file_output.raw_text(collector.output)) else "",
        "what came after them is there",
    )
    assert [uid for uid in refused if uid in written] == []


def test_key_is_added_and_revoked_without_restart(private_collector: Collector) -> None:
    """The file is read again when it changes: the new keys are taken, the old one no longer."""
    _, logs, _ = counted(new_uids(3))
    second, third = Key("second", "shop"), Key("third", "shop")

    write_keys(private_collector.keys_file, second, third)

    eventually(lambda: send_http(private_collector.http_port, logs, second.text) == 200, "the new key is taken")
    assert send_http(private_collector.http_port, logs, third.text) == 200
    assert send_http(private_collector.http_port, logs, private_collector.token) == 401


def test_oversized_body_is_refused(collector: Collector) -> None:
    """More than 4 MiB is a client's fault (4xx), on both protocols."""
    request = log_request([new_record(uid, body="x" * MIB) for uid in new_uids(5)])

    assert 400 <= send_http(collector.http_port, request, collector.token) < 500
    assert send_grpc(collector.grpc_endpoint, request, collector.token) == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_oversized_body_without_key_is_not_read(collector: Collector) -> None:
    """A stranger's 64 MiB are answered 401, and cost no memory."""
    before = collector.peak_rss_bytes

    status = post(collector.http_port, "/v1/logs", b"x" * (64 * MIB), {"Content-Type": PROTOBUF})

    assert status == 401
    assert collector.peak_rss_bytes - before < _RSS_MORE_BYTES


def test_compression_bomb_is_refused_with_bounded_memory(collector: Collector) -> None:
    """256 MiB in a gzip body of 256 KiB is refused on both protocols before it is unpacked."""
    bomb = gzip.compress(b"\0" * (256 * MIB), compresslevel=1)
    headers = {"Content-Type": PROTOBUF, "Content-Encoding": "gzip", "Authorization": f"Bearer {collector.token}"}
    large = log_request([new_record(uid, body="x" * (64 * MIB)) for uid in new_uids(1)])
    before = collector.peak_rss_bytes

    assert 400 <= post(collector.http_port, "/v1/logs", bomb, headers) < 500
    assert (
        send_grpc(collector.grpc_endpoint, large, collector.token, compression=grpc.Compression.Gzip)
        == grpc.StatusCode.RESOURCE_EXHAUSTED
    )
    assert collector.peak_rss_bytes - before < _RSS_MORE_BYTES
    assert collector.is_running


@pytest.mark.parametrize("encoding", ["zstd", "deflate", "br"])
def test_other_compression_is_refused(collector: Collector, encoding: str) -> None:
    """Only gzip, even if the body is sound: the others can ask for far more memory than they have bytes."""
    (uid,) = new_uids(1)
    plain = log_request([new_record(uid)]).SerializeToString()
    body = {"zstd": _stored_as_zstd(plain), "deflate": zlib.compress(plain), "br": plain}[encoding]
    headers = {"Content-Type": PROTOBUF, "Content-Encoding": encoding, "Authorization": f"Bearer {collector.token}"}

    assert 400 <= post(collector.http_port, "/v1/logs", body, headers) < 500
    assert post(collector.http_port, "/v1/logs", plain, {**headers, "Content-Encoding": ""}) == 200


@pytest.mark.parametrize(("content_type", "body"), [(PROTOBUF, b"\xff\xff\xff"), (JSON, b"{")])
def test_malformed_body_is_refused(collector: Collector, content_type: str, body: bytes) -> None:
    """What cannot be decoded is a client's fault."""
    headers = {"Content-Type": content_type, "Authorization": f"Bearer {collector.token}"}

    assert 400 <= post(collector.http_port, "/v1/traces", body, headers) < 500


def test_key_is_in_no_file_that_the_collector_writes(private_collector: Collector) -> None:
    """Neither its log nor its queue nor its output hold what a sender showed at the door."""
    for request in counted(new_uids(6)):
        send_http(private_collector.http_port, request, private_collector.token)
        send_http(private_collector.http_port, request, "wrong-token-that-nobody-has")
    private_collector.stop()

    written = b"".join(path.read_bytes() for path in _files(private_collector) if path != private_collector.keys_file)
    assert b"orders" in written
    assert private_collector.token.encode() not in written
    assert b"wrong-token-that-nobody-has" not in written


def _stored_as_zstd(content: bytes) -> bytes:
    """Return a zstd frame that holds ``content``, at most 255 bytes, as it is. *Source:* RFC 8878, 3.1.1."""
    single_segment, last_raw_block = b"\x20", 1
    size = len(content)
    return (
        b"\x28\xb5\x2f\xfd"
        + single_segment
        + bytes([size])
        + (last_raw_block | size << 3).to_bytes(3, "little")
        + content
    )


def _files(collector: Collector) -> list[Path]:
    return [path for path in collector.folder.rglob("*") if path.is_file()]
