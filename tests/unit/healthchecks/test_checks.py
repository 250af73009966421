"""The ready-made checks against real parts: sockets, TLS, databases, Redis, disks, a mail server."""

from __future__ import annotations

import asyncio
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from otel_kit.healthchecks.checks.collector import collector
from otel_kit.healthchecks.checks.database import sqlalchemy
from otel_kit.healthchecks.checks.export import export
from otel_kit.healthchecks.checks.http import http
from otel_kit.healthchecks.checks.machine import cpu, disk_space, memory
from otel_kit.healthchecks.checks.redis import redis
from otel_kit.healthchecks.checks.smtp import smtp
from otel_kit.healthchecks.checks.tcp import tcp
from otel_kit.healthchecks.checks.websockets import websockets
from otel_kit.healthchecks.registry import Health
from otel_kit.healthchecks.results import HEALTHY, Outcome, Status
from otel_kit.healthchecks.running import TimedCheck
from otel_kit.pipeline.ledger import Ledger
from tests.otlp_sink import Answer, OtlpSink
from tests.redis_server import RedisServer
from tests.servers import free_port
from tests.unit.healthchecks.stand_in import Canned, StandIn
from tests.unit.pipeline.raw_server import CERTIFICATES, Peer, RawServer, server_tls

MakeHealth = Callable[..., Health]
AUTHORITY, STRANGER = str(CERTIFICATES / "authority.pem"), str(CERTIFICATES / "stranger.pem")
LONG_S = 20.0


def outcome(check: TimedCheck, timeout_s: float = LONG_S) -> tuple[str, str]:
    """Run a check and return status and reason."""
    found = check.probe(timeout_s)
    assert isinstance(found, Outcome)
    return str(found.status), found.reason


@pytest.fixture
def raw_server() -> Iterator[Callable[..., RawServer]]:
    """A function that starts a server for what no HTTP library would do."""
    started: list[RawServer] = []

    def start(serve: Callable[[Peer], None], tls: ssl.SSLContext | None = None) -> RawServer:
        started.append(RawServer(serve, tls))
        return started[-1]

    yield start
    for server in started:
        server.stop()


# --- http ---


@pytest.mark.parametrize(
    ("answer", "options", "expected"),
    [
        (Canned(200), {}, ("healthy", "")),
        (Canned(204, b""), {}, ("healthy", "")),
        (Canned(302, headers={"location": "/login"}), {}, ("unhealthy", "HTTP 302")),
        (Canned(302), {"expect": 302}, ("healthy", "")),
        (Canned(404), {"expect": {200, 404}}, ("healthy", "")),
        (Canned(500), {}, ("unhealthy", "HTTP 500")),
        (Canned(200, b"all fine"), {"contains": "fine"}, ("healthy", "")),
        (Canned(200, b"nay"), {"contains": "fine"}, ("unhealthy", "the text that is wanted is not in the answer")),
        (Canned(200, b"x" * 5_000_000), {}, ("healthy", "")),
    ],
)  # fmt: skip
def test_http_status_and_text(stand_in: StandIn, answer: Canned, options: Any, expected: tuple[str, str]) -> None:
    """Redirects are not followed, large answers not read."""
    stand_in.answer = answer
    assert outcome(http(f"{stand_in.url}/ready?deep=1", headers={"x-key": "k"}, **options)) == expected
    (asked,) = stand_in.asked
    assert (asked.method, asked.path, asked.headers["x-key"]) == ("GET", "/ready?deep=1", "k")


HOSTILE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "the connection was closed without an answer"),
    "no http": (b"SSH-2.0-OpenSSH_9.9\r\n", "the answer is not HTTP (BadStatusLine)"),
    "endless header": (b"HTTP/1.1 200 OK\r\n" + b"a" * 200_000, "the answer is not HTTP (LineTooLong)"),
    "many headers": (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 500 + b"\r\n", "the answer is not HTTP (HTTPException)"),
    "bad length": (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc", "the answer is not complete"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_http_hostile_answers(raw_server: Callable[..., RawServer], name: str) -> None:
    """Each is a reason in words, none an exception."""
    sent, reason = HOSTILE[name]

    def serve(peer: Peer) -> None:
        peer.request()
        peer.send(sent)

    found = outcome(http(f"http://127.0.0.1:{raw_server(serve).port}/"))
    assert found == ("unhealthy", reason)


def test_http_has_one_deadline_for_a_server_that_drips(raw_server: Callable[..., RawServer]) -> None:
    """Each byte starts a socket's own time-out anew; the deadline does not move."""

    def serve(peer: Peer) -> None:
        peer.request()
        while not server.stopping.wait(0.01):
            peer.send(b"H")

    server = raw_server(serve)
    assert outcome(http(f"http://127.0.0.1:{server.port}/"), 0.3) == ("unhealthy", "no answer in time")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://127.0.0.1/", "the URL is not one of http or https"),
        ("//nowhere", "the URL is not one of http or https"),
        ("http://127.0.0.1:99999/", "the request could not be made (ValueError)"),
        ("http://127.0.0.1:1/a\r\nb: s3cret", "connection refused"),
        ("http://127.0.0.1:1/s3cret with spaces", "connection refused"),
        ("http://user:s3cret@127.0.0.1:1/", "connection refused"),
    ],
)
def test_http_urls_that_are_none(url: str, reason: str) -> None:
    """The URL, which may hold a secret, is in no reason."""
    found = outcome(http(url))
    assert found[0] == "unhealthy"
    assert "s3cret" not in found[1] + repr(http(url))
    assert found[1] in (reason, "the answer is not HTTP (InvalidURL)")


def test_http_over_tls(raw_server: Callable[..., RawServer]) -> None:
    """The certificate is checked."""

    def serve(peer: Peer) -> None:
        peer.request()
        peer.ok()

    url = f"https://localhost:{raw_server(serve, server_tls()).port}/"
    assert outcome(http(url, cafile=AUTHORITY)) == ("healthy", "")
    status, reason = outcome(http(url, cafile=STRANGER))
    assert status == "unhealthy"
    assert reason.startswith("the certificate is not accepted")


def test_http_asks_through_the_proxy_of_the_environment(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the kit's own export does."""
    monkeypatch.setenv("HTTP_PROXY", f"http://u:p@127.0.0.1:{stand_in.port}")
    assert outcome(http("http://far.example/health")) == ("healthy", "")
    (asked,) = stand_in.asked
    assert (asked.path, asked.headers["host"]) == ("http://far.example/health", "far.example")
    assert asked.headers["proxy-authorization"].startswith("Basic ")


# --- tcp ---


def test_tcp(raw_server: Callable[..., RawServer]) -> None:
    """A port that is open, one that is not, TLS that fits and TLS that does not."""
    plain = raw_server(lambda _peer: None)
    secure = raw_server(lambda peer: peer.connection.recv(1) and None, server_tls())

    assert outcome(tcp("127.0.0.1", plain.port)) == ("healthy", "")
    assert outcome(tcp("127.0.0.1", free_port())) == ("unhealthy", "connection refused")
    assert outcome(tcp("localhost", secure.port, tls=True, cafile=AUTHORITY)) == ("healthy", "")
    assert outcome(tcp("localhost", secure.port, tls=True, cafile=STRANGER))[1].startswith("the certificate")
    assert outcome(tcp("no.such.host.invalid", 1)) == ("unhealthy", "the host name is not known")


def test_tcp_with_a_server_that_never_speaks(raw_server: Callable[..., RawServer]) -> None:
    """The handshake has the check's time, and the thread ends with it."""
    silent = raw_server(lambda _peer: silent.stopping.wait())
    assert outcome(tcp("127.0.0.1", silent.port, tls=True), 0.2) == ("unhealthy", "no answer in time")


# --- databases ---


def test_sqlalchemy_asks_through_the_pool(tmp_path: Path, make_health: MakeHealth) -> None:
    """A pool that is used up shows as a time-out, and as healthy again when a connection is given back."""
    sa = pytest.importorskip("sqlalchemy", reason="not run: SQLAlchemy is not installed")
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'a.db'}", poolclass=sa.QueuePool, pool_size=1, max_overflow=0,
                              pool_timeout=0.2)  # fmt: skip
    health = make_health(cache_s=0.0)
    health.check("db", sqlalchemy(engine), timeout_s=LONG_S)

    assert health.run().status is Status.HEALTHY
    with engine.connect():
        result = health.run().results["db"]
        assert (result.status, result.reason.split(":")[0]) == (Status.UNHEALTHY, "TimeoutError")
    assert health.run().status is Status.HEALTHY
    engine.dispose()


def test_sqlalchemy_that_cannot_connect(tmp_path: Path, make_health: MakeHealth) -> None:
    """The reason is the driver's."""
    sa = pytest.importorskip("sqlalchemy", reason="not run: SQLAlchemy is not installed")
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder' / 'a.db'}")
    health = make_health()
    health.check("db", sqlalchemy(engine))
    result = health.run().results["db"]
    assert (result.status, result.reason.split(":")[0]) == (Status.UNHEALTHY, "OperationalError")
    engine.dispose()


def test_sqlalchemy_async_engine(tmp_path: Path, make_health: MakeHealth) -> None:
    """On the application's loop, also when the schedule asks."""
    pytest.importorskip("aiosqlite", reason="not run: aiosqlite is not installed")
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    health = make_health()
    health.check("db", sqlalchemy(engine), timeout_s=LONG_S)

    async def main() -> tuple[Status, Status]:
        health.use_loop(asyncio.get_running_loop())
        first = await health.arun()
        second = await asyncio.to_thread(lambda: health.run(fresh=True))
        await engine.dispose()
        return first.status, second.status

    assert asyncio.run(main()) == (Status.HEALTHY, Status.HEALTHY)


def test_redis(tmp_path: Path, make_health: MakeHealth) -> None:
    """Sync and asyncio clients, with the server there and gone."""
    library = pytest.importorskip("redis", reason="not run: redis is not installed")
    import redis.asyncio as aredis
    from redis.asyncio.retry import Retry as AsyncRetry
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    server = RedisServer(tmp_path)
    health = make_health(cache_s=0.0, timeout_s=LONG_S)
    client = library.Redis(port=server.port, retry=Retry(NoBackoff(), 0))
    aclient = aredis.Redis(port=server.port, retry=AsyncRetry(NoBackoff(), 0))
    health.check("sync", redis(client))
    health.check("async", redis(aclient))

    async def main() -> tuple[list[Status], list[Status]]:
        health.use_loop(asyncio.get_running_loop())
        with_server = await health.arun()
        server.stop()
        without = await health.arun()
        await aclient.connection_pool.disconnect()  # aclose() is not there in redis 5.0.0
        return [r.status for r in with_server.results.values()], [r.status for r in without.results.values()]

    try:
        assert asyncio.run(main()) == ([Status.HEALTHY] * 2, [Status.UNHEALTHY] * 2)
    finally:
        client.close()
        server.stop()


# --- the machine ---


def test_disk_space(tmp_path: Path) -> None:
    """By bytes, by size, by share; the real disk decides."""
    usage = psutil.disk_usage(str(tmp_path))
    assert outcome(disk_space(tmp_path, min_free=1)) == ("healthy", "")
    assert outcome(disk_space(tmp_path, min_free="1MiB")) == ("healthy", "")
    assert outcome(disk_space(tmp_path, min_free=usage.total * 2))[0] == "unhealthy"
    assert outcome(disk_space(tmp_path, min_free=0.999_999))[0] == "unhealthy"
    for wrong in (0, -1, "much", True, 0.0):
        with pytest.raises(ValueError):  # noqa: PT011 - the kind's own
            disk_space(tmp_path, min_free=wrong)


def test_cpu_and_memory() -> None:
    """A limit that everything fits, one that nothing does."""
    assert outcome(cpu(1.0)) == ("healthy", "")
    assert outcome(memory(1.0)) == ("healthy", "")
    assert outcome(memory(0.0))[0] == "degraded"
    assert "of the memory is in use, 0% may be" in outcome(memory(0.0))[1]


def test_websockets() -> None:
    """As many as may be are no fault."""
    assert outcome(websockets(lambda: 10, most=10)) == ("healthy", "")
    assert outcome(websockets(lambda: 11, most=10)) == ("degraded", "11 connections are open, 10 may be")


# --- the kit's own export and the Collector ---


def test_export_is_degraded_while_requests_fail_and_after_losses() -> None:
    """Until the endpoint answers, and for a while after records were given up; losses before are news once."""
    ledger, now = Ledger("logs"), [100.0]
    check = export(lambda: {"logs": ledger.account()}, lately_s=60.0, clock=lambda: now[0])
    assert outcome(check) == ("healthy", "")

    ledger.created(5)
    assert outcome(check) == ("healthy", "")
    ledger.retried(5, "connection refused")
    assert outcome(check) == ("degraded", "logs cannot be sent: connection refused")
    ledger.delivered(3)
    assert outcome(check) == ("healthy", "")
    ledger.dropped(2, "queue_full")
    assert outcome(check) == ("degraded", "logs were lost, 2 since the start")
    now[0] += 59
    assert outcome(check)[0] == "degraded"
    now[0] += 2
    assert outcome(check) == ("healthy", "")


def test_collector_by_otlp(otlp: OtlpSink) -> None:
    """An empty request is taken, and leaves nothing; a refused key is told from an endpoint that is gone."""
    check = collector(f"{otlp.endpoint}/v1/traces", headers={"authorization": "Bearer k"})
    assert outcome(check) == ("healthy", "")
    (request,) = otlp.requests("/v1/traces")
    assert (request.body, request.headers["authorization"]) == (b"", "Bearer k")
    assert otlp.spans() == []
    otlp.default = Answer(401)
    assert outcome(check) == ("unhealthy", "the ingest key is refused (HTTP 401)")
    otlp.default = Answer(429)
    assert outcome(check) == ("degraded", "rate limited (HTTP 429)")
    otlp.default = Answer(503)
    assert outcome(check) == ("unhealthy", "HTTP 503")


def test_collector_by_its_health_extension(stand_in: StandIn) -> None:
    """200 or not, as the extension answers."""
    stand_in.answer = Canned(200, {"status": "Server available", "upSince": "x", "uptime": "1s"})
    assert outcome(collector(f"{stand_in.url}/")) == ("healthy", "")
    stand_in.answer = Canned(503, {"status": "Server not available"})
    assert outcome(collector(f"127.0.0.1:{stand_in.port}")) == ("unhealthy", "HTTP 503")


@pytest.mark.parametrize("url", ["http://127.0.0.1:4317", "127.0.0.1:4318", "http://127.0.0.1:4318/"])
def test_collector_by_its_usual_ports(url: str) -> None:
    """Nobody may listen there on a test machine; what is asked is a port, not a page."""
    assert collector(url).probe(LONG_S) in (HEALTHY, Outcome(Status.UNHEALTHY, "connection refused"))


# --- mail ---


class _Mail(socketserver.StreamRequestHandler):
    """As little SMTP as a login needs (RFC 5321, RFC 4954)."""

    login = b"235 2.7.0 ok\r\n"

    def handle(self) -> None:
        self.wfile.write(b"220 mail.test ESMTP\r\n")
        for line in self.rfile:
            verb = line[:4].upper()
            answers = {b"EHLO": b"250-mail.test\r\n250 AUTH PLAIN\r\n", b"AUTH": self.login, b"NOOP": b"250 ok\r\n"}
            self.wfile.write(answers.get(verb, b"221 bye\r\n"))
            if verb == b"QUIT":
                return


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        (b"235 2.7.0 ok\r\n", ("healthy", "")),
        (b"535 5.7.8 s3cret is wrong\r\n", ("unhealthy", "login refused (SMTP 535)")),
        (b"454 4.7.0 later\r\n", ("degraded", "SMTP 454")),
        (b"garbage\r\n", ("unhealthy", "login refused (SMTP -1)")),
    ],
)
def test_smtp(login: bytes, expected: tuple[str, str]) -> None:
    """The login is tried, no mail is sent, no text of the server is shown."""
    handler = type("Mail", (_Mail,), {"login": login})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        check = smtp("127.0.0.1", server.server_address[1], user="anna", password="s3cret", security="none")
        assert outcome(check) == expected
        insecure = smtp("127.0.0.1", server.server_address[1])
        assert outcome(insecure) == ("unhealthy", "the server offers neither STARTTLS nor login as wanted")
        assert "s3cret" not in repr(check)
        server.shutdown()
    assert outcome(smtp("127.0.0.1", free_port())) == ("unhealthy", "connection refused")
