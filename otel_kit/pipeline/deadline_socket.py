"""Sockets with one deadline for everything: a peer that drips bytes cannot stretch a request.

A socket's own time-out starts anew with each byte; these set it to what is left before every operation.
"""

from __future__ import annotations

import codecs
import socket
import ssl
import time
from typing import Any

# Resolving a host name looks this codec up, and its first use imports a module. On a sending thread that would hold
# an import lock; a child forked in that moment could never resolve a name again.
codecs.lookup("idna")


class _Deadline:
    deadline: float | None = None  # of time.monotonic()

    def _limit(self) -> None:
        if self.deadline is not None:
            remaining = self.deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError("deadline of the request")
            self.settimeout(remaining)  # type: ignore[attr-defined]


class DeadlineSocket(_Deadline, socket.socket):
    """A TCP socket with a deadline."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """Receive within what is left."""
        self._limit()
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        """Send within what is left."""
        self._limit()
        super().sendall(*args, **kwargs)


class DeadlineTLSSocket(_Deadline, ssl.SSLSocket):
    """A TLS socket with a deadline; the handshake counts."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """Receive within what is left."""
        self._limit()
        return super().recv_into(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        """Send a part within what is left; ``sendall`` of a TLS socket comes here for each of them."""
        self._limit()
        return super().send(*args, **kwargs)


def connect(host: str, port: int, deadline: float) -> DeadlineSocket:
    """Connect to the first address that answers before ``deadline``. Raises OSError."""
    failure: OSError = OSError("no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        sock = DeadlineSocket(family, kind, protocol)
        sock.deadline = deadline
        try:
            sock._limit()
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
        except OSError as error:
            sock.close()
            failure = error
    raise failure
