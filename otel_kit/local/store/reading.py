"""Read-only connections on a few threads, each query within a time limit."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from otel_kit.local.store.schema import open_for_reading

T = TypeVar("T")
_WORKERS = 4
_LIMIT_S = 2.0
_STEPS = 20_000  # of SQLite's virtual machine between two looks at the clock, well below a millisecond


class QueryTooSlow(Exception):
    """A query was stopped at the time limit."""


class Readers:
    """Runs queries on the store beside the writer; every query sees what was committed when it began."""

    def __init__(self, path: Path, limit_s: float = _LIMIT_S) -> None:
        self._path, self._limit_s = path, limit_s
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._threads = ThreadPoolExecutor(_WORKERS, thread_name_prefix="otel-kit-reader")

    async def run(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Return what ``query`` returns.

        Raises:
            QueryTooSlow: it took longer than the limit.
            sqlite3.Error: the file cannot be read.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._run, query)

    def close(self) -> None:
        """Wait for running queries and close all connections."""
        self._threads.shutdown()
        while not self._idle.empty():
            self._idle.get_nowait().close()

    def _run(self, query: Callable[[sqlite3.Connection], T]) -> T:
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = open_for_reading(self._path)
        deadline = time.monotonic() + self._limit_s
        connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
        try:
            connection.execute("BEGIN")  # one snapshot for all statements of the query
            return query(connection)
        except sqlite3.OperationalError as error:
            if "interrupted" in str(error):
                raise QueryTooSlow from error
            raise
        finally:
            connection.set_progress_handler(None, 0)
            connection.rollback()
            self._idle.put(connection)
