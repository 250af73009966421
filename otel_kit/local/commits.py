"""Tells the event loop that the writer has committed."""

from __future__ import annotations

import asyncio


class Commits:
    """Counts commits; coroutines of one event loop can wait for the next. ``announce`` may be called by any thread."""

    def __init__(self) -> None:
        self.count = 0
        self.is_closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: set[asyncio.Future[None]] = set()

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say which loop the waiting coroutines run in."""
        self._loop = loop

    def announce(self) -> None:
        """Wake all that wait. Does not block."""
        if self._loop is None:
            return
        try:
            self._loop.call_soon_threadsafe(self._wake)
        except RuntimeError:
            return  # the loop is closed: nobody waits any more

    def close(self) -> None:
        """Wake all that wait, for good. Within the loop."""
        self.is_closed = True
        self._wake()

    async def beyond(self, count: int, timeout_s: float) -> bool:
        """Wait until there were more than ``count`` commits; False after ``timeout_s``, or when there will be none."""
        if self.count > count or self.is_closed:
            return not self.is_closed
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            async with asyncio.timeout(timeout_s):
                await waiter
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(waiter)
        return not self.is_closed

    def _wake(self) -> None:
        self.count += 1
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
