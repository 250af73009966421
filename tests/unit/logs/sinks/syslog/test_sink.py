"""Real servers: datagrams, frames, certificates; servers that are away, hang up, do not read or are not trusted."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from otel_kit.logs.sinks.outcome import Outcome
from otel_kit.logs.sinks.syslog import transports
from otel_kit.logs.sinks.syslog.sink import SyslogSink, build_syslog
from otel_kit.settings.log_kinds import SyslogAddress
from otel_kit.settings.log_options import Syslog
from tests.conditions import eventually
from tests.unit.logs.sinks.records import record
from tests.unit.logs.sinks.syslog.servers import StreamServer, UdpServer


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files of an authority, a stranger, and a client, and contexts of servers."""

    ca: str
    stranger: str
    client: str
    server: ssl.SSLContext
    picky_server: ssl.SSLContext  # wants a client certificate


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Certificates for localhost, made for this run."""
    folder = tmp_path_factory.mktemp("certificates")
    authority, stranger = trustme.CA(), trustme.CA()
    names = [str(folder / name) for name in ("ca.pem", "stranger.pem", "client.pem")]
    authority.cert_pem.write_to_path(names[0])
    stranger.cert_pem.write_to_path(names[1])
    authority.issue_cert("client.example").private_key_and_cert_chain_pem.write_to_path(names[2])
    contexts = []
    for wanted in (ssl.CERT_NONE, ssl.CERT_REQUIRED):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        authority.configure_trust(context)
        context.verify_mode = wanted
        contexts.append(context)
    return Certificates(*names, *contexts)


@pytest.fixture
def stream() -> Iterator[Callable[..., StreamServer]]:
    """A function that starts a server for frames."""
    servers: list[StreamServer] = []

    def start(**options: object) -> StreamServer:
        servers.append(StreamServer(**options))  # type: ignore[arg-type]
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def _sink(transport: str, port: int, host: str = "127.0.0.1", **options: str) -> SyslogSink:
    sink, fault = build_syslog(Syslog(address=SyslogAddress(transport, host, port), **options))
    assert fault is None
    return sink


def _texts(messages: list[bytes]) -> list[str]:
    return [message.partition(b"\xef\xbb\xbf")[2].decode() for message in messages]


def test_datagrams_arrive_and_are_small() -> None:
    """One for each record, of at most 2048 bytes."""
    server = UdpServer()
    sink = _sink("udp", server.server_address[1])

    assert Outcome(written=3) == sink.write([record("1"), record("ü" * 5000), record("ada@example.com")])

    eventually(lambda: len(server.messages) == 3, "three datagrams")
    assert all(len(message) <= 2048 for message in server.messages)
    assert {"1", "a***@example.com"} < set(_texts(server.messages))
    sink.close()
    server.shutdown()
    server.server_close()


def test_refused_datagrams_stop_nothing() -> None:
    """The system tells with the next one that nobody took the last: that next one is sent over a new socket."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sink = _sink("udp", port)
    for _ in range(3):
        assert 1 == sink.write([record("for nobody")]).written
    server = UdpServer(port)
    assert 1 == sink.write([record("back")]).written
    eventually(lambda: _texts(server.messages) == ["back"], "the datagram")
    sink.close()
    server.shutdown()
    server.server_close()


def test_frames_arrive_over_one_connection(stream: Callable[..., StreamServer]) -> None:
    """In their order, whole, and the connection is ended properly."""
    server = stream()
    sink = _sink("tcp", server.server_address[1])

    assert 500 == sink.write([record(f"{number}\n{'ü' * number}") for number in range(500)]).written
    assert 1 == sink.write([record("x" * 100_000)]).written

    eventually(lambda: len(server.messages) == 501, "all frames")
    assert [f"{number}" for number in range(500)] == [text.split("\\n")[0] for text in _texts(server.messages)[:500]]
    assert 7990 <= len(server.messages[500]) <= 8000
    assert 1 == len(server.connections)
    sink.close()
    eventually(lambda: server.goodbyes == 1, "the end")
    assert [] == server.broken


def test_server_that_was_restarted_gets_what_comes_then(stream: Callable[..., StreamServer]) -> None:
    """A write into a connection that the server has closed would succeed and be lost: it is noticed before."""
    server = stream()
    port = server.server_address[1]
    sink = _sink("tcp", port)
    sink.write([record("1")])
    eventually(lambda: server.messages, "the first")
    server.stop()

    away = sink.write([record("2"), record("3")])

    assert (0, 2, {}) == (away.written, len(away.kept), away.dropped)
    assert away.error.startswith("ConnectionRefusedError")
    again = stream(port=port)
    assert 2 == sink.write(away.kept).written
    eventually(lambda: _texts(again.messages) == ["2", "3"], "what was kept")  # hanging up drops what is not read yet
    again.hang_up()
    assert 1 == sink.write([record("4")]).written
    eventually(lambda: _texts(again.messages) == ["2", "3", "4"], "the rest")
    sink.close()


def test_server_that_does_not_read_costs_a_limited_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The frames that went out whole are not sent again; the one that was cut off is, over a new connection."""
    monkeypatch.setattr(transports, "SEND_TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sink = _sink("tcp", deaf.getsockname()[1])
        records = [record("x" * 7000)] * 5000  # more than any buffer takes

        outcome = sink.write(records)

        assert 0 < outcome.written < 5000
        assert outcome.written + len(outcome.kept) == 5000
        assert outcome.error.startswith("TimeoutError")
        sink.close()


def test_tls_with_the_authority_and_a_client_certificate(
    stream: Callable[..., StreamServer], certificates: Certificates
) -> None:
    """The connection is ended with TLS's own alert."""
    server = stream(tls=certificates.picky_server)
    sink = _sink(
        "tls", server.server_address[1], "localhost", certificate=certificates.ca,
        client_certificate=certificates.client,
    )  # fmt: skip

    assert 2 == sink.write([record("1"), record("2")]).written

    eventually(lambda: _texts(server.messages) == ["1", "2"], "both")
    sink.close()
    eventually(lambda: server.goodbyes == 1, "the alert")


@pytest.mark.parametrize("case", ["another authority", "another name", "no client certificate", "the system's trust"])
def test_tls_server_that_is_not_trusted_gets_nothing(
    stream: Callable[..., StreamServer], certificates: Certificates, case: str
) -> None:
    """Certificates and names are verified, without a way to switch that off."""
    picky = case == "no client certificate"
    server = stream(tls=certificates.picky_server if picky else certificates.server)
    options = {
        "another authority": {"certificate": certificates.stranger},
        "another name": {"certificate": certificates.ca},
        "no client certificate": {"certificate": certificates.ca},
        "the system's trust": {},
    }[case]
    host = "127.0.0.1" if case == "another name" else "localhost"
    sink = _sink("tls", server.server_address[1], host, **options)

    # A server that refuses the client says so after the handshake (TLS 1.3): with the next batch at the latest.
    outcome = eventually(lambda: (tried := sink.write([record("secret")])).kept and tried, "refused")

    assert picky or outcome.error.startswith("SSLCertVerificationError")
    assert [] == server.messages
    sink.close()


@pytest.mark.parametrize("field", ["certificate", "client_certificate"])
@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificate_that_cannot_be_loaded_is_a_fault_until_it_can(
    stream: Callable[..., StreamServer], certificates: Certificates, tmp_path: Path, field: str, content: str | None
) -> None:
    """At the start, by its setting; nothing is sent without it, and it is tried again."""
    server = stream(tls=certificates.picky_server)
    path = tmp_path / "x.pem"
    if content is not None:
        path.write_text(content)
    good = {"certificate": certificates.ca, "client_certificate": certificates.client}
    address = SyslogAddress("tls", "localhost", server.server_address[1])

    sink, fault = build_syslog(Syslog(address=address, **{**good, field: str(path)}))

    assert str(fault).startswith(f"logs.syslog.{field}={path} cannot be loaded (")
    outcome = sink.write([record("1")])
    assert (0, 1, True) == (outcome.written, len(outcome.kept), bool(outcome.error))
    path.write_bytes(Path(good[field]).read_bytes())
    assert 1 == sink.write(outcome.kept).written
    eventually(lambda: _texts(server.messages) == ["1"], "the record")
    sink.close()


def test_child_leaves_the_connection_to_its_parent(
    stream: Callable[..., StreamServer], certificates: Certificates
) -> None:
    """No closing alert over the parent's connection; the next record opens one of its own."""
    server = stream(tls=certificates.server)
    sink = _sink("tls", server.server_address[1], "localhost", certificate=certificates.ca)
    sink.write([record("1")])
    eventually(lambda: server.messages, "the first")

    sink.after_fork()
    sink.write([record("2")])

    eventually(lambda: len(server.messages) == 2, "both")
    assert 2 == len(server.connections)
    sink.close()
