"""Who is let in and how much: the guard of the shipped gateway, over the wire, by both protocols."""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from tests.conditions import eventually
from tests.stack import file_output
from tests.stack.collector_process import BASE, TO_FILES, Collector
from tests.stack.guarded import (
    RESOURCE_EXHAUSTED,
    UNAUTHENTICATED,
    Ask,
    Headers,
    bearer,
    over_grpc,
    over_http,
)
from tests.stack.key_file import Key, write_keys
from tests.stack.otlp_client import JSON, PROTOBUF, send_grpc, send_http
from tests.stack.payloads import log_request, new_record, new_uids

pytestmark = pytest.mark.stack

# So slow that no token comes back while a test runs, however slow the machine.
_FEW = {"requests_per_second": 0.02, "burst": 2, "bytes_per_second": 0, "byte_burst": 0}
_SMALL = {"requests_per_second": 0, "burst": 0, "bytes_per_second": 1000, "byte_burst": 1000}
_SLOW = {"requests_per_second": 4, "burst": 2, "bytes_per_second": 0, "byte_burst": 0}

GOOD = Key("good", "shop")
OLD = Key("old", expires="2026-01-02T00:00:00Z")
# One for each protocol: they share no test's bucket.
FEW: dict[Ask, Key] = {over_http: Key("few-http", limits=_FEW), over_grpc: Key("few-grpc", limits=_FEW)}
SPENT = Key("spent", limits=_FEW)
SMALL: dict[Ask, Key] = {over_http: Key("small-http", limits=_SMALL), over_grpc: Key("small-grpc", limits=_SMALL)}
SLOW = {"http/protobuf": Key("slow-http", limits=_SLOW), "grpc": Key("slow-grpc", limits=_SLOW)}

STRANGERS: dict[str, Headers] = {
    "no key": [],
    "empty": [("authorization", "")],
    "scheme alone": [("authorization", "Bearer ")],
    "unknown key": bearer(Key("good").text),
    "known id, no secret": bearer("otk_good_"),
    "one character less": bearer(GOOD.text[:-1]),
    "one character more": bearer(GOOD.text + "A"),
    "the hash instead": bearer(GOOD.row["sha256"]),
    "other scheme": [("authorization", f"Basic {GOOD.text}")],
    "without scheme": [("authorization", GOOD.text)],
    "two headers": bearer(GOOD.text) * 2,
    "other header": [("x-api-key", GOOD.text), ("proxy-authorization", f"Bearer {GOOD.text}")],
    "what the guard writes itself": [("x-otel-kit-authenticated", "true"), ("x-otel-kit-key-id", "good")],
    "seven kilobytes": bearer("A" * 7000),
    "expired": bearer(OLD.text),
}
BOTH = pytest.mark.parametrize("ask", [over_http, over_grpc])


@pytest.fixture(scope="module")
def guarded(otelcol: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """One gateway for all: a test that uses a key up takes one of its own."""
    made = Collector(otelcol, tmp_path_factory.mktemp("guarded"), (*BASE, TO_FILES))
    limited = [key for keys in (FEW, SMALL, SLOW) for key in keys.values()]
    write_keys(made.keys_file, made.key, GOOD, OLD, SPENT, *limited)
    made.start()
    yield made
    made.stop()


@BOTH
@pytest.mark.parametrize("headers", STRANGERS.values(), ids=STRANGERS)
def test_strangers_are_refused_before_they_send_a_body(guarded: Collector, ask: Ask, headers: Headers) -> None:
    """401 or UNAUTHENTICATED, in words that name no key and nothing that was shown."""
    refusal = ask(guarded, headers)

    assert (refusal.status or 401, refusal.code, refusal.retry_after_s) == (401, UNAUTHENTICATED, None)
    assert refusal.message in {
        "no valid API key: send it as Authorization: Bearer KEY",
        "the API key has expired",
    }


@pytest.mark.parametrize(
    ("content_type", "answered"),
    [(PROTOBUF, PROTOBUF), (JSON, JSON), (f"{JSON}; charset=utf-8", JSON), ("text/plain", JSON), ("nonsense", JSON)],
)
def test_refusal_over_http_is_readable_whatever_was_sent(guarded: Collector, content_type: str, answered: str) -> None:
    """In the encoding of the request, or in JSON where that is none that OTLP knows: never a 500."""
    refusal = over_http(guarded, bearer("wrong"), content_type)

    assert (refusal.status, refusal.content_type) == (401, answered)


@BOTH
def test_too_many_requests_are_told_when_to_come_again(guarded: Collector, ask: Ask) -> None:
    """429 or RESOURCE_EXHAUSTED with RetryInfo, before a body is sent; other keys are let in all the while."""
    key, request = FEW[ask], log_request([new_record(uid) for uid in new_uids(1)])
    for _ in range(2):
        assert _is_accepted(guarded, ask, key)

    refusal = ask(guarded, bearer(key.text))

    assert (refusal.status or 429, refusal.code) == (429, RESOURCE_EXHAUSTED)
    assert refusal.retry_after_s is not None
    assert 1 <= refusal.retry_after_s <= 50
    assert refusal.retry_after_s == int(refusal.retry_after_s)
    assert refusal.header_s in (None, refusal.retry_after_s)
    assert send_http(guarded.http_port, request, guarded.token) == 200
    assert send_grpc(guarded.grpc_endpoint, request, guarded.token) == grpc.StatusCode.OK


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
def test_too_many_requests_are_answered_in_the_encoding_of_the_request(guarded: Collector, content_type: str) -> None:
    """With the header for those who read no body."""
    key = SPENT
    eventually(lambda: send_http(guarded.http_port, log_request([]), key.text) == 429, "the key is used up")

    refusal = over_http(guarded, bearer(key.text), content_type)

    assert (refusal.status, refusal.content_type) == (429, content_type)
    assert refusal.header_s == refusal.retry_after_s


@BOTH
def test_too_many_bytes_are_a_debt(guarded: Collector, ask: Ask) -> None:
    """What counts is the size after decompression: the request that goes over the limit is taken, the next is not."""
    key, request = SMALL[ask], log_request([new_record(uid, "x" * 60_000) for uid in new_uids(1)])
    if ask is over_http:
        assert send_http(guarded.http_port, request, key.text, compressed=True) == 200
    else:
        sent = send_grpc(guarded.grpc_endpoint, request, key.text, compression=grpc.Compression.Gzip)
        assert sent == grpc.StatusCode.OK

    refusal = ask(guarded, bearer(key.text))

    assert (refusal.status or 429, refusal.code) == (429, RESOURCE_EXHAUSTED)
    assert refusal.retry_after_s is not None
    assert 1 <= refusal.retry_after_s <= 60


# Six requests in a row from one that may send two at once and then four in a second.
_SENDER = """
import logging, sys, otel_kit
kit = otel_kit.init("sender")
for uid in sys.argv[1:]:
    logging.getLogger("shop").warning("order placed", extra={"test.uid": uid})
kit.flush(30)
kit.shutdown()
"""


def test_our_own_sender_waits_as_it_is_told_and_loses_nothing(guarded: Collector, tmp_path: Path) -> None:
    """By either protocol it was refused on the way, and every record is there."""
    uids = {protocol: new_uids(60) for protocol in SLOW}

    senders = [_start_sender(guarded, tmp_path, protocol, uids[protocol]) for protocol in SLOW]
    said = [sender.communicate()[1] for sender in senders]

    expected = {uid for some in uids.values() for uid in some}
    eventually(lambda: expected <= _arrived(guarded), f"every record is there; the senders said {said}")
    for key in SLOW.values():
        assert _requests(guarded, key.id, "rate_limited") > 0


def _start_sender(collector: Collector, folder: Path, protocol: str, uids: list[str]) -> subprocess.Popen[str]:
    variables = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": {
            "http/protobuf": collector.endpoint,
            "grpc": f"http://{collector.grpc_endpoint}",
        }[protocol],
        "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
        "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer%20{SLOW[protocol].text}",
        "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE": "10",
        "HOME": str(folder),
    }
    return subprocess.Popen(
        [sys.executable, "-c", _SENDER, *uids], env=variables, cwd=folder, stderr=subprocess.PIPE, text=True
    )


def test_revoked_key_is_refused_on_the_connection_it_has(guarded: Collector) -> None:
    """Of two keys of one tenant one is revoked: no restart, no new connection, and the other goes on."""
    first, second = Key("shop-first", "shop"), Key("shop-second", "shop")
    before = guarded.keys_file.read_bytes()
    write_keys(guarded.keys_file, guarded.key, first, second)
    connection = http.client.HTTPConnection("127.0.0.1", guarded.http_port, timeout=20)
    body = log_request([]).SerializeToString()

    def answer(key: Key) -> int:
        connection.request("POST", "/v1/logs", body, {"content-type": PROTOBUF, "authorization": f"Bearer {key.text}"})
        response = connection.getresponse()
        response.read()
        return response.status

    try:
        eventually(lambda: answer(first) == 200, "the new keys are taken")
        socket = connection.sock
        assert answer(second) == 200
        write_keys(guarded.keys_file, guarded.key, second)
        eventually(lambda: answer(first) == 401, "the revoked key is refused")
        assert answer(second) == 200
        assert connection.sock is socket
    finally:
        connection.close()
        guarded.keys_file.write_bytes(before)
    eventually(lambda: send_http(guarded.http_port, log_request([]), GOOD.text) == 200, "the keys are as before")


def test_metrics_tell_what_became_of_requests_by_key(guarded: Collector) -> None:
    """Unknown keys share one series; a key's own ones tell its age, its bytes, and when it expires."""
    accepted, unknown, over = (
        _requests(guarded, "good", "accepted"),
        _requests(guarded, "", "unauthenticated"),
        _requests(guarded, "old", "expired"),
    )
    for headers in (bearer(GOOD.text[:-1]), bearer("wrong"), bearer(OLD.text)):
        over_http(guarded, headers)
        over_grpc(guarded, headers)
    request = log_request([new_record(uid) for uid in new_uids(1)])
    assert send_http(guarded.http_port, request, GOOD.text) == 200

    assert _requests(guarded, "good", "accepted") == accepted + 1
    assert _requests(guarded, "", "unauthenticated") == unknown + 4
    assert _requests(guarded, "old", "expired") == over + 2
    assert _value(guarded, "otelcol_ingest_guard_bytes_total", key_id="good") >= request.ByteSize()
    assert _value(guarded, "otelcol_ingest_guard_reloads_total", result="ok") >= 1
    assert _value(guarded, "otelcol_ingest_guard_key_age_seconds", key_id="good") > 0
    assert _value(guarded, "otelcol_ingest_guard_key_expires_in_seconds", key_id="old") < 0
    assert 'key_expires_in_seconds{key_id="good"' not in guarded.metrics()
    assert _value(guarded, "otelcol_ingest_guard_key_debt_bytes", key_id="good") == 0


def _is_accepted(collector: Collector, ask: Ask, key: Key) -> bool:
    request = log_request([new_record(uid) for uid in new_uids(1)])
    if ask is over_http:
        return send_http(collector.http_port, request, key.text) == 200
    return send_grpc(collector.grpc_endpoint, request, key.text) is grpc.StatusCode.OK


def _arrived(collector: Collector) -> set[str]:
    return {record["attributes"].get("test.uid") for record in file_output.logs(collector.output)}


def _requests(collector: Collector, key_id: str, outcome: str) -> float:
    return _value(collector, "otelcol_ingest_guard_requests_total", key_id=key_id, outcome=outcome)


def _value(collector: Collector, name: str, **labels: str) -> float:
    """Return the value of one series, 0 where there is none."""
    for line in collector.metrics().splitlines():
        if line.startswith(f"{name}{{") and all(f'{label}="{value}"' in line for label, value in labels.items()):
            return float(re.sub(r".*} ", "", line))
    return 0.0
