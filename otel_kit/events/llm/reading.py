"""What a call is told about the streams that pass through it."""

from __future__ import annotations

from typing import Any, Protocol

from otel_kit.events.llm.answer import Answer
from otel_kit.events.llm.chunks import end_of_stream, read_chunk
from otel_kit.events.llm.failures import is_abandonment
from otel_kit.events.outlet import outlet


class Owner(Protocol):
    """The call that a stream belongs to."""

    def chunk_came(self) -> None:
        """A chunk has come."""

    def stream_over(self) -> None:
        """A stream has ended."""

    def stream_dropped(self) -> None:
        """A stream is held by nobody any more; no lock may be taken."""

    def failed(self, error: BaseException | str) -> None:
        """Reading has failed."""


class Reading:
    """One stream of a call. ``has_begun``: a chunk has come; ``is_over``: what comes now is not looked at any more."""

    def __init__(self, call: Owner, answer: Answer) -> None:
        self._call = call
        self._answer = answer
        self.has_begun = self.is_over = self.is_exhausted = False

    def chunk(self, chunk: Any) -> None:
        """Read a chunk. Never raises."""
        try:
            self.has_begun = True
            if not self.is_over:
                self._call.chunk_came()
                read_chunk(self._answer, chunk)
        except Exception as error:  # a chunk may be anything
            outlet().count_fault("llm_read", error)

    def ended(self, *, exhausted: bool) -> None:
        """Note the end of the stream. Never raises."""
        try:
            self.is_exhausted = exhausted
            self.leave()
            self._call.stream_over()
        except Exception as error:
            outlet().count_fault("llm", error)

    def broke(self, error: BaseException) -> None:
        """Note that reading has failed; a task that was cancelled is no failure."""
        if not is_abandonment(error):
            self._call.failed(error)
        self.ended(exhausted=False)

    def dropped(self) -> None:
        """Note that nobody will read on; called by the garbage collector, maybe within a lock: takes none."""
        self.leave()
        self._call.stream_dropped()

    def leave(self) -> None:
        """Take what has been read so far as all."""
        if not self.is_over:
            self.is_over = True
            end_of_stream(self._answer, exhausted=self.is_exhausted)
