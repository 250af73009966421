"""Streams on their way through: every chunk is handed on as it is, and looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Final, Protocol

_OWN: Final = ("_source", "_watcher", "_iterator", "_is_over")


class Watcher(Protocol):
    """What is told about a stream. None of it raises."""

    def chunk(self, chunk: Any) -> None:
        """A chunk has come."""

    def ended(self, *, exhausted: bool) -> None:
        """Nothing comes any more: the stream is at its end, or was closed before."""

    def broke(self, error: BaseException) -> None:
        """Reading has failed."""

    def dropped(self) -> None:
        """Nobody holds the stream any more. Called by the garbage collector: only what cannot block may be done."""


class Stream:
    """A stream of a client library; iterates as it does, and has all else that it has.

    Synchronous or asynchronous, whichever the stream is.
    """

    def __init__(self, source: Any, watcher: Watcher) -> None:
        self._source = source
        self._watcher = watcher
        self._iterator: Any = None
        self._is_over = False

    def __iter__(self) -> Iterator[Any]:
        self._iterator = iter(self._source)
        return self

    def __next__(self) -> Any:
        if self._iterator is None:
            self._iterator = iter(self._source)
        try:
            chunk = next(self._iterator)
        except StopIteration:
            self._end(exhausted=True)
            raise
        except BaseException as error:
            self._break(error)
            raise
        self._watcher.chunk(chunk)
        return chunk

    def __aiter__(self) -> AsyncIterator[Any]:
        self._iterator = aiter(self._source)
        return self

    async def __anext__(self) -> Any:
        if self._iterator is None:
            self._iterator = aiter(self._source)
        try:
            chunk = await anext(self._iterator)
        except StopAsyncIteration:
            self._end(exhausted=True)
            raise
        except BaseException as error:
            self._break(error)
            raise
        self._watcher.chunk(chunk)
        return chunk

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    async def __aenter__(self) -> Stream:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the stream and wait for it."""
        result = self.close()
        if hasattr(result, "__await__"):
            await result

    def close(self) -> Any:
        """Close the stream; returns what the stream's own ``close`` returns, to be awaited if that is."""
        self._end(exhausted=False)
        for name in ("close", "aclose"):
            close = getattr(self._source, name, None)
            if close is not None:
                return close()
        return None

    def __getattr__(self, name: str) -> Any:
        if name in _OWN:  # of an instance that was never made, as copy makes them
            raise AttributeError(name)
        return getattr(self._source, name)

    def __del__(self) -> None:
        if not getattr(self, "_is_over", True):
            self._watcher.dropped()

    def _end(self, *, exhausted: bool) -> None:
        if not self._is_over:
            self._is_over = True
            self._watcher.ended(exhausted=exhausted)

    def _break(self, error: BaseException) -> None:
        if not self._is_over:
            self._is_over = True
            self._watcher.broke(error)
