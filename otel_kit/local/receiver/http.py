"""OTLP/HTTP as an ASGI application: POST /v1/traces, /v1/logs and /v1/metrics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from otel_kit.local.intake import Answer, Intake, Job, Outcome, Signal
from otel_kit.local.receiver import replies
from otel_kit.local.receiver.inflate import MAX_BODY_BYTES, BadGzip, Inflater, TooLarge
from otel_kit.local.recorder import Counts

Receive = Callable[[], Any]
Send = Callable[[dict[str, Any]], Any]

_PROTOBUF, _JSON = "application/x-protobuf", "application/json"
_SIGNALS = {f"/v1/{signal.value}": signal for signal in Signal}
_BODY_TIMEOUT_S = 30.0
_DRAIN_BYTES = 64 << 20
# HTTP status and gRPC code of what is not stored; OTLP lets senders retry 429 and 503 only.
_STATUS = {
    Answer.MALFORMED: (400, 3),
    Answer.FULL: (429, 8),
    Answer.FAILED: (503, 14),
    Answer.STOPPING: (503, 14),
    Answer.FAULT: (500, 13),
}


@dataclass(eq=False)  # not frozen: Python writes the traceback into an exception
class Refusal(Exception):
    """A request that is answered without being queued; ``reason`` is the name it is counted under."""

    status: int
    code: int
    reason: str
    message: str
    retry: bool = False


class OtlpHttp:
    """Reads requests within limits, queues them, and answers once they are decided."""

    def __init__(self, intake: Intake, counts: Counts, now: Callable[[], int]) -> None:
        self._intake, self._counts, self._now = intake, counts, now

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        is_json = content_type != _PROTOBUF  # what has another type is told so in JSON
        try:
            signal = _signal(scope)
            gzipped = _check(content_type, headers)
            body = await self._read(receive, gzipped)
        except Refusal as refusal:
            self._counts.reject(refusal.reason)
            await _drain(receive)
            await _refuse(send, refusal, is_json)
            return
        job = Job(signal, body, is_json, self._now())
        self._intake.put(job)
        outcome = await asyncio.wrap_future(job.outcome)
        if outcome.answer is Answer.STORED:
            await _accept(send, signal, outcome, is_json)
        else:
            status, code = _STATUS[outcome.answer]
            retry = status in (429, 503)
            await _refuse(send, Refusal(status, code, outcome.answer.value, outcome.message, retry), is_json)

    async def _read(self, receive: Receive, gzipped: bool) -> bytes:
        """Return the body, its bytes reserved; on failure nothing stays reserved."""
        body, kept = bytearray(), False
        try:
            async with asyncio.timeout(_BODY_TIMEOUT_S):
                async for piece in _pieces(receive, gzipped):
                    if not self._intake.reserve(len(piece)):
                        raise Refusal(429, 8, Answer.FULL.value, "the queue is full", retry=True)
                    body += piece
            kept = True
        except TooLarge:
            raise _too_large() from None
        except BadGzip as error:
            raise Refusal(400, 3, Answer.MALFORMED.value, str(error)) from None
        except TimeoutError:
            raise Refusal(408, 4, "body_timeout", "the body did not arrive in time") from None
        finally:
            if not kept:
                self._intake.release(len(body))
        return bytes(body)


async def _pieces(receive: Receive, gzipped: bool) -> AsyncIterator[bytes]:
    inflater, raw, more = Inflater() if gzipped else None, 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(400, 3, "disconnected", "the sender went away")
        chunk, more = message.get("body", b""), message.get("more_body", False)
        raw += len(chunk)
        if raw > MAX_BODY_BYTES:
            raise TooLarge
        yield inflater.feed(chunk) if inflater else chunk
    if inflater:
        inflater.finish()


def _signal(scope: dict[str, Any]) -> Signal:
    signal = _SIGNALS.get(scope["path"])
    if signal is None:
        raise Refusal(404, 5, "unknown_path", "OTLP is received at /v1/traces, /v1/logs and /v1/metrics")
    if scope["method"] != "POST":
        raise Refusal(405, 12, "bad_method", "OTLP is sent with POST")
    return signal


def _check(content_type: str, headers: dict[str, str]) -> bool:
    """Return whether the body is gzip; refuse what cannot be read."""
    if content_type not in (_PROTOBUF, _JSON):
        raise Refusal(415, 3, "bad_content_type", f"the Content-Type must be {_PROTOBUF} or {_JSON}")
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip"):
        raise Refusal(415, 3, "bad_encoding", "the Content-Encoding must be gzip or absent")
    length = headers.get("content-length", "")
    if length.isdigit() and int(length) > MAX_BODY_BYTES:
        raise _too_large()
    return encoding == "gzip"


def _too_large() -> Refusal:
    return Refusal(413, 3, "too_large", f"a request may have {MAX_BODY_BYTES} bytes, decompressed")


async def _drain(receive: Receive) -> None:
    """Read away what a refused sender still sends, or it would see a broken connection instead of the answer."""
    left = _DRAIN_BYTES
    try:
        async with asyncio.timeout(5):
            while left > 0:
                message = await receive()
                if not message.get("more_body", False):
                    return
                left -= len(message.get("body", b""))
    except TimeoutError:
        return


async def _accept(send: Send, signal: Signal, outcome: Outcome, is_json: bool) -> None:
    if is_json:
        await _send(send, 200, _JSON, replies.success_json(signal, outcome), [])
    else:
        await _send(send, 200, _PROTOBUF, replies.success(signal, outcome), [])


async def _refuse(send: Send, refusal: Refusal, is_json: bool) -> None:
    extra = [(b"retry-after", str(replies.RETRY_S).encode())] if refusal.retry else []
    if refusal.status == 405:
        extra.append((b"allow", b"POST"))
    if is_json:
        await _send(send, refusal.status, _JSON, replies.status_json(refusal.code, refusal.message), extra)
    else:
        await _send(send, refusal.status, _PROTOBUF, replies.status(refusal.code, refusal.message), extra)


async def _send(send: Send, status: int, content_type: str, body: bytes, extra: list[tuple[bytes, bytes]]) -> None:
    head = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode()), *extra]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})
