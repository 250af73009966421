"""Plants in calls by httpx to a server in this process, and in statements that SQLAlchemy sends to SQLite."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import sqlalchemy
from opentelemetry import baggage, trace
from opentelemetry import context as otel_context
from opentelemetry.trace import SpanContext, TraceFlags, TraceState

from otel_kit.kit import Kit
from tests.surfaces.matrix.all_cells import plants
from tests.surfaces.programs.runs import runs


class Server(HTTPServer):
    """Answers every request, keeps its headers; a request for ``/broken`` gets an answer that is no HTTP."""

    def __init__(self, broken: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.broken = broken
        self.headers: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.headers += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.path == "/broken":
            self.wfile.write(f"HTTP/1.1 {self.server.broken}\r\n\r\n".encode())
            return
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@contextlib.contextmanager
def serving(broken: str) -> Iterator[Server]:
    """Serve on loopback within the block."""
    server = Server(broken)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def plant_httpx() -> list[str]:
    """Call a server and return the headers that it got."""
    texts = plants("httpx")
    with serving(texts["exception: message"]) as server, httpx.Client() as client:
        host = f"127.0.0.1:{server.server_port}"
        client.get(f"http://{host}/customers/{texts['URL: path']}")
        client.get(f"http://{host}/", params={"to": texts["URL: query"].replace("%40", "@")})
        for part in ("query, percent-encoded", "query, percent-encoded twice"):
            client.get(f"http://{host}/?to={texts[f'URL: {part}']}")
        client.get(f"http://{host}/#to={texts['URL: fragment']}")
        client.get(f"http://ada:{texts['URL: user and password']}@{host}/")
        client.get(f"http://{host}/", headers={"authorization": f"Bearer {texts['header']}"})
        with contextlib.suppress(httpx.RemoteProtocolError):
            client.get(f"http://{host}/broken")
        server.headers.clear()  # those above are the application's own
        state = TraceState([("vendor", texts["outgoing header: trace state"])])
        remote = SpanContext(1 << 100, 1, True, TraceFlags(1), state)
        context = trace.set_span_in_context(trace.NonRecordingSpan(remote))
        context = baggage.set_baggage("contact", texts["outgoing header: baggage"], context)
        context = baggage.set_baggage("other", texts["outgoing header: baggage that is not allowed"], context)
        token = otel_context.attach(context)
        client.get(f"http://{host}/")
        otel_context.detach(token)
        return server.headers


def plant_sqlalchemy(engine: sqlalchemy.Engine) -> None:
    """Run statements; one fails within a span and is logged."""
    texts = plants("SQLAlchemy")
    insert = "INSERT INTO users VALUES (:mail, '{}')".format(texts["exception: SQL literal"])
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE users (mail TEXT UNIQUE, contact TEXT)"))
        literal = texts["SQL literal"]
        connection.execute(sqlalchemy.text(f"SELECT count(*) AS literal FROM users WHERE mail = '{literal}'"))
        secret = {"mail": texts["exception: SQL parameter"]}
        connection.execute(sqlalchemy.text(insert), secret)
        echo = {"mail": texts["echo log: SQL parameter"]}
        connection.execute(sqlalchemy.text("SELECT * FROM users WHERE mail = :mail"), echo)
    try:
        with trace.get_tracer("app").start_as_current_span("sign up"), engine.begin() as connection:
            connection.execute(sqlalchemy.text(insert), secret)
    except sqlalchemy.exc.IntegrityError:
        logging.getLogger("app").exception("not signed up")


def main() -> None:
    """Plant with httpx and with SQLAlchemy, which the kit instruments."""

    def plant(_run: str, _kit: Kit) -> dict[str, list[str]]:
        plant_sqlalchemy(sqlalchemy.create_engine("sqlite://", echo=True))
        return {"headers": plant_httpx()}

    runs(plant, **{"service.name": "clients", "baggage.allow": ["contact"]})


if __name__ == "__main__":
    main()
