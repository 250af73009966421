"""A rotated file becomes a compressed one, piece by piece, between the batches of the sink's thread.

The compressed file gets its name only when all of it is on the disk, and only then the plain one goes: whenever a
process dies in between, one of them is complete, and the next process finishes the work.
"""

from __future__ import annotations

import contextlib
import os
import zlib
from collections.abc import Iterator
from typing import Protocol

from otel_kit.errors import MissingExtra
from otel_kit.logs.sinks.files.lock import try_lock, unlock
from otel_kit.logs.sinks.files.names import PART, SUFFIXES

_PIECE_BYTES = 1 << 20
_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


def compressor(kind: str) -> _Compressor:
    """Return a new compressor for gzip or zstd.

    Raises:
        MissingExtra: zstd needs a package that is not installed.
    """
    if kind == "gzip":
        return zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS | 16)  # 16: with gzip's header
    try:
        from compression.zstd import ZstdCompressor  # type: ignore[import-not-found,unused-ignore]  # Python 3.14

        return ZstdCompressor()  # type: ignore[no-any-return,unused-ignore]
    except ImportError:
        try:
            import zstandard
        except ImportError as error:
            raise MissingExtra("logs.file.compression=zstd", "zstd", "zstandard") from error
        return zstandard.ZstdCompressor(level=3, write_checksum=True).compressobj()


def compressing(source: str, kind: str) -> Iterator[None]:
    """Compress one rotated file, a piece for each step; another process that is at it is left to it.

    Raises OSError, with the plain file as it was.
    """
    try:
        plain = os.open(source, os.O_RDONLY | _FLAGS)
    except FileNotFoundError:
        return
    try:
        if not try_lock(plain) or not os.path.exists(source):
            return
        target = source + SUFFIXES[kind]
        if not os.path.lexists(target):
            yield from _pieces(plain, target, kind)
        os.unlink(source)
    except FileNotFoundError:  # deleted meanwhile, by age or size
        return
    finally:
        unlock(plain)  # a child that was forked meanwhile shares the lock
        os.close(plain)


def _pieces(plain: int, target: str, kind: str) -> Iterator[None]:
    part = target + PART
    out = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _FLAGS, 0o600)
    done, owner = False, os.getpid()
    try:
        try:
            compress = compressor(kind)
            while piece := os.read(plain, _PIECE_BYTES):
                _write_all(out, compress.compress(piece))
                yield
            _write_all(out, compress.flush())
            os.fsync(out)
        finally:
            os.close(out)
        os.rename(part, target)
        done = True
        _sync_folder(os.path.dirname(target))
    finally:
        if not done and os.getpid() == owner:  # a forked child gives up its copy of this, not the parent's file
            with contextlib.suppress(OSError):
                os.unlink(part)


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _sync_folder(folder: str) -> None:
    """Have the new name on the disk before the old one goes (where folders can be opened: not on Windows)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder or ".", os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
