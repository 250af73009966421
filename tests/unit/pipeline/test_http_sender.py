"""The HTTP sender against real servers, friendly and hostile."""

from __future__ import annotations

import gzip
import os
import select
import socket
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_kit.errors import ConfigError
from otel_kit.pipeline.endpoint import Endpoint, resolve
from otel_kit.pipeline.http_sender import HttpSender, _retry_after
from otel_kit.pipeline.seams import Delivered, Rejected, Retry, TooLarge
from otel_kit.pipeline.senders import build_sender
from otel_kit.settings import Export, Settings
from tests.otlp_sink import Answer, OtlpSink
from tests.unit.pipeline.raw_server import CERTIFICATES, Peer, RawServer, Serve, server_tls
from tests.unit.pipeline.records import entry

SECRET = "key-5f2e7c91"


_open: list[HttpSender] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Close every sender of the test."""
    yield
    while _open:
        _open.pop().close()


def sender(port: int, scheme: str = "http", **export: Any) -> HttpSender:
    """Return a sender of traces to a port on loopback."""
    return sender_to(endpoint(port, scheme, **export))


def sender_to(where: Endpoint) -> HttpSender:
    """Return a sender that is closed after the test."""
    _open.append(HttpSender(where))
    return _open[-1]


def endpoint(port: int, scheme: str = "http", **export: Any) -> Endpoint:
    """Return the resolved endpoint of traces."""
    own = {"endpoint": f"{scheme}://127.0.0.1:{port}", **export}
    return resolve(Settings(export=Export(**own)), "traces")


StartServer = Callable[..., RawServer]


@pytest.fixture
def raw() -> Iterator[StartServer]:
    """A function that starts a server which treats each connection as it is told."""
    servers: list[RawServer] = []

    def start(serve: Serve, tls: Any = None) -> RawServer:
        servers.append(RawServer(serve, tls))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def test_delivers_the_request_as_it_is(otlp: OtlpSink) -> None:
    """The bytes of the entry, the standard path and content type, no compression on loopback."""
    whole = entry(3)

    outcome = sender(otlp.port).send(whole, 5.0)

    (request,) = otlp.requests("/v1/traces")
    assert Delivered() == outcome
    assert whole.request() == request.wire
    assert request.headers["content-type"] == "application/x-protobuf"
    assert "content-encoding" not in request.headers


def test_compresses_when_asked(otlp: OtlpSink) -> None:
    """The same bytes, smaller on the wire."""
    whole = entry(100)

    assert Delivered() == sender(otlp.port, compression="gzip").send(whole, 5.0)

    (request,) = otlp.requests()
    assert whole.request() == request.body
    assert len(request.wire) < len(request.body) / 2


@pytest.mark.parametrize(("rejected", "message"), [(2, "too old"), (3, "")])
def test_partial_success_counts_what_was_rejected(otlp: OtlpSink, rejected: int, message: str) -> None:
    """An accepted request may refuse some of its records."""
    otlp.answer_next(Answer(rejected=rejected, message=message))

    assert Delivered(rejected, message) == sender(otlp.port).send(entry(3), 5.0)


def test_warning_without_rejected_records_is_a_delivery(otlp: OtlpSink) -> None:
    """OTLP uses the same field for a mere warning."""
    otlp.answer_next(Answer(rejected=0, message="deprecated field"))

    assert Delivered() == sender(otlp.port).send(entry(3), 5.0)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_is_refused_and_not_followed(otlp: OtlpSink, status: int) -> None:
    """The data of one endpoint must not go to whatever it names."""
    elsewhere = OtlpSink()
    otlp.answer_next(Answer(status=status, headers={"Location": elsewhere.endpoint + "/v1/traces"}))

    outcome = sender(otlp.port).send(entry(3), 5.0)

    assert isinstance(outcome, Rejected)
    assert (outcome.count, "redirects" in outcome.why) == (3, True)
    assert elsewhere.requests() == ()
    elsewhere.stop()


@pytest.mark.parametrize(("status", "hint"), [(400, ""), (401, "ingest key"), (404, "path"), (500, ""), (501, "")])
def test_failures_that_a_retry_cannot_mend_are_rejected(otlp: OtlpSink, status: int, hint: str) -> None:
    """OTLP specification, "Failures"; the reason says what to look at."""
    otlp.answer_next(Answer(status=status, body=b"the reply may hold anything"))

    outcome = sender(otlp.port).send(entry(3), 5.0)

    assert isinstance(outcome, Rejected)
    assert outcome.count == 3
    assert f"HTTP {status}" in outcome.why
    assert hint in outcome.why
    assert "anything" not in outcome.why


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_failures_that_pass_are_retried(otlp: OtlpSink, status: int) -> None:
    """Without a wish of the backend the worker decides when."""
    otlp.answer_next(Answer(status=status))

    assert Retry(None, f"HTTP {status}") == sender(otlp.port).send(entry(3), 5.0)


def test_retry_after_in_seconds_and_as_a_date(otlp: OtlpSink) -> None:
    """Both forms of RFC 9110."""
    otlp.answer_next(
        Answer(status=503, headers={"Retry-After": "7"}),
        Answer(status=429, headers={"Retry-After": formatdate(time.time() + 60, usegmt=True)}),
    )
    here = sender(otlp.port)

    in_seconds, as_date = here.send(entry(1), 5.0), here.send(entry(1), 5.0)

    assert Retry(7.0, "HTTP 503") == in_seconds
    assert isinstance(as_date, Retry)
    assert as_date.after_s == pytest.approx(60, abs=10)


@given(st.one_of(st.text(), st.floats().map(str), st.integers().map(str)))
def test_retry_after_is_none_or_within_an_hour(value: str) -> None:
    """Nonsense of a backend neither raises nor stops the lane for a year."""
    seconds = _retry_after(value)

    assert seconds is None or 0 <= seconds <= 3600


def test_413_asks_for_a_split(otlp: OtlpSink) -> None:
    """The worker halves it."""
    otlp.answer_next(Answer(status=413))

    assert TooLarge("HTTP 413") == sender(otlp.port).send(entry(3), 5.0)


def test_connection_is_kept_and_used_again(raw: StartServer) -> None:
    """One connection carries many requests."""

    def serve(peer: Peer) -> None:
        while peer.request()[0]:
            peer.ok()

    server = raw(serve)
    here = sender(server.port)

    outcomes = [here.send(entry(1), 5.0) for _ in range(5)]

    assert [Delivered()] * 5 == outcomes
    assert server.connections == 1


def test_connection_that_the_server_closed_meanwhile_is_no_failure(raw: StartServer) -> None:
    """A kept-alive connection times out at the server: the request goes out on a new one at once."""

    def once(peer: Peer) -> None:
        peer.request()
        peer.ok()

    server = raw(once)
    here = sender(server.port)

    assert [Delivered(), Delivered()] == [here.send(entry(1), 5.0) for _ in range(2)]
    assert server.connections == 2


def test_reset_in_the_middle_of_the_body_is_retried(raw: StartServer) -> None:
    """The worker keeps the data; the sender opens a new connection next time."""

    def serve(peer: Peer) -> None:
        peer.connection.recv(10)
        peer.reset()

    outcome = sender(raw(serve).port).send(entry(3000, item_bytes=1000), 5.0)

    assert isinstance(outcome, Retry)
    assert outcome.after_s is None


def test_refused_connection_says_so() -> None:
    """Nothing listens: the reason is in a person's words, with a hint for a machine of one's own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    outcome = sender(port).send(entry(1), 5.0)

    assert isinstance(outcome, Retry)
    assert "refused" in outcome.why
    assert "otel-kit view" in outcome.why


def test_grpc_port_gets_a_hint() -> None:
    """4317 with HTTP is the most frequent mistake."""
    outcome = sender(4317).send(entry(1), 0.5)

    assert isinstance(outcome, Retry)
    assert "4318" in outcome.why


@pytest.mark.parametrize("answer", [Answer(hang=True), Answer(drip_s=0.2)], ids=["hang", "drip"])
def test_deadline_is_for_the_whole_request(otlp: OtlpSink, answer: Answer) -> None:
    """A byte now and then does not stretch it: stock exporters wait for ever here."""
    otlp.default = answer

    began = time.monotonic()
    outcome = sender(otlp.port).send(entry(1), 0.6)

    assert isinstance(outcome, Retry)
    assert time.monotonic() - began < 5.0  # the whole drip would take 20 s


def test_deadline_is_kept_while_the_server_does_not_read(raw: StartServer) -> None:
    """A body larger than all buffers, taken in drops: the deadline of sending is one, plain and with TLS."""

    def sip(peer: Peer) -> None:
        while not server.stopping.wait(0.05) and peer.connection.recv(1024):
            pass

    for scheme, tls in (("http", None), ("https", server_tls())):
        server = raw(sip, tls)
        here = sender(server.port, scheme, certificate=str(CERTIFICATES / "authority.pem"))

        began = time.monotonic()
        outcome = here.send(entry(300, item_bytes=60_000), 1.0)

        assert isinstance(outcome, Retry), scheme
        assert time.monotonic() - began < 6.0  # all of it would take minutes


def _memory() -> int:
    return psutil.Process().memory_info().rss


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_huge_reply_is_not_read(raw: StartServer, encoding: str) -> None:
    """At most 64 KiB of a reply are read, and nothing is ever unpacked."""
    bomb = gzip.compress(b"\0" * (64 << 20))
    chunk = bomb if encoding == "gzip" else b"x" * (1 << 20)
    sent = [0]

    def serve(peer: Peer) -> None:
        peer.request()
        size = 600 << 20 if encoding == "identity" else len(bomb)
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (encoding.encode(), size))
        while sent[0] < size:
            peer.send(chunk)
            sent[0] += len(chunk)

    server = raw(serve)
    before = _memory()

    outcome = sender(server.port).send(entry(3), 10.0)

    assert Delivered() == outcome
    assert _memory() - before < 30 << 20
    server.stop()
    assert encoding == "gzip" or sent[0] < 64 << 20


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (b"\x00\xff garbage\r\n\r\n", Retry),
        (b"HTTP/1.1 200 OK\r\n" + b"X-Many: 1\r\n" * 100_000 + b"\r\n", Retry),
        (b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1_000_000 + b"\r\n\r\n", Retry),
        (b"HTTP/1.1 999999999999 No\r\n\r\n", Retry),
        (b"HTTP/1.1 200 OK\r\nContent-Length: nonsense\r\nConnection: close\r\n\r\n", Delivered),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n", Retry),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\ngarbage", Delivered),
    ],
    ids=["garbage", "100k-headers", "long-header", "status", "length", "chunks", "not-otlp"],
)
def test_hostile_reply_does_not_raise(raw: StartServer, reply: bytes, kind: type) -> None:
    """Whatever comes back, the outcome is one of four."""

    def serve(peer: Peer) -> None:
        peer.request()
        peer.send(reply)

    assert isinstance(sender(raw(serve).port).send(entry(1), 5.0), kind)


def test_endless_interim_answers_end_with_the_deadline(raw: StartServer) -> None:
    """A server may send any number of 100 Continue."""

    def serve(peer: Peer) -> None:
        peer.request()
        while not server.stopping.is_set():
            peer.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)

    server = raw(serve)

    assert isinstance(sender(server.port).send(entry(1), 0.5), Retry)


def test_tls_with_an_own_authority_delivers(raw: StartServer) -> None:
    """``OTEL_EXPORTER_OTLP_CERTIFICATE`` names who signed the endpoint."""
    server = raw(_answer_all, server_tls())

    outcome = sender(server.port, "https", certificate=str(CERTIFICATES / "authority.pem")).send(entry(2), 5.0)

    assert Delivered() == outcome


@pytest.mark.parametrize("authority", ["stranger", None])
def test_tls_of_a_stranger_is_refused_with_a_reason(raw: StartServer, authority: str | None) -> None:
    """No byte of telemetry goes to who cannot prove its name; it may be mended, so the data is kept."""
    bodies: list[bytes] = []

    def serve(peer: Peer) -> None:
        bodies.append(peer.request()[1])

    server = raw(serve, server_tls())
    certificate = str(CERTIFICATES / f"{authority}.pem") if authority else None

    outcome = sender(server.port, "https", certificate=certificate).send(entry(2), 5.0)

    assert isinstance(outcome, Retry)
    assert "certificate" in outcome.why.lower()
    assert not any(bodies)


def test_mutual_tls_shows_the_client_certificate(raw: StartServer) -> None:
    """With it the server answers, without it the handshake fails."""
    server = raw(_answer_all, server_tls(client_authority="authority"))
    certificate = str(CERTIFICATES / "authority.pem")
    client = {
        "client_certificate": str(CERTIFICATES / "client.pem"),
        "client_key": str(CERTIFICATES / "client.key"),
    }

    known = sender(server.port, "https", certificate=certificate, **client).send(entry(1), 5.0)
    unknown = sender(server.port, "https", certificate=certificate).send(entry(1), 5.0)

    assert Delivered() == known
    assert isinstance(unknown, Retry)


def _answer_all(peer: Peer) -> None:
    while peer.request()[0]:
        peer.ok()


@pytest.mark.parametrize("member", ["certificate", "client_certificate"])
def test_certificate_that_cannot_be_read_is_a_fault_of_the_settings(member: str) -> None:
    """Said at the start, with the file's name, instead of at each request."""
    with pytest.raises(ConfigError, match=r"nowhere\.pem"):
        build_sender(endpoint(4318, "https", **{member: "/nowhere.pem"}))


def test_proxy_of_the_environment_is_used(raw: StartServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain HTTP goes through with the whole URL; the proxy's password goes to the proxy."""
    heads: list[bytes] = []

    def serve(peer: Peer) -> None:
        heads.append(peer.request()[0])
        peer.ok()

    proxy = raw(serve)
    monkeypatch.setenv("HTTP_PROXY", f"http://user:pass@127.0.0.1:{proxy.port}")

    where = resolve(Settings(export=Export(endpoint="http://collector.test:4318")), "traces")

    outcome = sender_to(where).send(entry(1), 5.0)

    assert Delivered() == outcome
    assert heads[0].startswith(b"POST http://collector.test:4318/v1/traces HTTP/1.1")
    assert b"proxy-authorization: Basic dXNlcjpwYXNz" in heads[0]


def test_https_goes_through_a_tunnel(raw: StartServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy sees a CONNECT and no telemetry."""
    server = raw(_answer_all, server_tls())
    heads: list[bytes] = []

    def serve(peer: Peer) -> None:
        heads.append(peer.request()[0])
        peer.send(b"HTTP/1.1 200 Connected\r\n\r\n")
        with socket.create_connection(("127.0.0.1", server.port)) as onward:
            _relay(peer.connection, onward)

    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{raw(serve).port}")
    here = sender(server.port, "https", certificate=str(CERTIFICATES / "authority.pem"))

    assert Delivered() == here.send(entry(1), 5.0)
    assert heads[0].startswith(b"CONNECT 127.0.0.1:%d" % server.port)


def _relay(one: socket.socket, other: socket.socket) -> None:
    while True:
        for ready in select.select([one, other], [], [])[0]:
            data = ready.recv(65536)
            if not data:
                return
            (other if ready is one else one).sendall(data)


def test_no_proxy_is_respected(otlp: OtlpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint of this machine may be left out."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    assert Delivered() == sender(otlp.port).send(entry(1), 5.0)


def test_headers_go_out_and_nowhere_else(otlp: OtlpSink, caplog: pytest.LogCaptureFixture) -> None:
    """The ingest key is on the wire, and not in what a person or a log sees."""
    here = sender(otlp.port, headers={"Authorization": f"Bearer {SECRET}"})
    otlp.answer_next(Answer(status=401), Answer(status=503))

    outcomes = [here.send(entry(1), 5.0) for _ in range(2)]

    assert f"Bearer {SECRET}" == otlp.requests()[0].headers["authorization"]
    shown = " ".join([repr(outcomes), here.target, repr(endpoint(1, headers={"x": SECRET})), caplog.text])
    assert SECRET not in shown


def test_credentials_and_query_of_the_url_go_out_and_are_not_shown(otlp: OtlpSink) -> None:
    """``http://user:password@host/path?key=...`` keeps its meaning."""
    url = f"http://me:{SECRET}@127.0.0.1:{otlp.port}/v1/traces"
    here = sender_to(resolve(Settings(export_traces=Export(endpoint=url)), "traces"))
    asked = sender_to(resolve(Settings(export=Export(endpoint=f"{otlp.endpoint}?key={SECRET}")), "traces"))

    assert Delivered() == here.send(entry(1), 5.0)

    assert otlp.requests()[0].headers["authorization"].startswith("Basic ")
    assert SECRET not in here.target + asked.target
    assert f"/v1/traces?key={SECRET}" == asked._url


def test_after_fork_the_child_has_a_connection_of_its_own(raw: StartServer) -> None:
    """Parent and child never share a socket: answers would go to the wrong one."""
    server = raw(_answer_all)
    here = sender(server.port)
    here.send(entry(1), 5.0)

    child = os.fork()
    if child == 0:
        here.after_fork()
        outcome = here.send(entry(1), 5.0)
        os._exit(0 if outcome == Delivered() else 1)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert Delivered() == here.send(entry(1), 5.0)
    assert server.connections == 2


def test_no_descriptor_is_left_open(raw: StartServer) -> None:
    """A hundred failures of every kind leave no socket behind."""

    def serve(peer: Peer) -> None:
        peer.connection.recv(10)
        peer.reset()

    server = raw(serve)
    here = sender(server.port)
    here.send(entry(1), 1.0)

    for _ in range(100):
        here.send(entry(1), 1.0)

    process = psutil.Process()
    connections = process.net_connections if hasattr(process, "net_connections") else process.connections  # psutil < 6
    peers = [one.raddr.port for one in connections() if one.raddr]
    assert server.port not in peers
