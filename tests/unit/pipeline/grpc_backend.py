"""A real gRPC server that takes OTLP as bytes and answers as it is told."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

Behave = Callable[[bytes, grpc.ServicerContext], bytes]


class GrpcBackend:
    """Starts at once on ``port`` of loopback, or a free one; ``calls`` are (method, body, metadata)."""

    def __init__(self, behave: Behave = lambda body, context: b"", credentials: Any = None, port: int = 0) -> None:
        self.calls: list[tuple[str, bytes, dict[str, str]]] = []
        self.behave = behave
        self._server = grpc.server(ThreadPoolExecutor(max_workers=4))
        self._server.add_generic_rpc_handlers((_Handler(self),))
        if credentials is None:
            self.port = self._server.add_insecure_port(f"127.0.0.1:{port}")
        else:
            self.port = self._server.add_secure_port(f"127.0.0.1:{port}", credentials)
        self._server.start()

    def stop(self) -> None:
        """Stop at once."""
        self._server.stop(grace=0).wait()


class _Handler(grpc.GenericRpcHandler):
    def __init__(self, backend: GrpcBackend) -> None:
        self._backend = backend

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        def run(body: bytes, context: grpc.ServicerContext) -> bytes:
            self._backend.calls.append((details.method, body, dict(details.invocation_metadata)))
            return self._backend.behave(body, context)

        return grpc.unary_unary_rpc_method_handler(run, lambda data: data, lambda data: data)


def refuse(code: grpc.StatusCode, retry_after_s: float | None = None) -> Behave:
    """Return a behaviour that aborts with ``code``, and with a RetryInfo if a time is given."""

    def behave(_: bytes, context: grpc.ServicerContext) -> bytes:
        if retry_after_s is None:
            context.abort(code, "the text may hold anything")
        detail = AnyMessage()
        detail.Pack(RetryInfo(retry_delay=Duration(seconds=int(retry_after_s or 0))))
        context.abort_with_status(rpc_status.to_status(Status(code=code.value[0], message="later", details=[detail])))
        raise AssertionError  # abort raises

    return behave
