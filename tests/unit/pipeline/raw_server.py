"""A TCP server on loopback that answers each connection as a function says: for what no HTTP library would do."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from pathlib import Path

CERTIFICATES = Path(__file__).resolve().parent / "certificates"
Serve = Callable[["Peer"], None]


class Peer:
    """One connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    def request(self) -> tuple[bytes, bytes]:
        """Read one HTTP request; returns its head and its body. Empty when the client is gone."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.connection.recv(65536)
            if not more:
                return b"", b""
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        while len(body) < length:
            more = self.connection.recv(65536)
            if not more:
                break
            body += more
        return head, body

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self.connection.sendall(data)

    def ok(self) -> None:
        """Answer with success."""
        self.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    def reset(self) -> None:
        """End the connection with a RST."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


class RawServer:
    """Serves each connection on a thread of its own, until ``stop``."""

    def __init__(self, serve: Serve, tls: ssl.SSLContext | None = None) -> None:
        self._serve = serve
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        self._open: list[socket.socket] = []
        self.stopping = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while not self.stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._run, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as ends:  # a client that goes is part of the tests
            ends.callback(connection.close)
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
                ends.callback(connection.close)
            self._serve(Peer(connection))

    def stop(self) -> None:
        """Close the port and every connection; waits for the threads."""
        self.stopping.set()
        with contextlib.suppress(OSError):  # wakes accept(); not every system can
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):  # the client was faster
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self._threads:
            thread.join(10)


def server_tls(client_authority: str | None = None) -> ssl.SSLContext:
    """Return the server's side of TLS; with an authority's name it asks for a client certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "server.pem", CERTIFICATES / "server.key")
    if client_authority:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(CERTIFICATES / f"{client_authority}.pem")
    return context
