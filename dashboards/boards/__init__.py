"""The boards, one a file: each has a function ``board()``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from dashboards.board import Board
from dashboards.boards import alerts, dependencies, home, llm, logs, objectives, pipeline, runtime, security, service

BOARDS: Final[tuple[Callable[[], Board], ...]] = (
    home.board,
    service.board,
    dependencies.board,
    logs.board,
    runtime.board,
    llm.board,
    security.board,
    objectives.board,
    pipeline.board,
    alerts.board,
)
"""In the order in which people meet them."""
