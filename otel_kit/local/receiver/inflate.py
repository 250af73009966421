"""Gzip in steps: memory stays bounded whatever a small body claims to become."""

from __future__ import annotations

import zlib

MAX_BODY_BYTES = 16 << 20
"""Largest request, before and after decompression."""


class TooLarge(Exception):
    """The body is, or would become, larger than MAX_BODY_BYTES."""


class BadGzip(Exception):
    """The body is no complete gzip stream."""


class Inflater:
    """Decompresses a gzip stream of one or more members, chunk by chunk."""

    def __init__(self, max_bytes: int = MAX_BODY_BYTES) -> None:
        self._left = max_bytes
        self._member = _member()
        self._begun = False

    def feed(self, chunk: bytes) -> bytes:
        """Return what ``chunk`` decompresses to.

        Raises:
            BadGzip: it is no gzip.
            TooLarge: all in all it is more than allowed; at most one byte more was decompressed.
        """
        out = bytearray()
        while chunk:
            if self._member.eof:
                self._member = _member()
            self._begun = True
            try:
                piece = self._member.decompress(chunk, self._left + 1)
            except zlib.error as error:
                raise BadGzip(f"the body is not valid gzip: {error}") from error
            if len(piece) > self._left:
                raise TooLarge
            self._left -= len(piece)
            out += piece
            chunk = self._member.unconsumed_tail or self._member.unused_data
        return bytes(out)

    def finish(self) -> None:
        """Do nothing if the stream has ended where gzip says it ends.

        Raises:
            BadGzip: something is missing.
        """
        if not self._begun or not self._member.eof:
            raise BadGzip("the body is an incomplete gzip stream")


def inflate(body: bytes, max_bytes: int = MAX_BODY_BYTES) -> bytes:
    """Return a whole gzip body decompressed; raises as ``Inflater``."""
    inflater = Inflater(max_bytes)
    out = inflater.feed(body)
    inflater.finish()
    return out


def _member() -> zlib._Decompress:
    return zlib.decompressobj(wbits=31)
