"""Real viewers on free ports, with real files."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from otel_kit.local.server import LocalServer, Options
from tests.unit.local.client import RunningViewer

StartViewer = Callable[..., RunningViewer]


@contextlib.contextmanager
def running(folder: Path, **more: Any) -> Iterator[RunningViewer]:
    """Run a viewer, with other options if wanted."""
    defaults: dict[str, Any] = {"path": folder / "view.sqlite3", "page_port": 0, "http_port": 0, "grpc_port": None}
    server = LocalServer(Options(**{**defaults, **more}))
    endpoints = server.start()
    try:
        yield RunningViewer(server, endpoints)
    finally:
        server.stop()


@pytest.fixture
def start_viewer(tmp_path: Path) -> Iterator[StartViewer]:
    """A function that starts a viewer; all are stopped after the test."""
    with contextlib.ExitStack() as ends:
        yield lambda **more: ends.enter_context(running(tmp_path, **more))


@pytest.fixture
def viewer(start_viewer: StartViewer) -> RunningViewer:
    """A running viewer without gRPC and without data."""
    return start_viewer()


@pytest.fixture(scope="session")
def shared_viewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningViewer]:
    """A viewer that many tests ask, for those that store nothing and count nothing."""
    with running(tmp_path_factory.mktemp("shared")) as viewer:
        yield viewer
