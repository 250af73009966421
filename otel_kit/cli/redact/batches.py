"""Lines of bytes as they arrive: what can be read without waiting comes in one batch."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

MAX_LINE = 16 << 20  # of a longer line the rest is dropped: strings are cut at a fraction of this
_CHUNK = 1 << 16


class Batch(NamedTuple):
    """Lines without their LF. ``ended`` is false for a last line that had none."""

    lines: list[bytes]
    ended: bool


def batches(stream: BinaryIO) -> Iterator[Batch]:
    """Yield the lines of ``stream``; only LF ends one. Memory stays bounded whatever a line's length.

    Blocks only while there is nothing to read, so that a line can go on before the next one arrives.
    """
    pending: list[bytes] = []
    kept = 0
    while chunk := _read(stream):
        lines = chunk.split(b"\n")
        if len(lines) > 1:
            lines[0] = b"".join([*pending, lines[0]])
            pending, kept = [lines.pop()], 0
            yield Batch(lines, ended=True)
        elif kept < MAX_LINE:
            pending.append(chunk)
        kept += len(pending[-1])
    last = b"".join(pending)
    if last:
        yield Batch([last], ended=False)


def _read(stream: BinaryIO) -> bytes:
    # read() would wait until the whole chunk is there.
    return stream.read1(_CHUNK) if isinstance(stream, io.BufferedReader | io.BytesIO) else stream.read(_CHUNK)
