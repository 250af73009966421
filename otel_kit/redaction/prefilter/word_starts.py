r"""The first letters of the words that a pattern can match at.

A pattern that begins with ``\b`` and word characters matches only where a word begins, so its first four letters can
be looked up in a table: one pass over the words of a text serves any number of such rules.
"""

from __future__ import annotations

import math
import re
import re._constants as op  # type: ignore[import-not-found]  # the parsed tree of re has no public name
import string
from collections.abc import Iterable, Iterator
from typing import Any, Final

from otel_kit.policy.re2 import Tree
from otel_kit.redaction.prefilter.byte_classes import WORD_BYTES, class_bytes, one_byte_each

LONGEST: Final = 4  # letters looked at; common words rarely share four with a token
_SHORTEST = 2
_MAX_STARTS = 256
_RARE = 7.0  # bits that a start must say; fewer, and it would call its rule for every second text
_DIGITS = string.digits.encode()
_SHARES = tuple(1 / 4 if byte in _DIGITS else 1 / 64 for byte in range(256))  # of the words with such a letter

Items = list[tuple[Any, Any]]


class _NoStarts(Exception):
    """The pattern does not begin with few enough words."""


def alternatives(tree: Tree) -> list[Items]:
    """Return the ways in which a pattern can begin, each as a sequence of items up to the pattern's end."""
    items = list(tree)
    anchors = 0
    while anchors < len(items) and items[anchors][0] is op.AT:
        anchors += 1
    return [items[:anchors] + way for way in _ways(items[anchors:])]


def _ways(items: Items) -> Iterator[Items]:
    if not items:
        yield items
        return
    operator, argument = items[0]
    if operator is op.BRANCH:
        for branch in argument[1]:
            yield from _ways(list(branch) + items[1:])
    elif operator is op.SUBPATTERN and not argument[1] and not argument[2]:
        yield from _ways(list(argument[3]) + items[1:])
    else:
        yield items


def starts_of(items: Items, flags: int) -> frozenset[bytes] | None:
    """Return the starts of which one begins the word at each match, or None where that says too little.

    A start that ends in a space is a whole word, any other the beginning of one.
    """
    if not items or items[0] != (op.AT, op.AT_BOUNDARY):
        return None
    collector = _Collector()
    try:
        opened = collector.follow(items[1:], frozenset({b""}), flags)
        collector.close(opened, whole=False)
    except _NoStarts:
        return None
    found = frozenset(collector.closed)
    return found if found and _bits(found) >= _RARE else None


def starts_of_words(words: Iterable[str]) -> frozenset[bytes] | None:
    """Return the beginnings of ``words`` in any case, or None if one of them does not begin with two letters."""
    found: set[bytes] = set()
    for word in words:
        letters = one_byte_each(word)
        length = next((index for index, byte in enumerate(letters) if byte not in WORD_BYTES), len(letters))
        start = letters[: min(length, LONGEST)]
        if len(start) < _SHORTEST:
            return None
        found |= _both_cases(start)
    return frozenset(found) or None


def _both_cases(start: bytes) -> set[bytes]:
    found = {b""}
    for byte in start:
        one = bytes([byte])
        found = {head + tail for head in found for tail in {one.lower(), one.upper()}}
    return found


def _bits(starts: frozenset[bytes]) -> float:
    """How much it says that a word begins so: minus the logarithm of the share of words that do."""
    share = 0.0
    for start in starts:
        one = 1.0
        for byte in start:
            one *= _SHARES[byte]
        share += one
    return -math.log2(share)


class _Collector:
    """Follows a pattern from a word's beginning; ``closed`` are the starts that need no longer be followed."""

    def __init__(self) -> None:
        self.closed: set[bytes] = set()

    def close(self, opened: Iterable[bytes], *, whole: bool) -> None:
        """Note that the words begin so, and with ``whole`` that they also end there."""
        for start in opened:
            if len(start) < _SHORTEST:
                raise _NoStarts
            self.closed.add(start + b" " if whole else start)

    def follow(self, items: Iterable[Any], opened: frozenset[bytes], flags: int) -> frozenset[bytes]:
        """Return the starts that are still too short behind ``items``."""
        for operator, argument in items:
            if not opened:
                break
            opened = self._item(operator, argument, opened, flags)
        return opened

    def _item(self, operator: Any, argument: Any, opened: frozenset[bytes], flags: int) -> frozenset[bytes]:
        if operator is op.SUBPATTERN:
            return self.follow(argument[3], opened, (flags | argument[1]) & ~argument[2])
        if operator is op.BRANCH:
            return frozenset().union(*(self.follow(branch, opened, flags) for branch in argument[1]))
        if operator in (op.MAX_REPEAT, op.MIN_REPEAT):
            return self._repeat(argument, opened, flags)
        if operator is op.AT:
            if argument is op.AT_BOUNDARY and b"" not in opened:
                self.close(opened, whole=True)
                return frozenset()
            return opened
        return self._characters(class_bytes(operator, argument, flags), opened)

    def _repeat(self, argument: Any, opened: frozenset[bytes], flags: int) -> frozenset[bytes]:
        low, high, child = argument
        after = opened if not low else frozenset()
        for count in range(1, min(high, max(low, LONGEST)) + 1):
            opened = self.follow(child, opened, flags)
            if count >= low:
                after |= opened
            if not opened:
                break
        return after

    def _characters(self, members: frozenset[int] | None, opened: frozenset[bytes]) -> frozenset[bytes]:
        if members is None:
            raise _NoStarts
        letters = members & WORD_BYTES
        if letters != members:
            self.close(opened, whole=True)
        if len(letters) * len(opened) + len(self.closed) > _MAX_STARTS:
            self.close(opened, whole=False)
            return frozenset()
        longer = {start + bytes([letter]) for start in opened for letter in letters}
        self.closed |= {start for start in longer if len(start) == LONGEST}
        return frozenset(start for start in longer if len(start) < LONGEST)


def flags_of(tree: Tree) -> int:
    """Return the flags that hold for a whole parsed pattern."""
    return int(tree.state.flags) & (re.IGNORECASE | re.DOTALL)
