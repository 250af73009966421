"""Real syslog servers on loopback that keep what they got: datagrams, and frames over TCP or TLS."""

from __future__ import annotations

import contextlib
import re
import socketserver
import ssl
import threading
from typing import Any

_LENGTH = re.compile(rb"([1-9][0-9]*) ")


class UdpServer(socketserver.ThreadingUDPServer):
    """Keeps each datagram."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Datagram)
        self.messages: list[bytes] = []
        _serve(self)


class _Datagram(socketserver.BaseRequestHandler):
    server: UdpServer

    def handle(self) -> None:
        self.server.messages.append(self.request[0])


class StreamServer(socketserver.ThreadingTCPServer):
    """Keeps each message that came whole (octet counting, RFC 6587); a broken frame ends the connection and is kept."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.messages: list[bytes] = []
        self.broken: list[bytes] = []
        self.goodbyes = 0
        self.connections: list[Any] = []
        self._tls = tls
        super().__init__(("127.0.0.1", port), _Frames)
        _serve(self)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands on the connection's own thread."""
        if self._tls is not None:
            try:
                request = self._tls.wrap_socket(request, server_side=True)
            except OSError:  # the client does not trust this server, or this server not the client
                return
        self.connections.append(request)
        super().finish_request(request, client_address)

    def hang_up(self) -> None:
        """Close every connection, as a server does that is started anew."""
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(2)
            connection.close()
        self.connections.clear()

    def stop(self) -> None:
        """Stop listening and hang up."""
        self.shutdown()
        self.server_close()
        self.hang_up()


class _Frames(socketserver.BaseRequestHandler):
    server: StreamServer

    def handle(self) -> None:
        data = b""
        try:
            while piece := self.request.recv(1 << 16):
                data = self._take(data + piece)
            self.server.goodbyes += 1
        except OSError:
            pass
        if data:
            self.server.broken.append(data)

    def _take(self, data: bytes) -> bytes:
        while (match := _LENGTH.match(data)) is not None:
            end = match.end() + int(match[1])
            if len(data) < end:
                break
            self.server.messages.append(data[match.end() : end])
            data = data[end:]
        return data


def _serve(server: socketserver.BaseServer) -> None:
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
