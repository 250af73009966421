"""A port takes connections."""

from __future__ import annotations

import contextlib
import ssl
import time

from otel_kit.healthchecks.fetch import why
from otel_kit.healthchecks.results import HEALTHY, Outcome, unhealthy
from otel_kit.healthchecks.running import TimedCheck
from otel_kit.pipeline.deadline_socket import DeadlineTLSSocket, connect


def tcp(host: str, port: int, *, tls: bool = False, cafile: str | None = None) -> TimedCheck:
    """Return a check that ``host`` takes connections on ``port``; with ``tls`` the handshake must succeed, too."""
    context = ssl.create_default_context(cafile=cafile) if tls else None
    if context is not None:
        context.sslsocket_class = DeadlineTLSSocket

    def probe(timeout_s: float) -> Outcome:
        deadline = time.monotonic() + timeout_s
        try:
            with contextlib.closing(connect(host, port, deadline)) as sock:
                if context is not None:
                    sock.settimeout(max(0.001, deadline - time.monotonic()))
                    context.wrap_socket(sock, server_hostname=host).close()
        except Exception as error:
            return unhealthy(why(error))
        return HEALTHY

    return TimedCheck("tcp", probe)
