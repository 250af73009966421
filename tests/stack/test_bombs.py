"""Small requests that ask for a lot of memory, twenty of each kind at once: refused, and the memory stays bounded."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest

from tests.stack.collector_process import BASE, TO_FILES, Collector
from tests.stack.key_file import Key, write_keys
from tests.stack.otlp_client import PROTOBUF, post, send_grpc, send_http
from tests.stack.payloads import log_request, new_record, new_uids

pytestmark = pytest.mark.stack

MIB = 1024 * 1024
AT_ONCE = 20
_RSS_LIMIT_BYTES = 250 * MIB
_TIMEOUT_S = 40


@dataclass(frozen=True, slots=True)
class Bomb:
    """A body over HTTP: what it says of itself, and what is sent."""

    name: str
    encoding: str
    make: Callable[[], bytes]


def gzip_of_a_gibibyte() -> bytes:
    """Return 1 MiB that unpacks to 1 GiB of zeros: one compressed mebibyte, repeated. *Source:* RFC 1951, 1952."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    mebibyte = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    # The checksum at the end is wrong. Whoever gets there has lost already.
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + mebibyte * 1024 + b"\x03\0" + bytes(8)


def zstd_with_a_large_window() -> bytes:
    """Return 20 kB that ask for a window of 512 MiB and unpack to 600 MiB. *Source:* RFC 8878, 3.1.1."""
    window_of_2_to_the_29 = bytes([(29 - 10) << 3])
    repeated_byte = ((128 * 1024) << 3 | 1 << 1).to_bytes(3, "little") + b"x"
    return b"\x28\xb5\x2f\xfd" + b"\0" + window_of_2_to_the_29 + repeated_byte * 4800


def snappy_of_four_gibibytes() -> bytes:
    """Return a few bytes that announce almost 4 GiB. *Source:* snappy's format_description.txt, 1."""
    return b"\xff\xff\xff\xff\x0f" + b"\0x" * 1000


BOMBS = (
    Bomb("gzip", "gzip", gzip_of_a_gibibyte),
    Bomb("gzip in gzip", "gzip, gzip", gzip_of_a_gibibyte),
    Bomb("zstd", "zstd", zstd_with_a_large_window),
    Bomb("snappy", "snappy", snappy_of_four_gibibytes),
    Bomb("framed snappy", "x-snappy-framed", snappy_of_four_gibibytes),
    Bomb("deflate", "deflate", lambda: zlib.compress(bytes(64 * MIB), 1)),
    Bomb("raw", "", lambda: bytes(64 * MIB)),
    Bomb("just over the limit", "", lambda: bytes(4 * MIB + 1)),
)

# Each kind has a key of its own, with the limits of the shipped configuration: no bomb is refused for another's bytes.
KEYS = {name: Key(f"bomb{number}", limits={}) for number, name in enumerate([*(bomb.name for bomb in BOMBS), "grpc"])}


@pytest.fixture(scope="module")
def collector(otelcol: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """One for all bombs, so that its peak is that of the worst of them."""
    made = Collector(otelcol, tmp_path_factory.mktemp("bombs"), (*BASE, TO_FILES))
    write_keys(made.keys_file, made.key, *KEYS.values())
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize("has_key", [True, False], ids=["with a key", "without"])
@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.name)
def test_bombs_over_http(collector: Collector, bomb: Bomb, has_key: bool) -> None:
    """400 with a key, and 429 once it has sent too much; 401 without. The Collector lives and serves."""
    body = bomb.make()
    headers = {"Content-Type": PROTOBUF, "Content-Encoding": bomb.encoding}
    if has_key:
        headers["Authorization"] = f"Bearer {KEYS[bomb.name].text}"

    answers = _at_once(lambda: post(collector.http_port, "/v1/logs", body, headers))

    assert set(answers) in ([{400}, {400, 429}] if has_key else [{401}])
    _is_well(collector)


@pytest.mark.parametrize("has_key", [True, False], ids=["with a key", "without"])
@pytest.mark.parametrize("compression", [grpc.Compression.Gzip, grpc.Compression.NoCompression], ids=["gzip", "raw"])
def test_bombs_over_grpc(collector: Collector, compression: grpc.Compression, has_key: bool) -> None:
    """RESOURCE_EXHAUSTED with a key, UNAUTHENTICATED without, on a connection each."""
    bomb = log_request([new_record(uid, "x" * (32 * MIB)) for uid in new_uids(1)])
    key = KEYS["grpc"].text if has_key else None

    answers = _at_once(lambda: send_grpc(collector.grpc_endpoint, bomb, key, compression=compression))

    expected = grpc.StatusCode.RESOURCE_EXHAUSTED if has_key else grpc.StatusCode.UNAUTHENTICATED
    assert set(answers) == {expected}
    _is_well(collector)


def _at_once(send: Callable[[], object]) -> list[object]:
    """Call ``send`` in twenty threads that start together; returns what each got."""
    together = threading.Barrier(AT_ONCE)

    def one() -> object:
        together.wait(_TIMEOUT_S)
        return send()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return [future.result() for future in [threads.submit(one) for _ in range(AT_ONCE)]]


def _is_well(collector: Collector) -> None:
    assert collector.is_running
    assert collector.peak_rss_bytes <= _RSS_LIMIT_BYTES, f"{collector.peak_rss_bytes / MIB:.0f} MiB"
    (uid,) = new_uids(1)
    assert send_http(collector.http_port, log_request([new_record(uid)]), collector.token) == 200
