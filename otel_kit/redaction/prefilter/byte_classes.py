"""Texts as one byte per character, and the bytes that a character class of a pattern can become."""

from __future__ import annotations

import codecs
import re
import re._constants as op  # type: ignore[import-not-found]  # the parsed tree of re has no public name
import string
from collections.abc import Iterable
from typing import Any, Final

BEYOND: Final = 0xFF  # stands for every character beyond latin-1, and for the one that has this code
_ALL = frozenset(range(256))
_WORD = frozenset(map(ord, string.ascii_letters + string.digits + "_"))
_DIGIT = frozenset(map(ord, string.digits))
_SPACE = frozenset(map(ord, " \t\n\r\f\v"))
_CATEGORIES = {
    op.CATEGORY_WORD: _WORD, op.CATEGORY_DIGIT: _DIGIT, op.CATEGORY_SPACE: _SPACE,
    op.CATEGORY_NOT_WORD: _ALL - _WORD, op.CATEGORY_NOT_DIGIT: _ALL - _DIGIT, op.CATEGORY_NOT_SPACE: _ALL - _SPACE,
}  # fmt: skip
_LETTERS = frozenset(map(ord, string.ascii_letters))
WORD_BYTES: Final = _WORD


def _beyond(error: UnicodeError) -> tuple[bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return bytes([BEYOND]) * (error.end - error.start), error.end


codecs.register_error("otel_kit.beyond_latin_1", _beyond)


def one_byte_each(text: str) -> bytes:
    """Return ``text`` with one byte per character, so that offsets are the same in both.

    What latin-1 lacks becomes 0xFF and not a question mark: a class that excludes ``?`` still takes it.
    """
    return text.encode("latin-1", "otel_kit.beyond_latin_1")


def class_bytes(operator: Any, argument: Any, flags: int) -> frozenset[int] | None:
    """Return every byte that the item of a pattern can match as, perhaps more; None if it is no single character."""
    if operator is op.LITERAL:
        found = frozenset({min(argument, BEYOND)})
    elif operator is op.NOT_LITERAL:
        return _complement(_either_case(frozenset({argument}), flags))
    elif operator is op.ANY:
        return _ALL if flags & re.DOTALL else _ALL - {ord("\n")}
    elif operator is op.IN:
        members, negated = _members(argument)
        if negated:
            return _complement(_either_case(members, flags))
        found = frozenset(min(code, BEYOND) for code in members)
    else:
        return None
    return _either_case(found, flags)


def _members(items: Iterable[Any]) -> tuple[frozenset[int], bool]:
    codes: set[int] = set()
    negated = False
    for operator, argument in items:
        if operator is op.NEGATE:
            negated = True
        elif operator is op.LITERAL:
            codes.add(argument)
        elif operator is op.RANGE:
            codes.update(range(argument[0], min(argument[1], BEYOND) + 1))
            if argument[1] >= BEYOND:
                codes.add(max(argument[0], BEYOND + 1))
        elif operator is op.CATEGORY:
            codes |= _CATEGORIES[argument]
    return frozenset(codes), negated


def _complement(codes: frozenset[int]) -> frozenset[int]:
    """Whatever a negated class leaves out beyond latin-1, it takes some other character there."""
    return (_ALL - codes) | {BEYOND}


def _either_case(codes: frozenset[int], flags: int) -> frozenset[int]:
    return codes | {code ^ 32 for code in codes & _LETTERS} if flags & re.IGNORECASE else codes
