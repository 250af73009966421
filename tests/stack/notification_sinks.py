"""Where notifications arrive in tests: a web server for webhooks and Slack, and a mail server, both on loopback."""

from __future__ import annotations

import email
import email.policy
import json
import socketserver
import threading
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class WebSink:
    """Answers 200 to every POST, or ``status``, and keeps JSON by path; ``stop`` closes it."""

    status: int = 200
    bodies: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start it."""
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers["Content-Type"] == "application/json":  # not what Prometheus writes to its second one
                    sink.bodies.append((self.path, json.loads(body)))
                self.send_response(sink.status)
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def of(self, path: str, **labels: str) -> list[dict[str, Any]]:
        """Return what came on that path about a group whose common labels are these."""
        return [
            body
            for at, body in list(self.bodies)
            if at == path and labels.items() <= {"status": body.get("status")}.items() | body["groupLabels"].items()
        ]

    def stop(self) -> None:
        """Close it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class MailSink:
    """Takes every mail, as far as SMTP goes without extensions; ``stop`` closes it."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], EmailMessage]] = []
        mails = self.mails

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(b"220 sink\r\n")
                recipients: list[str] = []
                while line := self.rfile.readline():
                    command = line.strip().decode()
                    if command == "DATA":
                        self.wfile.write(b"354 go on\r\n")
                        text = b"".join(iter(self.rfile.readline, b".\r\n"))
                        mail = email.message_from_bytes(text, policy=email.policy.default)
                        assert isinstance(mail, EmailMessage)
                        mails.append((recipients, mail))
                        recipients = []
                    elif command.upper().startswith("RCPT TO:"):
                        recipients.append(command[8:].strip("<> "))
                    self.wfile.write(b"221 bye\r\n" if command == "QUIT" else b"250 ok\r\n")
                    if command == "QUIT":
                        return

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def stop(self) -> None:
        """Close it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
