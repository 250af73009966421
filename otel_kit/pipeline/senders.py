"""The sender that an endpoint's protocol asks for."""

from __future__ import annotations

from otel_kit.errors import ConfigError, Fault, MissingExtra
from otel_kit.pipeline.endpoint import GRPC, Endpoint
from otel_kit.pipeline.http_sender import HttpSender
from otel_kit.pipeline.seams import Sender


def build_sender(endpoint: Endpoint) -> Sender:
    """Return the sender; it opens no connection yet.

    Raises:
        MissingExtra: gRPC is asked for and not installed.
        ConfigError: a certificate file cannot be used.
    """
    try:
        if endpoint.protocol == GRPC:
            return _grpc_sender(endpoint)
        return HttpSender(endpoint)
    except OSError as error:
        files = (endpoint.certificate, endpoint.client_certificate, endpoint.client_key)
        named = ", ".join(file for file in files if file)
        what = f"cannot be used: {error.strerror or type(error).__name__}"
        raise ConfigError(
            [Fault(f"certificate of {endpoint.signal} ({named})", what, "PEM files are needed")]
        ) from error


def _grpc_sender(endpoint: Endpoint) -> Sender:
    try:
        from otel_kit.pipeline.grpc_sender import GrpcSender
    except ImportError as error:
        raise MissingExtra("The protocol grpc", "grpc", "grpcio") from error
    return GrpcSender(endpoint)
