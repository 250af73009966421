"""A pattern as a few kinds of parts, each character class as a set of bits: what an analysis of patterns needs."""

from __future__ import annotations

import re
import re._constants as op  # type: ignore[import-not-found]  # the parsed tree of re has no public name
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from otel_kit.policy.re2 import Tree, parse

OTHER: Final = 128  # the bit that stands for every character beyond ASCII
ALL: Final = (1 << 129) - 1


def bits(characters: Iterable[str]) -> int:
    """Return the set of ``characters``."""
    found = 0
    for character in characters:
        found |= 1 << min(ord(character), OTHER)
    return found


WORD: Final = bits(string.ascii_letters + string.digits + "_")
_CATEGORIES = {
    op.CATEGORY_DIGIT: bits(string.digits),
    op.CATEGORY_SPACE: bits(" \t\n\r\f\v"),
    op.CATEGORY_WORD: WORD,
}
_CATEGORIES |= {
    op.CATEGORY_NOT_DIGIT: ALL & ~_CATEGORIES[op.CATEGORY_DIGIT],
    op.CATEGORY_NOT_SPACE: ALL & ~_CATEGORIES[op.CATEGORY_SPACE],
    op.CATEGORY_NOT_WORD: ALL & ~WORD,
}
# Which member stands for a set in a text that is shown.
_PREFERRED = string.ascii_lowercase + string.digits + string.ascii_uppercase + " .-/:,;=@_" + string.punctuation
_BY_PREFERENCE = [*dict.fromkeys(_PREFERRED), *(chr(code) for code in range(OTHER) if chr(code) not in _PREFERRED), "é"]


@dataclass(frozen=True, slots=True)
class Chars:
    """Characters in a row, each one of a set."""

    masks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Border:
    r"""Nothing, at a border of a word (``\b``) or, ``inside``, anywhere else (``\B``)."""

    inside: bool


@dataclass(frozen=True, slots=True)
class Start:
    """Nothing, at the start of the text."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Nothing: where a group begins or ends."""


@dataclass(frozen=True, slots=True)
class Row:
    """One part behind the other."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of the parts."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Times:
    """A part again and again; ``high`` is None without an upper limit."""

    part: Part
    low: int
    high: int | None


Part: TypeAlias = Chars | Border | Start | Mark | Row | Either | Times


def parts_of(pattern: str) -> Part:
    """Return the parts of a pattern of the RE2 subset.

    Raises:
        re.error: Python cannot read the pattern.
    """
    tree = parse(pattern)
    return _row(tree, tree.state.flags)


def character_of(mask: int) -> str:
    """Return a member of the set, a printable one if there is any; empty for the empty set."""
    return next((character for character in _BY_PREFERENCE if mask >> min(ord(character), OTHER) & 1), "")


def shortest(part: Part) -> str:
    """Return one of the shortest texts that match ``part``."""
    if isinstance(part, Chars):
        return "".join(map(character_of, part.masks))
    if isinstance(part, Row):
        return "".join(map(shortest, part.parts))
    if isinstance(part, Either):
        return min(map(shortest, part.parts), key=len)
    return shortest(part.part) * part.low if isinstance(part, Times) else ""


def walk(part: Part) -> Iterator[Part]:
    """Yield ``part`` and every part in it."""
    yield part
    if isinstance(part, Row | Either):
        for inner in part.parts:
            yield from walk(inner)
    elif isinstance(part, Times):
        yield from walk(part.part)


def _row(tree: Tree, flags: int) -> Part:
    parts: list[Part] = []
    for operator, argument in tree:
        part = _part(operator, argument, flags)
        for inner in part.parts if isinstance(part, Row) else (part,):
            if isinstance(inner, Chars) and parts and isinstance(parts[-1], Chars):
                parts[-1] = Chars(parts[-1].masks + inner.masks)
            else:
                parts.append(inner)
    return parts[0] if len(parts) == 1 else Row(tuple(parts))


def _part(operator: Any, argument: Any, flags: int) -> Part:
    if operator is op.SUBPATTERN:
        group, added, removed, inner = argument
        part = _row(inner, (flags | added) & ~removed)
        return part if group is None else Row((Mark(), *(part.parts if isinstance(part, Row) else (part,)), Mark()))
    if operator is op.BRANCH:
        return Either(tuple(_row(branch, flags) for branch in argument[1]))
    if operator in (op.MAX_REPEAT, op.MIN_REPEAT):
        low, high, inner = argument
        part = _row(inner, flags)
        if low == high and isinstance(part, Chars):
            return Chars(part.masks * low) if low else Row(())
        return Times(part, int(low), None if high is op.MAXREPEAT else int(high))
    if operator is op.AT:
        return Border(argument is op.AT_NON_BOUNDARY) if argument in (op.AT_BOUNDARY, op.AT_NON_BOUNDARY) else Start()
    return Chars((_mask(operator, argument, flags),))


def _mask(operator: Any, argument: Any, flags: int) -> int:
    if operator is op.ANY:
        return ALL if flags & re.DOTALL else ALL & ~bits("\n")
    if operator is op.LITERAL:
        return _cased(bits(chr(argument)), flags)
    if operator is op.NOT_LITERAL:
        return ALL & ~_cased(bits(chr(argument)), flags)
    if operator is not op.IN:
        return ALL  # outside of the subset: whatever it is, no fewer texts match
    found, negated = 0, False
    for kind, value in argument:
        if kind is op.NEGATE:
            negated = True
        elif kind is op.LITERAL:
            found |= bits(chr(value))
        elif kind is op.RANGE:
            low, high = value
            found |= sum(1 << code for code in range(low, min(high, OTHER - 1) + 1)) | (high >= OTHER) << OTHER
        elif kind is op.CATEGORY:
            found |= _CATEGORIES[value]
    found = _cased(found, flags)
    return ALL & ~found if negated else found


def _cased(mask: int, flags: int) -> int:
    if not flags & re.IGNORECASE:
        return mask
    for lower, upper in zip(string.ascii_lowercase, string.ascii_uppercase, strict=True):
        both = bits(lower + upper)
        if mask & both:
            mask |= both
    return mask
