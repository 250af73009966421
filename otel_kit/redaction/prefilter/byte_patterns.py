r"""Patterns as hyperscan reads them: over texts of one byte per character, for the question whether there is a match.

Written anew from the parsed pattern, so that no letter's meaning can differ between two engines: every class is a list
of bytes. A byte pattern matches in the bytes of each text in which the pattern matches, and perhaps in others: anchors
are left out, so that texts can be joined, and 0xFF stands for all that is beyond latin-1.
"""

from __future__ import annotations

import re._constants as op  # type: ignore[import-not-found]  # the parsed tree of re has no public name
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from otel_kit.policy.re2 import MAX_REPEAT, parse
from otel_kit.redaction.prefilter.byte_classes import class_bytes
from otel_kit.redaction.prefilter.word_starts import alternatives, flags_of

_ENOUGH: Final = 24  # characters of a long pattern that are compared; what stands behind them is dropped
_LONG_REPEAT: Final = 16
_LONG: Final = 400  # bytes of a pattern that takes hyperscan long to compile


class NotWritable(ValueError):
    """The pattern uses something that has no byte pattern."""


def byte_patterns(pattern: str) -> list[bytes]:
    """Return the byte patterns of a pattern of the RE2 subset: one for each of its alternatives.

    Raises:
        NotWritable: there are none.
    """
    tree = parse(pattern)
    return [_way(items, flags_of(tree)) for items in alternatives(tree)]


def _way(items: list[Any], flags: int) -> bytes:
    items = _from_the_fewest(items)
    whole = _sequence(items, flags, MAX_REPEAT, last=True).text
    return (whole if len(whole) <= _LONG else _sequence(items, flags, _ENOUGH, last=True).text).encode("ascii")


def _from_the_fewest(items: list[Any]) -> list[Any]:
    """Let a long repeat at the beginning take the fewest: where more match, so do the last of them."""
    start = 1 if items and items[0] == (op.AT, op.AT_BOUNDARY) else 0
    if len(items) - start > 1 and items[start][0] in (op.MAX_REPEAT, op.MIN_REPEAT):
        low, high, child = items[start][1]
        if high - low > _LONG_REPEAT:
            return [(op.MAX_REPEAT, (low, low, child)), *items[start + 1 :]]
    return items


@dataclass(frozen=True, slots=True)
class _Written:
    """A piece of a byte pattern, the fewest characters it takes, and whether the pattern was cut off in it."""

    text: str
    width: int
    cut: bool = False


def _sequence(items: list[Any], flags: int, room: int, *, last: bool) -> _Written:
    pieces: list[str] = []
    width = 0
    for index, (operator, argument) in enumerate(items):
        if width >= room and operator is not op.AT:
            return _Written("".join(pieces), width, cut=True)
        item = _item(operator, argument, flags, room - width, last=last and index == len(items) - 1)
        pieces.append(item.text)
        width += item.width
        if item.cut:
            return _Written("".join(pieces), width, cut=True)
    return _Written("".join(pieces), width)


def _item(operator: Any, argument: Any, flags: int, room: int, *, last: bool) -> _Written:
    if operator is op.AT:
        return _Written(r"\b" if argument is op.AT_BOUNDARY else "", 0)
    if operator is op.SUBPATTERN:
        inner = _sequence(list(argument[3]), (flags | argument[1]) & ~argument[2], room, last=last)
        return replace(inner, text=_group(inner.text))
    if operator is op.BRANCH:
        ways = [_sequence(list(branch), flags, room, last=last) for branch in argument[1]]
        together = _group("|".join(dict.fromkeys(way.text for way in ways)))
        return _Written(together, min(way.width for way in ways), any(way.cut for way in ways))
    if operator in (op.MAX_REPEAT, op.MIN_REPEAT):
        return _repeat(argument, flags, room, last=last)
    members = class_bytes(operator, argument, flags)
    if not members:
        raise NotWritable(str(operator))
    return _Written(_class(members), 1)


def _repeat(argument: Any, flags: int, room: int, *, last: bool) -> _Written:
    low, high, child = argument
    inner = _sequence(list(child), flags, room, last=False)
    if inner.cut and low:
        return replace(inner, text=_group(inner.text))
    enough = -(-room // max(inner.width, 1))
    cut = low > enough
    if last or cut:
        low = high = min(low, enough)  # nothing follows: fewer are enough for a match
    if not high:
        return _Written("", 0, cut)
    text = _group(inner.text)
    if (low, high) != (1, 1):
        text += "{" + (f"{low}," if high is op.MAXREPEAT else f"{low},{high}") + "}"
    return _Written(text, inner.width * low, cut or inner.cut)


def _group(inner: str) -> str:
    return f"(?:{inner})"


def _class(members: Iterable[int]) -> str:
    ranges: list[list[int]] = []
    for byte in sorted(members):
        if ranges and ranges[-1][1] == byte - 1:
            ranges[-1][1] = byte
        else:
            ranges.append([byte, byte])
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return f"\\x{ranges[0][0]:02x}"
    shown = (f"\\x{low:02x}" + (f"-\\x{high:02x}" if high > low else "") for low, high in ranges)
    return "[" + "".join(shown) + "]"
