"""A small HTTP server for ``/metrics``, one for each process that is scraped."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY

Page = Callable[[str], tuple[bytes, str]]
PATH = "/metrics"
PORTS = 100  # workers of one host that find a port each
_TIMEOUT_S = 10.0


class ScrapeServer(ThreadingHTTPServer):
    """Listens from its making on; ``start`` serves on threads of its own, daemons that end with the process.

    Workers of one service share one setting: the first takes the port, the others the next that is free.

    Raises:
        OSError: the address cannot be listened on, or none of ``PORTS`` ports from ``port`` on is free.
    """

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = sys.platform != "win32"  # there it would let two processes have one port

    def __init__(self, host: str, port: int, page: Page, count_fault: Callable[[str, BaseException], None]) -> None:
        self.page = page
        self.count_fault = count_fault
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler, bind_and_activate=False)
        try:
            self._listen(host, port)
        except OSError:
            self.server_close()
            raise

    def _listen(self, host: str, port: int) -> None:
        last = min(port + PORTS, 65536) - 1 if port else 0
        for candidate in range(port, last + 1):
            self.server_address = (host, candidate)
            try:
                self.server_bind()
                self.server_activate()
            except OSError:
                if candidate == last:
                    raise
                # A socket that failed to listen cannot be bound again.
                self.socket.close()
                self.socket = socket.socket(self.address_family, self.socket_type)
            else:
                return

    def server_bind(self) -> None:
        """Bind without asking for the host's name, which may take seconds."""
        if self.allow_reuse_address:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    @property
    def url(self) -> str:
        """Where the page is."""
        host = f"[{self.server_name}]" if ":" in self.server_name else self.server_name
        return f"http://{host}:{self.server_port}{PATH}"

    def start(self) -> None:
        """Serve from now on."""
        threading.Thread(target=self.serve_forever, args=(0.1,), name="otel-kit metrics scrape", daemon=True).start()

    def stop(self) -> None:
        """Stop serving and close the port."""
        self.shutdown()
        self.server_close()

    def leave_to_parent(self) -> None:
        """Close this process' copy of a socket that a fork has doubled; the parent goes on serving."""
        self.socket.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Count what a connection did; the standard library prints it."""
        self.count_fault("metrics_scrape", sys.exc_info()[1] or RuntimeError())


class _Handler(BaseHTTPRequestHandler):
    server: ScrapeServer
    protocol_version = "HTTP/1.1"
    server_version = "otel-kit"
    sys_version = ""
    timeout = _TIMEOUT_S

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != PATH:
            self._answer(404, b"", "text/plain")
            return
        attached = otel_context.attach(otel_context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
        try:
            body, content_type = self.server.page(self.headers.get("accept", ""))
        except Exception as error:
            self.server.count_fault("metrics_scrape", error)
            self._answer(500, b"", "text/plain")
        else:
            self._answer(200, body, content_type)
        finally:
            otel_context.detach(attached)

    def do_HEAD(self) -> None:
        self.do_GET()

    def _answer(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # the base class's name for it
        """Stay silent."""
