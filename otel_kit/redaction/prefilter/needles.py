"""The prefilter: short byte strings of which one must stand in a text before a pattern can match it.

They are derived from the pattern itself, never written by hand: hand-made prefilters lose matches. Patterns and texts
are compared in one of the views of ``required_strings``.
"""

from __future__ import annotations

import functools
import re
import re._constants as op  # type: ignore[import-not-found]  # the parsed tree of re has no public name
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from otel_kit.policy import re2
from otel_kit.policy.re2 import Tree
from otel_kit.redaction.prefilter.byte_classes import WORD_BYTES, class_bytes, one_byte_each
from otel_kit.redaction.prefilter.required_strings import (
    EDGE,
    FOLD,
    HEX,
    SHAPE,
    Deriver,
    is_grouped,
    without_redundant,
    worth,
)
from otel_kit.redaction.prefilter.word_starts import alternatives, flags_of, starts_of, starts_of_words

parse = functools.lru_cache(maxsize=4)(re2.parse)  # a rule asks for its tree several times in a row
_NO_WORD = re.compile(rb"[^A-Za-z0-9_]+")
_SECOND_VIEW = 0.5  # how much rarer a needle must be to be worth a view of its own


_RARE_BYTES = b"<[{|!$&;?*#\"'~%@+_(/.-: "  # the rarest first


@dataclass(frozen=True, slots=True)
class Needles:
    """What must be in a text: one of ``strings`` in ``view``, a word that begins so, or one of the whole ``words``.

    ``starts`` are beginnings of words as they are written, ``words`` in lower case and with every digit ``0``.
    ``gate`` must be there for one of the strings to count. None of all means: always look. ``also`` are further
    needles, of which one must be there as well.
    """

    strings: tuple[bytes, ...] = ()
    view: bytes = FOLD
    starts: tuple[bytes, ...] = ()
    words: tuple[bytes, ...] = ()
    gate: bytes = b""
    also: Needles | None = None

    def __bool__(self) -> bool:
        return bool(self.strings or self.starts or self.words)


def needles_for(pattern: str, context: Sequence[str], literals: Sequence[str], group: int = 0) -> Needles:
    """Return the needles of a rule: of its context, its pattern and its literals, what costs least to look up first."""
    tree = parse(pattern)
    contexts = needles_of_words(context, whole=not group and _stands_alone(tree))
    parts = [contexts, needles_of(pattern), any_of(literals)]
    needles = Needles()
    for part in sorted(filter(None, parts), key=_cost, reverse=True):
        needles = replace(part, also=needles if needles else None)
    return needles


def _cost(needles: Needles) -> tuple[bool, int]:
    return (bool(needles.strings), len(needles.strings))


def _stands_alone(tree: Tree) -> bool:
    """Whether a match cannot begin inside of a word: a context word before it is then a whole word."""
    for items in alternatives(tree):
        operator, argument = items[0]
        members = class_bytes(operator, argument, flags_of(tree))
        if (operator, argument) != (op.AT, op.AT_BOUNDARY) and (members is None or members & WORD_BYTES):
            return False
    return True


def signs_for(pattern: str, context: Sequence[str], literals: Sequence[str], group: int = 0) -> tuple[str, ...]:
    """Return the patterns which must all match somewhere in a text before a rule can find anything there.

    The rarest is the first: words of a context say more than the digits that they stand beside.
    """
    end = r"\b" if not group and context and _stands_alone(parse(pattern)) else ""
    words = ["(?i)" + "|".join(rf"\b{re.escape(word)}{end}" for word in context)] if context else []
    return (*words, pattern, *(["|".join(map(re.escape, literals))] if literals else []))


def needles_of(pattern: str) -> Needles:
    """Return the needles of a pattern of the RE2 subset.

    Alternatives that begin with a word are looked up by its first letters, the others by strings.
    """
    tree = parse(pattern)
    flags = flags_of(tree)
    indexed: set[bytes] = set()
    others: list[list[Any]] = []
    for items in alternatives(tree):
        starts = starts_of(items, flags)
        if starts is None:
            others.append(items)
        else:
            indexed |= starts
    if not others:
        return Needles(starts=tuple(sorted(indexed)))
    if indexed and (rest := _required(others, flags)):
        return replace(rest, starts=tuple(sorted(indexed)))
    return _required([tree], flags) or Needles()


def needles_of_words(words: Iterable[str], *, whole: bool) -> Needles:
    """Return the needles of a search for words in any case; ``whole``: they are never the beginning of longer ones."""
    words = tuple(words)
    if whole:
        longest = [max(_NO_WORD.split(one_byte_each(word).translate(FOLD)), key=len) for word in words]
        return Needles(words=tuple(sorted(set(longest)))) if all(longest) else any_of(words)
    starts = starts_of_words(words)
    return Needles(starts=tuple(sorted(starts))) if starts else any_of(words)


def _required(ways: Iterable[Iterable[Any]], flags: int) -> Needles | None:
    """Return the strings that the best of the views finds for patterns of which one must match."""
    ways = [list(way) for way in ways]
    best: Needles | None = None
    highest = 0.0
    for view, extra in ((FOLD, 0.0), (SHAPE, _SECOND_VIEW), (HEX, _SECOND_VIEW)):
        if view is SHAPE and flags & re.IGNORECASE:
            continue  # the shape of a letter says nothing where its case does not count
        strings = _union(_without_edges(Deriver(view).required(way), view) for way in ways)
        if strings is not None and worth(strings, view) > highest + extra:
            highest = worth(strings, view)
            best = Needles(tuple(sorted(strings)), view)
    if best is not None and len(ways) == 1:
        return replace(best, gate=_gate(ways[0]))
    return best


def _without_edges(strings: frozenset[bytes] | None, view: bytes) -> frozenset[bytes] | None:
    """Return the strings, with the edges of words only where they can be looked up: around groups of digits."""
    if not strings:
        return None
    return frozenset(one if is_grouped(one, view) else max(one.split(EDGE), key=len) for one in strings)


def _gate(items: Iterable[Any]) -> bytes:
    """Return the rarest run of plain characters without letters and digits that a match must hold, if there is any."""
    runs: list[bytes] = [b""]
    for operator, argument in _flat(items):
        if operator is op.LITERAL and argument < 128 and argument in _RARE_BYTES:
            runs[-1] += bytes([argument])
        elif operator is not op.AT:
            runs.append(b"")
    found = [run for run in runs if run]
    return min(found, key=lambda run: min(map(_RARE_BYTES.index, run)) - 4 * len(run), default=b"")


def _flat(items: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    for operator, argument in items:
        if operator is op.SUBPATTERN:
            yield from _flat(argument[3])
        else:
            yield operator, argument


def _union(found: Iterable[frozenset[bytes] | None]) -> frozenset[bytes] | None:
    together: frozenset[bytes] = frozenset()
    for strings in found:
        if not strings:
            return None
        together |= strings
    return without_redundant(together) or None


def any_of(words: Iterable[str]) -> Needles:
    """Return the needles of a search that needs one of ``words``, whatever their case."""
    folded = frozenset(one_byte_each(word).translate(FOLD) for word in words)
    return Needles(tuple(sorted(without_redundant(folded))))
