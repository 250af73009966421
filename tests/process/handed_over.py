"""What other processes do with work that is handed to them; importable, as spawn needs it."""

from __future__ import annotations

import json
import logging
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from opentelemetry import trace

import otel_kit


def work(name: str) -> str:
    """Start the kit if this process has none, and leave a span and a log record with that name."""
    otel_kit.init("handing", settings={"logs.level": "info"})
    with trace.get_tracer("app").start_as_current_span(name):
        logging.getLogger("app").info(name)
    return name


def two(first: str, second: str) -> str:
    """Work with two arguments."""
    return work(f"{first} {second}")


def ids(*_: Any) -> str:
    """Return what this process knows of the caller, without a kit of its own."""
    now = otel_kit.current()
    return json.dumps([now.trace_id, now.span_id, dict(now.bound)], sort_keys=True)


def put_ids(queue: Any) -> None:
    """Put ``ids`` into a queue."""
    queue.put(ids())


class Own(multiprocessing.Process):
    """A process with a ``run`` of its own, of the default start method."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.work = name

    def run(self) -> None:
        """Work."""
        work(self.work)


def hand_over(method: str) -> list[str]:
    """Hand work over in every way; returns the names of the work."""
    context: Any = multiprocessing.get_context(method)
    multiprocessing.set_start_method(method, force=True)
    for process in (context.Process(target=work, args=("process",)), Own("own")):
        process.start()
        process.join()
    with context.Pool(2) as pool:
        names = [
            pool.apply(work, ("apply",)),
            pool.apply_async(work, ("apply_async",)).get(),
            *pool.map(work, ["map"]),
            *pool.starmap(two, [("star", "map")]),
            *pool.imap(work, ["imap"]),
            *pool.imap_unordered(work, ["imap_unordered"]),
        ]
        pool.close()
        pool.join()
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        names += [executor.submit(work, "submit").result(), *executor.map(work, ["executor.map"])]
    return ["process", "own", *names]


def without_context(act: Callable[[], Any]) -> Any:
    """Run ``act`` in an empty context."""
    from opentelemetry import context

    token = context.attach(context.Context())
    try:
        return act()
    finally:
        context.detach(token)


def pools_between_requests(method: str) -> list[str]:
    """Return what workers know that were born in one caller's context, asked by nobody and by another."""
    context: Any = multiprocessing.get_context(method)
    seen = []
    with otel_kit.bind(user_id="first"), context.Pool(1) as pool, ProcessPoolExecutor(1, mp_context=context) as other:
        asked = [lambda: pool.apply(ids), lambda: other.submit(ids).result()]
        seen += [ask() for ask in asked]
        seen += [without_context(ask) for ask in asked]
        with otel_kit.bind(user_id="second"):
            seen += [ask() for ask in asked]
    return seen
