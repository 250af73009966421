"""OTLP/gRPC on generic handlers: raw bytes in, nothing decoded here, answers once they are decided."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import grpc.aio

from otel_kit.local.intake import Answer, Intake, Job, Outcome, Signal
from otel_kit.local.receiver import replies
from otel_kit.local.receiver.inflate import MAX_BODY_BYTES, BadGzip, TooLarge, inflate
from otel_kit.local.recorder import Counts

_METHODS = {
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export": Signal.TRACES,
    "/opentelemetry.proto.collector.logs.v1.LogsService/Export": Signal.LOGS,
    "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export": Signal.METRICS,
}
_GZIP = b"\x1f\x8b"  # no protobuf message begins so: 0x1f would be a tag of wire type 7, which does not exist
_CODES = {
    Answer.MALFORMED: grpc.StatusCode.INVALID_ARGUMENT,
    Answer.FULL: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Answer.FAILED: grpc.StatusCode.UNAVAILABLE,
    Answer.STOPPING: grpc.StatusCode.UNAVAILABLE,
    Answer.FAULT: grpc.StatusCode.INTERNAL,
}
_OPTIONS = (
    ("grpc.so_reuseport", 0),  # a second viewer must not share the port
    ("grpc.max_receive_message_length", MAX_BODY_BYTES),
    # gRPC would decompress a small message into gigabytes before its limit applies; the receiver does it in steps.
    ("grpc.per_message_decompression", 0),
)
_CONCURRENT = 16

Handler = Callable[[bytes, "grpc.aio.ServicerContext[bytes, bytes]"], Awaitable[bytes]]


class OtlpGrpc(grpc.GenericRpcHandler):  # type: ignore[misc]
    """The three Export methods over one intake."""

    def __init__(self, intake: Intake, counts: Counts, now: Callable[[], int]) -> None:
        self._intake, self._counts, self._now = intake, counts, now
        self._handlers = {
            method: grpc.unary_unary_rpc_method_handler(self._export(signal)) for method, signal in _METHODS.items()
        }

    def service(self, handler_call_details: Any) -> Any:
        """Return the handler of a call, None for an unknown method (gRPC answers UNIMPLEMENTED)."""
        return self._handlers.get(handler_call_details.method)

    def _export(self, signal: Signal) -> Handler:
        async def export(request: bytes, context: Any) -> bytes:
            outcome = await self._decide(signal, request)
            if outcome.answer is Answer.STORED:
                return replies.success(signal, outcome)
            code = _CODES[outcome.answer]
            if outcome.answer in (Answer.FULL, Answer.FAILED, Answer.STOPPING):
                details = replies.status(code.value[0], outcome.message, replies.RETRY_S)
                context.set_trailing_metadata((("grpc-status-details-bin", details),))
            await context.abort(code, outcome.message)
            raise AssertionError("abort raises")

        return export

    async def _decide(self, signal: Signal, request: bytes) -> Outcome:
        try:
            body = inflate(request) if request.startswith(_GZIP) else request
        except (BadGzip, TooLarge) as error:
            self._counts.reject("too_large" if isinstance(error, TooLarge) else Answer.MALFORMED.value)
            return Outcome(Answer.MALFORMED, str(error) or f"a request may have {MAX_BODY_BYTES} bytes, decompressed")
        if not self._intake.reserve(len(body)):
            self._counts.reject(Answer.FULL.value)
            return Outcome(Answer.FULL, "the queue is full")
        job = Job(signal, body, False, self._now())
        self._intake.put(job)
        return await asyncio.wrap_future(job.outcome)


def new_server(intake: Intake, counts: Counts, now: Callable[[], int]) -> grpc.aio.Server:
    """Return a server without a port; must be called within the event loop that will run it."""
    server = grpc.aio.server(options=_OPTIONS, maximum_concurrent_rpcs=_CONCURRENT)
    server.add_generic_rpc_handlers((OtlpGrpc(intake, counts, now),))
    return server
