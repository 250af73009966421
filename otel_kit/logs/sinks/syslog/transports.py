"""The ways to a syslog server. Each call ends within its time limits; what could not be sent is said, not raised."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from otel_kit.settings.log_kinds import SyslogAddress

CONNECT_TIMEOUT_S = 3.0
SEND_TIMEOUT_S = 3.0
_BYE_TIMEOUT_S = 0.2
# What every receiver should take: 2048 (RFC 5424 section 6.1), and 8192 over TLS (RFC 5425 section 4.3.1), of which
# rsyslog takes 8096 unless told otherwise.
_UDP_BYTES = 2048
_STREAM_BYTES = 8000


class Transport(Protocol):
    """A connection that is made when it is needed."""

    max_bytes: int

    def send(self, messages: Sequence[bytes]) -> tuple[int, OSError | None]:
        """Send messages; returns how many have left whole, and why not all."""

    def close(self) -> None:
        """Say good-bye and close."""

    def abandon(self) -> None:
        """Close without a word: the other end is the parent process'."""


class Udp:
    """One datagram for each message. That one was sent does not say that it has arrived."""

    max_bytes = _UDP_BYTES

    def __init__(self, address: SyslogAddress) -> None:
        self._address = address
        self._socket: socket.socket | None = None

    def send(self, messages: Sequence[bytes]) -> tuple[int, OSError | None]:
        """Send; a server that has refused an earlier datagram gets this one once more."""
        for number, message in enumerate(messages):
            try:
                self._send(message)
            except OSError:
                self.abandon()
                try:
                    self._send(message)
                except OSError as error:
                    self.abandon()
                    return number, error
        return len(messages), None

    def _send(self, message: bytes) -> None:
        if self._socket is None:
            found = socket.getaddrinfo(self._address.host, self._address.port, type=socket.SOCK_DGRAM)
            family, kind, protocol, _, target = found[0]
            self._socket = socket.socket(family, kind, protocol)
            self._socket.settimeout(SEND_TIMEOUT_S)
            self._socket.connect(target)
        self._socket.send(message)

    def close(self) -> None:
        """Close the socket."""
        self.abandon()

    def abandon(self) -> None:
        """Close the socket."""
        opened, self._socket = self._socket, None
        if opened is not None:
            opened.close()


class Stream:
    """TCP, and TLS with a context: messages with their length before them (RFC 6587 section 3.4.1).

    ``tls`` makes the context for each connection: certificates that are renewed, or come late, are taken then.
    """

    max_bytes = _STREAM_BYTES

    def __init__(self, address: SyslogAddress, tls: Callable[[], ssl.SSLContext] | None = None) -> None:
        self._address = address
        self._tls = tls
        self._socket: socket.socket | None = None

    def send(self, messages: Sequence[bytes]) -> tuple[int, OSError | None]:
        """Send; a message that was cut off is sent whole over the next connection."""
        frames = [b"%d %s" % (len(message), message) for message in messages]
        block, sent, deadline = memoryview(b"".join(frames)), 0, time.monotonic() + CONNECT_TIMEOUT_S + SEND_TIMEOUT_S
        try:
            opened = self._connected()
            while sent < len(block):
                sent += opened.send(block[sent:])
                if sent < len(block) and time.monotonic() > deadline:
                    raise TimeoutError("the server reads too slowly")
        except OSError as error:
            self.abandon()
            whole, end = 0, 0
            for frame in frames:
                end += len(frame)
                if end > sent:
                    break
                whole += 1
            return whole, error
        return len(messages), None

    def _connected(self) -> socket.socket:
        if self._socket is not None and _is_closed_by_peer(self._socket):
            self.abandon()
        if self._socket is None:
            opened = socket.create_connection((self._address.host, self._address.port), CONNECT_TIMEOUT_S)
            try:
                if self._tls is not None:
                    opened = self._tls().wrap_socket(opened, server_hostname=self._address.host)
                opened.settimeout(SEND_TIMEOUT_S)
            except BaseException:
                opened.close()
                raise
            self._socket = opened
        return self._socket

    def close(self) -> None:
        """Close the connection, TLS with its closing alert (RFC 5425 section 4.4)."""
        opened = self._socket
        if isinstance(opened, ssl.SSLSocket):
            with contextlib.suppress(OSError, ValueError):
                opened.settimeout(_BYE_TIMEOUT_S)
                opened.unwrap()
        self.abandon()

    def abandon(self) -> None:
        """Close the socket."""
        opened, self._socket = self._socket, None
        if opened is not None:
            opened.close()


def _is_closed_by_peer(opened: socket.socket) -> bool:
    """Whether the server has closed: a write would still succeed, and the message be lost. Servers say nothing else."""
    try:
        opened.settimeout(0.0)
        return opened.recv(1) == b""
    except (BlockingIOError, ssl.SSLWantReadError):
        opened.settimeout(SEND_TIMEOUT_S)
        return False
    except OSError:
        return True
