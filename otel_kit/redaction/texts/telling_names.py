"""Whether a text holds a name that tells something about the value beside it: the quick look before the exact one.

A telling name ends in the letters of one of the policy's phrases, whatever stands between them (``api_key``,
``X-Api-Key``, ``apiKey``), and a separator follows.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from operator import itemgetter
from typing import Final

from otel_kit.redaction.key_classes import KeyClasses
from otel_kit.redaction.prefilter.byte_classes import one_byte_each

BEHIND_NAME: Final = (
    " \t\"'\\]0123456789"  # what may stand between a name and its separator, digits (password2) included
)
HEADER_PAIRS: Final = ("',b'", "', b'")  # (b'authorization', b'Bearer ...'): how ASGI hands over headers

_BEHIND = BEHIND_NAME.encode()
_TAIL, _LAST = 6, 3  # the last letters that are compared, and those that must stand together
_LETTERS = string.ascii_letters.encode()
# Letters in lower case, separators as =, all else removed: the letters of a name then stand together.
_SQUASH = bytes.maketrans(string.ascii_uppercase.encode() + b":", string.ascii_lowercase.encode() + b"=")
_REMOVED = bytes(byte for byte in range(256) if byte not in _LETTERS and byte not in b"=:")
_last_letters = itemgetter(slice(-_LAST, None))


class TellingNames:
    """The names that the classes of keys tell. Immutable and thread-safe."""

    def __init__(self, classes: KeyClasses) -> None:
        wholes = {name for name in classes.exact_names if not name.endswith("*")}
        beginnings = {name[:-1] for name in classes.exact_names if name.endswith("*")}
        words = {_squashed(phrase) for phrase in classes.phrases} - {b""}
        glued = {_squashed(phrase) for phrase in classes.endings | wholes} - {b""}
        self._beginnings = tuple(sorted(map(_squashed, beginnings)))
        tails = {name[-_TAIL:] for name in words | glued}
        self._ends = frozenset(tail[-_LAST:] for tail in tails if len(tail) >= _LAST)
        self._short = tuple(sorted(tail for tail in tails if len(tail) < _LAST))
        self._tails = frozenset(tails)
        self.sign = _sign(words, glued, beginnings)

    def may_be_in(self, letters: bytes) -> bool:
        """Whether a telling name may stand before a separator in ``letters``, a text as one byte per character."""
        squashed = letters.translate(_SQUASH, _REMOVED)
        before = squashed.split(b"=")
        before.pop()
        ends, tails = self._ends, self._tails
        if not ends.isdisjoint(map(_last_letters, before)) or self._short:
            for name in before:
                if (name[-3:] in ends or self._short) and (
                    name[-6:] in tails or name[-5:] in tails or name[-4:] in tails or name[-3:] in tails
                ):
                    return True
            for beginning in self._beginnings:
                if beginning in squashed:
                    return True
            if self._short and any(name.endswith(self._short) for name in before):
                return True
        return b"b'" in letters and any(pair.encode() in letters for pair in HEADER_PAIRS)

    def may_end_in(self, before: bytes) -> bool:
        """Whether ``before``, the lower-case letters up to a separator, may end in a telling name."""
        end = before.rstrip(_BEHIND)[-_LAST:]
        return end in self._ends or end.endswith(self._short)


def _squashed(phrase: str) -> bytes:
    """Return the letters of a phrase in lower case, of one with digits only those behind the last."""
    letters = re.split("[0-9]", phrase.rstrip("0123456789"))[-1]
    return one_byte_each(letters).translate(_SQUASH, _REMOVED + b"=")


def _sign(words: Iterable[bytes], glued: Iterable[bytes], beginnings: Iterable[str]) -> str:
    """Return a pattern that matches in each text with a telling name.

    A phrase of few letters must begin where a word does; of a longer one the last letters are enough, together or
    behind something that parts words.
    """
    ways: set[str] = set()
    for phrase in words:
        text = phrase.decode()
        if len(text) <= _TAIL:
            ways |= {rf"(?:\b|[0-9_])(?i:{text})", f"{text[:1].upper()}(?i:{text[1:]})"}
            ways |= {f"[0-9_. -](?i:{text[start:]})" for start in range(1, max(len(text) - _LAST, 0) + 1)}
        else:
            ways |= _tail_ways(text)
    for phrase in glued:
        ways |= _tail_ways(phrase.decode())
    behind = f"[{re.escape(BEHIND_NAME)}]*[=:]"
    others = [*map(re.escape, HEADER_PAIRS), *(f"(?i:{re.escape(beginning)})" for beginning in sorted(beginnings))]
    return "|".join([*(f"(?:{way}){behind}" for way in sorted(ways)), *others])


def _tail_ways(text: str) -> set[str]:
    tail = text[-_TAIL:]
    parted = {f"[0-9_. -](?i:{tail[start:]})" for start in range(1, max(len(tail) - _LAST, 0) + 1)}
    return {f"(?i:{tail})", *parted}
