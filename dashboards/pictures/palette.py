"""Makes pictures small: a PNG of the browser as one with 256 colours, which drawings hardly have more of."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from typing import Final

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_COLOURS: Final = 256
_RGB: Final = 2
_INDEXED: Final = 3


def with_palette(png: bytes) -> bytes:
    """Return the picture with a palette of its commonest colours; what is rarer becomes the nearest of them.

    Raises:
        ValueError: it is not what Chromium writes: eight bits, RGB, not interlaced.
    """
    chunks = dict(_chunks(png))
    width, height, depth, kind, _, _, interlace = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    if (depth, kind, interlace) != (8, _RGB, 0):
        raise ValueError("not a PNG of eight bits, RGB, not interlaced")
    rows = _rows(zlib.decompress(chunks[b"IDAT"]), width * 3)
    pixels = [list(zip(row[0::3], row[1::3], row[2::3], strict=True)) for row in rows]
    counted = Counter(pixel for row in pixels for pixel in row)
    palette = [colour for colour, _ in counted.most_common(_COLOURS)]
    places = {colour: place for place, colour in enumerate(palette)}
    for colour in counted:
        if colour not in places:
            places[colour] = min(range(len(palette)), key=lambda place: _distance(palette[place], colour))
    packed = b"".join(b"\0" + bytes(map(places.__getitem__, row)) for row in pixels)
    return b"".join([
        _SIGNATURE,
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, _INDEXED, 0, 0, 0)),
        _chunk(b"PLTE", bytes(value for colour in palette for value in colour)),
        _chunk(b"IDAT", zlib.compress(packed, 9)),
        _chunk(b"IEND", b""),
    ])  # fmt: skip


def _chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    found: dict[bytes, bytes] = {}
    at = len(_SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        name = png[at + 4 : at + 8]
        found[name] = found.get(name, b"") + png[at + 8 : at + 8 + length]
        at += length + 12
    return list(found.items())


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _rows(raw: bytes, length: int) -> list[bytearray]:
    """Return the rows of bytes, each as it was before its filter. *Source:* PNG specification, 9.2."""
    rows: list[bytearray] = []
    above = bytearray(length)
    for start in range(0, len(raw), length + 1):
        kind, row = raw[start], bytearray(raw[start + 1 : start + 1 + length])
        for at in range(length) if kind else ():
            left = row[at - 3] if at >= 3 else 0
            upper = above[at]
            if kind == 1:
                added = left
            elif kind == 2:
                added = upper
            elif kind == 3:
                added = (left + upper) // 2
            else:
                added = _paeth(left, upper, above[at - 3] if at >= 3 else 0)
            row[at] = (row[at] + added) & 255
        rows.append(row)
        above = row
    return rows


def _paeth(left: int, upper: int, corner: int) -> int:
    guess = left + upper - corner
    return min((left, upper, corner), key=lambda value: abs(guess - value))


def _distance(one: tuple[int, int, int], other: tuple[int, int, int]) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
