"""The boards, one a file: each has a function ``board()``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from dashboards.board import Board
from dashboards.boards import home, llm, runtime

BOARDS: Final[tuple[Callable[[], Board], ...]] = (home.board, runtime.board, llm.board)
"""In the order in which people meet them."""
