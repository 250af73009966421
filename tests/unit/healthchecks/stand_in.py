"""A real HTTP server on loopback that answers as a provider's reference says, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Canned:
    """What to answer: a JSON document or bytes, after ``wait``; ``hang`` says nothing until the server stops."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: bool = False
    wait: Callable[[], object] = lambda: None


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; names of headers in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class StandIn:
    """The server; ``answer`` may be changed at any time."""

    def __init__(self) -> None:
        self.answer = Canned()
        self.asked: list[Asked] = []
        self._over = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.asked.append(Asked(self.command, self.path, headers, self.rfile.read(length)))
                canned = outer.answer
                if canned.hang:
                    outer._over.wait()
                    return
                canned.wait()
                body = canned.body if isinstance(canned.body, bytes) else json.dumps(canned.body).encode()
                self.send_response(canned.status)
                for name, value in canned.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PROPFIND = do_HEAD = _serve  # noqa: N815 - http.server's names

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Let hanging requests go and stop."""
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
