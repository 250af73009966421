"""Records on standard error or output: text in a terminal, JSON lines otherwise. Nothing is raised."""

from __future__ import annotations

import codecs
import logging
import os
import select
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from otel_kit.logs.sinks.elsewhere import prints_elsewhere
from otel_kit.logs.sinks.fields import component_of, level_of
from otel_kit.logs.sinks.json_lines import json_line
from otel_kit.logs.sinks.outcome import Outcome
from otel_kit.logs.sinks.text_lines import text_lines
from otel_kit.settings.terminal import wants_colour

NAME = "console"
CLOSED = "closed"
FAILED = "failed"
# What a pipe takes at once or not at all, so that the lines of several processes do not mix (POSIX: at least 512).
_PIPE_BYTES = getattr(select, "PIPE_BUF", 512)
_WRITE_TIMEOUT_S = 2.0

Form = Literal["text", "json"]


class Console:
    """Writes to ``sys.stderr`` or ``sys.stdout`` as they are at the moment, for a mode out of ``logs.console``."""

    name = NAME

    def __init__(self, mode: str, stream: str) -> None:
        self.use(mode, stream)

    def use(self, mode: str, stream: str) -> None:
        """Follow the settings from the next batch on."""
        self._mode = mode
        self._stream = stream

    @property
    def is_on(self) -> bool:
        """Whether there is anything to print: in ``auto`` only in a terminal."""
        return self._mode not in ("off", "auto") or (self._mode == "auto" and is_terminal(self._stream_now()))

    def shows(self, component: str, level: int) -> bool:
        """Whether a record of this component, at this level of logging's, is printed."""
        return self._mode != "auto" or not prints_elsewhere(component, level)

    def write(self, records: Sequence[Any]) -> Outcome:
        """Print what is to be printed here; a stream that is gone counts, and is tried again with the next batch."""
        shown = [record for record in records if self.shows(component_of(record), _level_number(record))]
        if self._mode == "off" or not shown:
            return Outcome()
        stream = self._stream_now()
        if stream is None:
            return Outcome(dropped={CLOSED: len(shown)}, error="no stream")
        try:
            in_terminal = is_terminal(stream)
            if self._form(in_terminal) == "json":
                _put(stream, [json_line(record) for record in shown], "utf-8")
            else:
                coloured, encoding = in_terminal and wants_colour(), _encoding(stream)
                lines = [text_lines(record, coloured=coloured) for record in shown]
                _put(stream, [line.encode(encoding, "backslashreplace") for line in lines], encoding)
        except (OSError, ValueError) as error:  # the reader has gone, the stream is closed
            return Outcome(dropped={CLOSED: len(shown)}, error=type(error).__name__)
        except Exception as error:  # a stream of somebody's own may do anything
            return Outcome(dropped={FAILED: len(shown)}, error=type(error).__name__)
        return Outcome(written=len(shown))

    def idle(self) -> float | None:
        """Nothing to do beside."""
        return None

    def close(self) -> None:
        """Leave the stream open: it is not the kit's."""

    def after_fork(self) -> None:
        """Nothing is held."""

    def _form(self, in_terminal: bool) -> Form:
        if self._mode in ("text", "json"):
            return "text" if self._mode == "text" else "json"
        return "text" if in_terminal else "json"

    def _stream_now(self) -> Any:
        return sys.stdout if self._stream == "stdout" else sys.stderr


def _level_number(record: Any) -> int:
    number: int = logging.getLevelNamesMapping()[level_of(record.log_record).upper()]
    return number


def is_terminal(stream: Any) -> bool:
    """Whether a stream is there, open, and a terminal."""
    try:
        return bool(stream.isatty())
    except Exception:  # None, closed, or somebody's own without the method
        return False


def _encoding(stream: Any) -> str:
    try:
        return codecs.lookup(stream.encoding).name
    except (AttributeError, LookupError, TypeError):  # has none, or one that Python does not know
        return "utf-8"


def _put(stream: Any, chunks: list[bytes], encoding: str) -> None:
    """Write past the stream's buffer where that is possible.

    A thread that holds the buffer's lock while the interpreter ends would bring it down.
    """
    number = _descriptor(stream)
    if number is not None:
        for block in _blocks(chunks):
            _put_all(number, block)
        return
    own = _encoding(stream)
    text = b"".join(chunks).decode(encoding)
    stream.write(text.encode(own, "backslashreplace").decode(own))
    stream.flush()


def _descriptor(stream: Any) -> int | None:
    """Return the descriptor of the process' own stream; somebody else's may do more with what it is given."""
    if os.name != "posix" or stream not in (sys.__stderr__, sys.__stdout__):
        return None
    try:
        number: int = stream.fileno()
    except OSError:  # UnsupportedOperation is one
        return None
    return number


def _blocks(chunks: list[bytes]) -> Iterator[bytes]:
    """Join lines as long as they go into a pipe at once."""
    block = b""
    for chunk in chunks:
        if block and len(block) + len(chunk) > _PIPE_BYTES:
            yield block
            block = b""
        block += chunk
    if block:
        yield block


def _put_all(number: int, block: bytes) -> None:
    """Write all of it; where the descriptor does not block, wait for the reader for a while."""
    while block:
        try:
            block = block[os.write(number, block) :]
        except BlockingIOError:
            if not select.select([], [number], [], _WRITE_TIMEOUT_S)[1]:
                raise
