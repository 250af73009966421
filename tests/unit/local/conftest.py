"""A real viewer on free ports, with a real file."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from otel_kit.local.server import LocalServer, Options
from tests.unit.local.client import RunningViewer

StartViewer = Callable[..., RunningViewer]


@pytest.fixture
def start_viewer(tmp_path: Path) -> Iterator[StartViewer]:
    """A function that starts a viewer, with other options if wanted; all are stopped after the test."""
    with contextlib.ExitStack() as ends:

        def start(**more: Any) -> RunningViewer:
            defaults = {"path": tmp_path / "view.sqlite3", "page_port": 0, "http_port": 0, "grpc_port": None}
            server = LocalServer(Options(**{**defaults, **more}))
            endpoints = server.start()
            ends.callback(server.stop)
            return RunningViewer(server, endpoints)

        yield start


@pytest.fixture
def viewer(start_viewer: StartViewer) -> RunningViewer:
    """A running viewer without gRPC."""
    return start_viewer()
