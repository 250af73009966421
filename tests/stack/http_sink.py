"""A real server that keeps every request, as a vendor would get it; answers with the status it is told."""

from __future__ import annotations

import gzip
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Received:
    """One request; ``body`` is unpacked, ``headers`` have names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HttpSink:
    """Starts at once on a free port of 127.0.0.1; ``stop`` ends it. Only what is answered 200 counts as received."""

    status: int = 200
    answer: bytes = b""
    _received: list[Received] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Listen."""
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = (
                    _read_chunks(self)
                    if self.headers.get("Transfer-Encoding") == "chunked"
                    else self.rfile.read(int(self.headers["Content-Length"]))
                )
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                headers = {name.lower(): value for name, value in self.headers.items()}
                sink.keep(Received(self.path, headers, body))
                self.send_response(sink.status)
                self.send_header("Content-Length", str(len(sink.answer)))
                self.end_headers()
                self.wfile.write(sink.answer)

            def log_message(self, format: str, *args: object) -> None:
                """Stay silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def received(self) -> list[Received]:
        """What was accepted so far."""
        with self._lock:
            return list(self._received)

    def keep(self, request: Received) -> None:
        """Remember a request, if it is going to be accepted."""
        with self._lock:
            if self.status == 200:
                self._received.append(request)

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _read_chunks(handler: BaseHTTPRequestHandler) -> bytes:
    body = b""
    while size := int(handler.rfile.readline().strip(), 16):
        body += handler.rfile.read(size)
        handler.rfile.readline()
    handler.rfile.readline()
    return body
