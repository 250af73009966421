"""Every log record within a request carries its ids and what was bound, wherever the work goes."""

from __future__ import annotations

import asyncio
import json
import logging
import textwrap
import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import anyio.to_thread
import pytest
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, Request, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

import otel_kit
from tests.asgi_client import Reply, arequest, request, websocket
from tests.conditions import eventually
from tests.conftest import StartKit
from tests.otlp_sink import Log, OtlpSink
from tests.servers import Uvicorn

log = logging.getLogger("shop")
_POOL = ThreadPoolExecutor(4, thread_name_prefix="app")


def session(n: int) -> Iterator[int]:
    """Bind and log in the dependency, and log again when it ends."""
    otel_kit.bind(user_id=f"u{n}")
    log.info("line of %d", n)
    yield n
    log.info("line of %d", n)


def build() -> FastAPI:
    """Return an application that logs on every way that work can take; each line names its request."""
    app = FastAPI()

    @app.get("/await/{n}")
    async def awaits(n: int) -> None:
        otel_kit.bind(user_id=f"u{n}")
        await asyncio.sleep(0)
        log.info("line of %d", n)

    @app.get("/task/{n}")
    async def tasks(n: int) -> None:
        otel_kit.bind(user_id=f"u{n}")

        async def part() -> None:
            await asyncio.sleep(0)
            log.info("line of %d", n)

        await asyncio.gather(part(), asyncio.create_task(part()))

    @app.get("/group/{n}")
    async def group(n: int) -> None:
        otel_kit.bind(user_id=f"u{n}")
        async with asyncio.TaskGroup() as tasks:
            for _ in range(2):
                tasks.create_task(anyio.to_thread.run_sync(log.info, "line of %d", n))

    @app.get("/thread/{n}")
    async def thread(n: int) -> None:
        otel_kit.bind(user_id=f"u{n}")
        worker = threading.Thread(target=log.info, args=("line of %d", n))
        worker.start()
        worker.join()

    @app.get("/timer/{n}")
    async def timer(n: int) -> None:
        otel_kit.bind(user_id=f"u{n}")
        worker = threading.Timer(0, log.info, args=("line of %d", n))
        worker.start()
        worker.join()

    @app.get("/pool/{n}")
    async def pool(n: int) -> None:
        otel_kit.bind(user_id=f"u{n}")
        _POOL.submit(log.info, "line of %d", n).result()
        list(_POOL.map(lambda _: log.info("line of %d", n), range(2)))

    @app.get("/executor/{n}")
    async def executor(n: int) -> None:
        otel_kit.bind(user_id=f"u{n}")
        await asyncio.get_running_loop().run_in_executor(None, log.info, "line of %d", n)
        await asyncio.get_running_loop().run_in_executor(_POOL, log.info, "line of %d", n)
        await asyncio.to_thread(log.info, "line of %d", n)

    @app.get("/sync/{n}")
    def synchronous(n: int) -> None:
        otel_kit.bind(user_id=f"u{n}")
        log.info("line of %d", n)

    def user(n: int) -> None:
        otel_kit.bind(user_id=f"u{n}")
        log.info("line of %d", n)

    @app.get("/dependency/{n}", dependencies=[Depends(user)])
    async def dependency(n: int) -> None:
        log.info("line of %d", n)

    @app.get("/yield/{n}")
    def yields(n: Annotated[int, Depends(session)]) -> None:
        log.info("line of %d", n)

    @app.get("/background/{n}")
    async def background(n: int, later: BackgroundTasks) -> None:
        otel_kit.bind(user_id=f"u{n}")

        async def asynchronously() -> None:
            log.info("line of %d", n)

        later.add_task(log.info, "line of %d", n)
        later.add_task(asynchronously)

    @app.get("/exception/{n}")
    async def exception(n: int) -> None:
        otel_kit.bind(user_id=f"u{n}")
        try:
            raise ValueError
        except ValueError:
            log.exception("line of %d", n)

    return app


_WAYS = {
    "await": 1, "task": 2, "group": 2, "thread": 1, "timer": 1, "pool": 3, "executor": 3, "sync": 1,
    "dependency": 2, "yield": 3, "background": 2, "exception": 1,
}  # fmt: skip


def ids(record: Log) -> tuple[str, str, Any, Any]:
    """Return what ties a record to its request."""
    return (
        record.trace_id, record.span_id, record.attributes.get("otel_kit.request_id"), record.attributes.get("user.id")
    )  # fmt: skip


def ids_of(reply: Reply, n: int) -> tuple[str, str, Any, Any]:
    """Return what the records of a request must carry."""
    _, trace_id, span_id, _ = str(reply.header("traceresponse")).split("-")
    return trace_id, span_id, reply.header("x-request-id"), f"u{n}"


@pytest.mark.parametrize("way", _WAYS)
def test_each_line_of_concurrent_requests_belongs_to_its_own(kit: StartKit, otlp: OtlpSink, way: str) -> None:
    """Twenty at once: each line has the ids of the request that wrote it and its user, no other's."""
    running = kit()
    app = running.instrument_app(build())

    async def all_at_once() -> list[Reply]:
        return await asyncio.gather(*(arequest(app, f"/{way}/{n}") for n in range(20)))

    replies = asyncio.run(all_at_once())

    assert [reply.status for reply in replies] == [200] * 20
    assert running.flush()
    lines: dict[int, list[tuple[str, str, Any, Any]]] = defaultdict(list)
    for record in otlp.logs():
        if record.attributes["otel_kit.logger.name"] == "shop":
            lines[int(record.body.rpartition(" ")[2])].append(ids(record))
    wanted = {n: [ids_of(reply, n)] * _WAYS[way] for n, reply in enumerate(replies)}
    if way == "background":
        # Once contrib was used in the process, background tasks have spans of their own.
        assert _without_span_ids(lines) == _without_span_ids(wanted)
    else:
        assert lines == wanted


def _without_span_ids(lines: dict[int, list[tuple[str, str, Any, Any]]]) -> dict[int, list[tuple[str, Any, Any]]]:
    return {n: [(trace_id, *rest) for trace_id, _, *rest in found] for n, found in lines.items()}


def test_the_requests_span_gets_what_was_bound(kit: StartKit, otlp: OtlpSink) -> None:
    """And spans started afterwards too."""
    from opentelemetry import trace

    running = kit()
    app = FastAPI()

    @app.get("/")
    async def root() -> None:
        otel_kit.bind(user_id="u", session_id="s", tenant="t")
        with trace.get_tracer("app").start_as_current_span("child"):
            return

    reply = request(running.instrument_app(app))

    assert running.flush()
    wanted = {
        "user.id": "u",
        "session.id": "s",
        "otel_kit.tenant": "t",
        "otel_kit.request_id": reply.header("x-request-id"),
    }
    for span in otlp.spans():
        assert {name: span.attributes.get(name) for name in wanted} == wanted, span.name


def test_current_tells_the_ids_of_the_request(kit: StartKit) -> None:
    """For the page that says: please report this number."""
    app = FastAPI()
    seen: list[Any] = []

    @app.get("/")
    def root() -> None:
        seen.append(otel_kit.current())

    reply = request(kit().instrument_app(app))

    (now,) = seen
    assert (now.trace_id, now.span_id, now.request_id) == ids_of(reply, 0)[:3]


@pytest.mark.parametrize("raises", ["HTTPException", "Exception", "unhandled", "validation"])
def test_error_pages_show_the_ids_of_their_request(kit: StartKit, otlp: OtlpSink, raises: str) -> None:
    """In FastAPI's exception handlers, that for 500 included: what the user reports finds the trace."""
    app = FastAPI()

    async def page(_request: Request, _error: Exception) -> JSONResponse:
        now = otel_kit.current()
        return JSONResponse({"ids": [now.trace_id, now.span_id, now.request_id, now.bound.get("user.id")]}, 500)

    kinds: dict[str, Any] = {"HTTPException": HTTPException, "Exception": ArithmeticError, "unhandled": Exception}
    app.add_exception_handler(kinds.get(raises, RequestValidationError), page)

    @app.get("/{n}")
    def fails(n: str, number: int = 0) -> None:
        otel_kit.bind(user_id="u")
        raise HTTPException(404) if raises == "HTTPException" else ArithmeticError

    running = kit()
    reply = request(running.instrument_app(app), "/1?number=x" if raises == "validation" else "/1")

    assert running.flush()
    (span,) = [span for span in otlp.spans() if span.kind == "SERVER"]
    user = None if raises == "validation" else "u"
    assert json.loads(reply.body)["ids"] == [span.trace_id, span.span_id, reply.header("x-request-id"), user]


def test_current_tells_the_ids_in_websockets_and_background_tasks(kit: StartKit, otlp: OtlpSink) -> None:
    """A websocket has a request id too."""
    running = kit()
    app = FastAPI()
    seen: dict[str, Any] = {}

    def note(name: str) -> None:
        seen[name] = otel_kit.current()

    @app.websocket("/ws")
    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        note("ws")
        await socket.close()

    @app.get("/later")
    async def later(tasks: BackgroundTasks) -> None:
        tasks.add_task(note, "background")

    app = running.instrument_app(app)
    websocket(app, "/ws")
    reply = request(app, "/later")

    assert running.flush()
    (ws,) = [span for span in otlp.spans() if span.name.startswith("WS")]
    assert (seen["ws"].trace_id, seen["ws"].span_id) == (ws.trace_id, ws.span_id)
    assert seen["ws"].request_id == ws.attributes["otel_kit.request_id"]
    assert seen["background"].request_id == reply.header("x-request-id")
    assert seen["background"].trace_id == str(reply.header("traceresponse")).split("-")[1]


_OWN = [(b"server-timing", b"db;dur=5"), (b"X-Request-Id", b"own"), (b"traceresponse", b"own")]


@pytest.mark.parametrize(
    ("setting", "own", "names"),
    [
        (None, [], ["server-timing", "traceresponse", "x-request-id"]),
        (["server-timing"], [], ["server-timing"]),
        ("traceresponse,x-request-id", [], ["traceresponse", "x-request-id"]),
        ("none", [], []),
        ([], [], []),
        (None, _OWN, ["server-timing", "server-timing", "traceresponse", "x-request-id"]),
        (None, [(b"Server-Timing", b'traceparent;desc="own"')], ["server-timing", "traceresponse", "x-request-id"]),
    ],
)
def test_the_response_tells_its_ids_as_the_setting_says(
    kit: StartKit, setting: Any, own: Any, names: list[str]
) -> None:
    """What the application sets itself stays; its Server-Timing gets company."""

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": list(own)})
        await send({"type": "http.response.body", "body": b""})

    running = kit(settings={} if setting is None else {"web.response_ids": setting})
    reply = request(running.instrument_app(app))

    assert sorted(name.lower() for name, _ in reply.headers) == names
    values = [value for name, value in reply.headers if name.lower() == "server-timing"]
    if own == _OWN:
        assert values[0] == "db;dur=5"
        assert [value for _, value in reply.headers].count("own") == 2
    if own:
        return
    if "server-timing" in names and "traceresponse" in names:
        assert values == [f'traceparent;desc="{reply.header("traceresponse")}"']


def test_nothing_of_a_request_stays_behind(kit: StartKit, otlp: OtlpSink) -> None:
    """Neither on the loop nor in the threads of pools."""
    running = kit()
    app = running.instrument_app(build())

    async def scenario() -> None:
        await arequest(app, "/pool/1")
        await arequest(app, "/executor/2")
        log.info("after")

    asyncio.run(scenario())
    with ThreadPoolExecutor(1) as pool:
        pool.submit(log.info, "after").result()

    assert running.flush()
    assert [ids(record) for record in otlp.logs("after")] == [("", "", None, None)] * 2


def test_blocks_of_concurrent_tasks_of_one_request(kit: StartKit, otlp: OtlpSink) -> None:
    """``with bind`` in each of them: lines carry their own part only."""
    running = kit()
    app = FastAPI()

    @app.get("/")
    async def root() -> None:
        barrier = asyncio.Barrier(3)

        async def part(name: str) -> None:
            with otel_kit.bind(part=name):
                await barrier.wait()
                log.info("part %s", name)
                await barrier.wait()

        await asyncio.gather(*(part(name) for name in "abc"))
        log.info("whole")

    request(running.instrument_app(app))

    assert running.flush()
    parts = {record.body: record.attributes.get("part") for record in otlp.logs()}
    assert parts == {"part a": "a", "part b": "b", "part c": "c", "whole": None}


def test_what_a_record_says_itself_goes_before_what_is_bound(kit: StartKit, otlp: OtlpSink) -> None:
    """``extra`` is nearer."""
    running = kit()
    with otel_kit.bind(colour="red", size=1):
        log.info("x", extra={"colour": "blue"})

    assert running.flush()
    (record,) = otlp.logs("x")
    assert (record.attributes["colour"], record.attributes["size"]) == ("blue", 1)


_APP = """
    import logging
    import otel_kit
    from fastapi import FastAPI

    app = FastAPI()
    kit = otel_kit.init("shop", app=app, settings={"metrics.machine": False})

    @app.get("/healthz")
    async def health():
        return {}

    @app.get("/items")
    async def items(mail: str = ""):
        logging.getLogger("shop").warning("asked by %s", mail)
        return {}

    @app.get("/boom")
    async def boom():
        raise ValueError("card 4111 1111 1111 1111 of bob@example.com")
"""


def test_records_of_a_real_uvicorn_arrive_with_ids_and_its_console_is_redacted(tmp_path: Path, otlp: OtlpSink) -> None:
    """uvicorn.access and uvicorn.error are exported; the planted address is in neither its output nor the telemetry."""
    (tmp_path / "shop.py").write_text(textwrap.dedent(_APP))
    server = Uvicorn(tmp_path, "shop:app", env={"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint})
    try:
        _, asked = server.get("/items?mail=alice%40example.com&card=4111111111111111")
        server.get("/items?mail=alice@example.com")
        _, failed = server.get("/boom")
        eventually(lambda: "/boom" in server.stdout, "the access line is on standard output")
    finally:
        server.stop()

    # Standard output has the access lines, standard error the rest.
    assert "GET /items?mail=a***%40example.com" in server.stdout
    assert "200" in server.stdout
    for planted in ("alice", "bob@", "4111111111111111", "4111 1111 1111 1111"):
        assert planted not in server.stdout + server.stderr, planted
        assert planted.encode() not in otlp.bodies(), planted
    assert "ValueError: card 4111-****-****-1111 of b***@example.com" in server.stderr
    assert "asked by a***@example.com" in server.stderr  # nobody configured logging: Python's last resort prints it

    by_logger: dict[str, list[Log]] = defaultdict(list)
    for record in otlp.logs():
        by_logger[record.attributes["otel_kit.logger.name"]].append(record)
    access = [record for record in by_logger["uvicorn.access"] if "/items?mail=a***%40" in record.body]
    assert [record.body.count("200") for record in access] == [1]
    _, trace_id, span_id, _ = asked["traceresponse"].split("-")
    assert ids(access[0])[:3] == (trace_id, span_id, asked["x-request-id"])
    (error,) = [record for record in by_logger["uvicorn.error"] if "exception.type" in record.attributes]
    _, trace_id, span_id, _ = failed["traceresponse"].split("-")
    assert ids(error)[:3] == (trace_id, span_id, failed["x-request-id"])
    assert error.attributes["exception.type"] == "ValueError"
    assert any("Shutting down" in record.body for record in by_logger["uvicorn.error"])
