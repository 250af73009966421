"""The viewer, put together: store, recorder, receivers and API, on one event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import socket
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from otel_kit.local import ports
from otel_kit.local.api import Viewer, new_api
from otel_kit.local.commits import Commits
from otel_kit.local.decode.scrub import Scrubber
from otel_kit.local.intake import Intake
from otel_kit.local.receiver.http import OtlpHttp
from otel_kit.local.recorder import Recorder
from otel_kit.local.security import LoopbackOnly, own_origins
from otel_kit.local.store.reading import Readers
from otel_kit.local.store.retention import Limits, Pruner
from otel_kit.local.store.writer import StoreWriter
from otel_kit.redaction.redactor import Redactor, default_redactor

_STOP_S = 2


@dataclass(frozen=True, slots=True)
class Options:
    """What a viewer is started with. Port 0 lets the system choose; ``grpc_port`` None leaves gRPC out."""

    path: Path
    retention_s: float = 86_400.0
    max_bytes: int = 1 << 30
    page_port: int = 4319
    http_port: int = 4318
    grpc_port: int | None = 4317
    queue_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a running viewer answers. ``grpc`` is None without grpcio; ``moved`` are wanted ports that were taken."""

    page: str
    http: str
    grpc: str | None
    moved: dict[int, int] = field(default_factory=dict)


class LocalServer:
    """A viewer that can be started once and stopped once. Blocks only in these two calls."""

    def __init__(self, options: Options, redactor: Redactor | None = None) -> None:
        """Open the store and bind the ports; nothing is answered before ``start``.

        Raises:
            StoreUnusable: the file cannot be used.
            NoPort: no port could be bound.
        """
        self._options = options
        redactor = redactor or default_redactor()
        limits = Limits(int(options.retention_s * 1e9), options.max_bytes)
        self._writer = StoreWriter(options.path, options.max_bytes, time.time_ns)
        try:
            self._page_socket = ports.listen(options.page_port)
            self._http_socket = ports.listen(options.http_port)
        except ports.NoPort:
            self._writer.close()
            raise
        self._commits = Commits()
        self._intake = Intake(options.queue_bytes) if options.queue_bytes else Intake()
        pruner = Pruner(self._writer, limits, time.time_ns)
        self._scrub = Scrubber(redactor)
        self._recorder = Recorder(self._intake, self._writer, pruner, self._scrub, self._commits.announce)
        self._readers = Readers(options.path)
        self._limits = limits
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._started = threading.Event()
        self._failure: BaseException | None = None
        self._grpc_port: int | None = None
        self._thread = threading.Thread(target=self._run, name="otel-kit-viewer", daemon=True)

    def start(self) -> Endpoints:
        """Start all threads and return where the viewer answers."""
        self._recorder.start()
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            self._recorder.stop()
            raise self._failure
        return self.endpoints

    @property
    def endpoints(self) -> Endpoints:
        """Where the started viewer answers."""
        options = self._options
        page, http, grpc = _port(self._page_socket), _port(self._http_socket), self._grpc_port
        wanted = {options.page_port: page, options.http_port: http, options.grpc_port or 0: grpc or 0}
        return Endpoints(
            page=f"http://{ports.LOOPBACK}:{page}",
            http=f"http://{ports.LOOPBACK}:{http}",
            grpc=f"http://{ports.LOOPBACK}:{grpc}" if grpc else None,
            moved={want: got for want, got in wanted.items() if want and got and want != got},
        )

    def use(self, redactor: Redactor) -> None:
        """Redact by ``redactor`` from the next request on; any thread."""
        self._scrub.use(redactor)

    def stop(self) -> None:
        """Answer what is being received, store what waits, close the file."""
        if self._loop is not None and self._stopping is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended by itself
                self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._readers.close()  # first: the last connection to close folds the write-ahead log into the file
        self._recorder.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failure = error
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        self._commits.attach(self._loop)
        grpc_server = await self._start_grpc()
        page_port = _port(self._page_socket)
        viewer = self._viewer(page_port)
        receiver = OtlpHttp(self._intake, self._recorder.counts, time.time_ns)
        servers = [
            _server(LoopbackOnly(new_api(viewer), page_port)),
            _server(LoopbackOnly(receiver, page_port)),
        ]
        sockets = [self._page_socket, self._http_socket]
        serving = [
            asyncio.create_task(server.serve(sockets=[bound])) for server, bound in zip(servers, sockets, strict=True)
        ]
        self._started.set()  # the sockets listen already: what connects from now on is answered in a moment
        await self._stopping.wait()
        self._commits.close()
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*serving)
        if grpc_server is not None:
            await grpc_server.stop(_STOP_S)

    async def _start_grpc(self) -> Any:
        if self._options.grpc_port is None or not has_grpc():
            return None
        from otel_kit.local.receiver import grpc as receiver  # grpcio is an extra

        server = receiver.new_server(self._intake, self._recorder.counts, time.time_ns)
        for port in ports.candidates(self._options.grpc_port):
            if not ports.is_free(port):
                continue  # gRPC would print a page about it
            try:
                self._grpc_port = server.add_insecure_port(f"{ports.LOOPBACK}:{port}")
            except RuntimeError:
                continue
            await server.start()
            return server
        raise ports.NoPort(f"no port can be opened on {ports.LOOPBACK}")

    def _viewer(self, page_port: int) -> Viewer:
        endpoints = self.endpoints
        return Viewer(
            readers=self._readers,
            recorder=self._recorder,
            intake=self._intake,
            commits=self._commits,
            now=time.time_ns,
            path=self._options.path,
            limits=self._limits,
            endpoints={"http": endpoints.http, "grpc": endpoints.grpc, "page": endpoints.page},
            redactor=lambda: self._scrub.redactor,
            started=time.time_ns(),
            origins=own_origins(page_port),
        )


def has_grpc() -> bool:
    """Whether grpcio is installed."""
    return importlib.util.find_spec("grpc") is not None


def _server(app: Any) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="error",
        server_header=False,
        timeout_graceful_shutdown=_STOP_S,
        ws="none",
    )
    return uvicorn.Server(config)


def _port(bound: socket.socket) -> int:
    port: int = bound.getsockname()[1]
    return port
