"""The tap: senders notice nothing of it, and it keeps what they sent."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import httpx
import pytest

from otel_kit.cli.demo.tap import Request, Tap
from tests.otlp_sink import Answer, OtlpSink

_PROTOBUF = {"Content-Type": "application/x-protobuf"}


@pytest.fixture
def tap() -> Iterator[Tap]:
    """A tap that is closed after the test."""
    tap = Tap()
    yield tap
    tap.close()


def _post(url: str, body: bytes, **headers: str) -> httpx.Response:
    return httpx.post(f"{url}/v1/traces", content=body, headers={**_PROTOBUF, **headers}, trust_env=False)


def test_a_request_is_passed_on_and_kept(tap: Tap, otlp: OtlpSink) -> None:
    """The receiver gets the very bytes; the tap has them without compression."""
    url = tap.open(otlp.endpoint)
    wire = gzip.compress(b"")

    answer = _post(url, wire, **{"Content-Encoding": "gzip"})

    (received,) = otlp.requests()
    assert answer.status_code == 200
    assert (received.path, received.wire, received.headers["content-encoding"]) == ("/v1/traces", wire, "gzip")
    assert tap.requests() == [Request("/v1/traces", b"")]
    assert tap.requests(since=1) == []


def test_the_receivers_answer_comes_back(tap: Tap, otlp: OtlpSink) -> None:
    """A sender that is told to wait is told so through the tap."""
    url = tap.open(otlp.endpoint)
    otlp.answer_next(Answer(status=429, headers={"Retry-After": "7"}, body=b"later"))

    answer = _post(url, b"")

    assert (answer.status_code, answer.headers["retry-after"], answer.content) == (429, "7", b"later")


def test_without_a_receiver_the_sender_may_try_again(tap: Tap, otlp: OtlpSink) -> None:
    """503 is what OTLP lets senders retry."""
    url = tap.open(otlp.endpoint)
    otlp.stop()

    assert _post(url, b"").status_code == 503
