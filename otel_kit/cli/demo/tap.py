"""A tap on the wire: a loopback proxy for OTLP/HTTP that passes requests on and keeps what was in them."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_TIMEOUT_S = 10.0
_PASSED_ON = ("Authorization", "Content-Type", "Content-Encoding", "User-Agent")
_PASSED_BACK = ("Content-Type", "Retry-After")


@dataclass(frozen=True, slots=True)
class Request:
    """One OTLP request as a service sent it; the body is decompressed."""

    path: str
    body: bytes


class Tap:
    """The proxy. Requests are kept in memory until it is dropped: it is for runs of seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self._server: ThreadingHTTPServer | None = None

    def open(self, upstream: str) -> str:
        """Listen on a free loopback port, pass requests on to ``upstream``, and return the proxy's own address."""
        target = urlsplit(upstream)
        tap = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = _TIMEOUT_S

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                tap.keep(self.path, body, self.headers.get("Content-Encoding", ""))
                headers = {name: self.headers[name] for name in _PASSED_ON if name in self.headers}
                connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=_TIMEOUT_S)
                try:
                    connection.request("POST", self.path, body, headers)
                    answer = connection.getresponse()
                    content = answer.read()
                except OSError:
                    self.send_error(503)
                    return
                finally:
                    connection.close()
                with contextlib.suppress(ConnectionError):  # a sender that ends does not wait for its answer
                    self._pass_back(answer, content)

            def _pass_back(self, answer: http.client.HTTPResponse, content: bytes) -> None:
                self.send_response(answer.status)
                for name in _PASSED_BACK:
                    if (value := answer.getheader(name)) is not None:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                """Print nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self._server = server
        threading.Thread(target=server.serve_forever, name="otel-kit-tap", daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}"

    def keep(self, path: str, body: bytes, encoding: str) -> None:
        """Remember one request."""
        content = gzip.decompress(body) if encoding == "gzip" else body
        with self._lock:
            self._requests.append(Request(path, content))

    def requests(self, since: int = 0) -> list[Request]:
        """Return the requests so far, without the first ``since``."""
        with self._lock:
            return self._requests[since:]

    def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
