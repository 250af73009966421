"""Live tail: log records as server-sent events, the moment they are committed."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import Response, StreamingResponse

from otel_kit.local import jsontext
from otel_kit.local.commits import Commits
from otel_kit.local.store.reader_logs import LogFilter, last_log, logs_since
from otel_kit.local.store.reading import QueryTooSlow, Readers

_KEEP_ALIVE_S = 10.0
_MOST = 500  # records of one query


async def tail(readers: Readers, commits: Commits, wanted: LogFilter) -> Response:
    """Return an endless response with every matching record that arrives from now on."""
    last = await readers.run(last_log)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(readers, commits, wanted, last), media_type="text/event-stream", headers=headers)


async def _events(readers: Readers, commits: Commits, wanted: LogFilter, last: int) -> AsyncIterator[str]:
    yield ": tail\n\n"
    while not commits.is_closed:
        seen = commits.count
        try:
            logs, last, is_full = await readers.run(functools.partial(_since, wanted=wanted, last=last))
        except QueryTooSlow:
            yield 'event: problem\ndata: "the search took too long"\n\n'
            return
        for log in logs:
            yield f"data: {jsontext.encode(log)}\n\n"
        if not is_full and not await commits.beyond(seen, _KEEP_ALIVE_S):
            yield ": keep-alive\n\n"


def _since(connection: sqlite3.Connection, wanted: LogFilter, last: int) -> tuple[list[dict[str, Any]], int, bool]:
    """Return matching records behind ``last``, up to which id all were looked at, and whether there may be more."""
    logs = logs_since(connection, wanted, last, _MOST)
    if len(logs) == _MOST:
        return logs, logs[-1]["id"], True
    return logs, max(last, last_log(connection)), False
