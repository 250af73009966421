"""Where async checks run: on the application's event loop, because its clients live there, else on a private one."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Awaitable, Callable

from opentelemetry import context as otel_context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, Context

from otel_kit.healthchecks.results import Outcome, failure_of, outcome_of, unhealthy

Finish = Callable[[Outcome], object]


def suppressed() -> Context:
    """Return an empty context in which nothing is traced: a check is nobody's request."""
    return otel_context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, True, Context())


class Loops:
    """Knows the application's loop, has a private one where there is none. Thread-safe."""

    _application: asyncio.AbstractEventLoop | None
    _private: asyncio.AbstractEventLoop | None

    def __init__(self) -> None:
        self.after_fork()

    def use(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run checks on ``loop`` from now on, as long as it runs."""
        self._application = loop

    def start(
        self, make: Callable[[], Awaitable[object]], finish: Finish, *, blocking: bool = False
    ) -> Callable[[], object]:
        """Run what ``make`` returns and hand what came of it to ``finish``; returns how to cancel it.

        A ``blocking`` caller on the application's own loop is served by the private one, or it would wait for itself.
        Raises RuntimeError when there is no loop to be had, at the end of the interpreter.
        """
        loop = self._application
        if loop is None or (blocking and loop is _running_loop()) or not loop.is_running():
            loop = self._private_loop()
        tasks: list[asyncio.Task[None]] = []

        async def body() -> None:
            try:
                outcome = outcome_of(await make())
            except asyncio.CancelledError:
                finish(unhealthy("the check was cancelled"))
                raise
            except Exception as error:
                outcome = failure_of(error)
            finish(outcome)

        def begin() -> None:
            context = contextvars.Context()
            context.run(otel_context.attach, suppressed())
            tasks.append(loop.create_task(body(), context=context))

        def cancel() -> None:
            for task in tasks:
                task.cancel()

        loop.call_soon_threadsafe(begin)
        return lambda: loop.is_closed() or loop.call_soon_threadsafe(cancel)

    def stop(self) -> None:
        """End the private loop. Does not wait."""
        with self._lock:
            private, self._private = self._private, None
        if private is not None and not private.is_closed():
            private.call_soon_threadsafe(private.stop)

    def after_fork(self) -> None:
        """Know of no loop in a child: its parent's run there only."""
        self._lock = threading.RLock()
        self._application = self._private = None

    def _private_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._private is None:
                loop = asyncio.new_event_loop()
                thread = threading.Thread(target=_serve, args=(loop,), name="otel-kit health loop", daemon=True)
                try:
                    thread.start()
                except RuntimeError:
                    loop.close()
                    raise
                self._private = loop
            return self._private


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    finally:
        asyncio.set_event_loop(None)
        loop.close()
