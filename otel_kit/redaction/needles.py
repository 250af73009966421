"""The prefilter: short byte strings of which one must stand in a text before a pattern can match it.

They are derived from the pattern itself, never written by hand: hand-made prefilters lose matches. Patterns and texts
are compared in one of three views of one byte per character: FOLD (lower case, every digit ``0``), SHAPE (``A``, ``a``
and ``0`` for upper case, lower case and digits) and HEX (every hexadecimal digit ``0``), so that ``[0-9]{3}-[0-9]{2}``
is the plain string ``000-00``.
"""

from __future__ import annotations

import functools
import re
import re._constants as op  # type: ignore[import-not-found]  # the parsed tree of re has no public name
import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from otel_kit.policy import re2
from otel_kit.policy.re2 import Tree
from otel_kit.redaction.byte_classes import WORD_BYTES, class_bytes, one_byte_each
from otel_kit.redaction.word_starts import alternatives, flags_of, starts_of, starts_of_words

_MAX_STRINGS = 24  # alternatives kept for one run of literals; more cost more than they save
_MAX_CLASS = 6
_MAX_LENGTH = 40
parse = functools.lru_cache(maxsize=4)(re2.parse)  # a rule asks for its tree several times in a row
_NOTHING = frozenset({b"", b"\x01", b"\x01\x01"})
_NO_WORD = re.compile(rb"[^A-Za-z0-9_]+")
_SECOND_VIEW = 0.5  # how much rarer a needle must be to be worth a view of its own


def _table(letters: dict[str, str]) -> bytes:
    table = bytearray(range(256))
    for characters, shown in ((string.digits, "0"), *letters.items()):
        for character in characters:
            table[ord(character)] = ord(shown if shown else character.lower())
    return bytes(table)


_SEPARATORS = dict.fromkeys(b" -./:", 0.7)
FOLD = _table({string.ascii_uppercase: ""})
SHAPE = _table({string.ascii_uppercase: "A", string.ascii_lowercase: "a"})
HEX = _table({string.ascii_uppercase: "", "abcdefABCDEF": "0"})
EDGE: Final = b"\x01"  # in a needle: here a word begins or ends
GROUPED: Final = b"A0 -./()+<\xa0\xff"  # what such needles are made of
# How much a byte of each view says: letters that are blurred and digits are in every text.
_WEIGHTS: Mapping[bytes, Mapping[int, float]] = {
    FOLD: {ord("0"): 0.5, EDGE[0]: 0.0} | _SEPARATORS,
    SHAPE: {EDGE[0]: 0.0, ord("a"): 0.1, ord("0"): 0.5, ord("A"): 0.9} | _SEPARATORS,
    HEX: {ord("0"): 0.3, EDGE[0]: 0.0} | _SEPARATORS,
}
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
    worth = 0.0
    for view, extra in ((FOLD, 0.0), (SHAPE, _SECOND_VIEW), (HEX, _SECOND_VIEW)):
        if view is SHAPE and flags & re.IGNORECASE:
            continue  # the shape of a letter says nothing where its case does not count
        strings = _union(_without_edges(_Deriver(view).required(way), view) for way in ways)
        if strings is not None and _worth(strings, view) > worth + extra:
            worth = _worth(strings, view)
            best = Needles(tuple(sorted(strings)), view)
    if best is not None and len(ways) == 1:
        return replace(best, gate=_gate(ways[0]))
    return best


def _without_edges(strings: frozenset[bytes] | None, view: bytes) -> frozenset[bytes] | None:
    """Return the strings, with the edges of words only where they can be looked up: around groups of digits."""
    if not strings:
        return None
    return frozenset(one if is_grouped(one, view) else max(one.split(EDGE), key=len) for one in strings)


def is_grouped(needle: bytes, view: bytes) -> bool:
    """Whether a needle is made of digits, capitals and what stands between groups of them."""
    core = needle.strip(EDGE)
    return view is not HEX and len(core) > 1 and all(byte in GROUPED for byte in core)


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
    return _without_redundant(together) or None


def any_of(words: Iterable[str]) -> Needles:
    """Return the needles of a search that needs one of ``words``, whatever their case."""
    folded = frozenset(one_byte_each(word).translate(FOLD) for word in words)
    return Needles(tuple(sorted(_without_redundant(folded))))


def _worth(strings: frozenset[bytes], view: bytes) -> float:
    """How rare the strings are in common text: long, few, and more than digits or blurred letters."""
    weights = _WEIGHTS[view]
    return min(sum(weights.get(byte, 1.2) for byte in one) for one in strings) - 0.03 * len(strings)


class _Deriver:
    """Walks a parsed pattern and collects what every match must contain."""

    def __init__(self, view: bytes) -> None:
        self._view = view
        self._shape = view is SHAPE

    def required(self, tree: Tree) -> frozenset[bytes] | None:
        """Return a set of strings of which each match holds at least one, or None."""
        return self._sequence(tree)[1]

    def _sequence(
        self, tree: Iterable[Any], run: frozenset[bytes] = frozenset({b""})
    ) -> tuple[frozenset[bytes] | None, frozenset[bytes] | None]:
        """Return (all strings it can match behind ``run``, if few; the best required strings)."""
        whole = True
        found: list[frozenset[bytes]] = []
        for operator, argument in tree:
            exact, inner, open_end = self._item(operator, argument)
            if exact is None and operator in (op.BRANCH, op.SUBPATTERN) and run != frozenset({b""}):
                inner = self._led(run, operator, argument) or inner
            if exact is not None:
                joined = frozenset(left + right for left in run for right in exact)
                if len(joined) <= _MAX_STRINGS and max(map(len, joined)) <= _MAX_LENGTH:
                    run = joined
                else:
                    found.append(run)
                    run, whole = exact, False
            if inner is not None:
                found.append(inner)
            if exact is None or open_end:
                found.append(run)
                run, whole = frozenset({b""}), False
        found.append(run)
        candidates = [shortest for strings in found if (shortest := _without_redundant(strings))]
        best = max(candidates, key=lambda strings: _worth(strings, self._view), default=None)
        return (run if whole else None), best

    def _item(self, operator: Any, argument: Any) -> tuple[frozenset[bytes] | None, frozenset[bytes] | None, bool]:
        """Return (exact strings or None, required strings or None, whether more may follow the exact ones)."""
        if operator is op.AT:
            return frozenset({EDGE if argument is op.AT_BOUNDARY else b""}), None, False
        if operator is op.LITERAL:
            return self._class([argument]), None, False
        if operator is op.IN:
            return self._class(_members(argument)), None, False
        if operator is op.SUBPATTERN:
            if self._shape and argument[1] & re.IGNORECASE:
                return None, None, True  # the shape of a letter says nothing where its case does not count
            exact, inner = self._sequence(argument[3])
            return exact, inner, False
        if operator is op.BRANCH:
            return (*self._branch(argument[1]), False)
        if operator in (op.MAX_REPEAT, op.MIN_REPEAT):
            return self._repeat(*argument)
        return None, None, False

    def _led(self, run: frozenset[bytes], operator: Any, argument: Any) -> frozenset[bytes] | None:
        """Return what ``run`` and this item require: the parser moves common beginnings out of branches."""
        if operator is op.SUBPATTERN:
            inner = list(argument[3])
            return self._led(run, *inner[0]) if len(inner) == 1 and inner[0][0] is op.BRANCH else None
        found: frozenset[bytes] = frozenset()
        for branch in argument[1]:
            best = self._sequence(branch, run)[1]
            if best is None:
                return None
            found |= best
        return _without_redundant(found) or None

    def _branch(self, branches: Iterable[Tree]) -> tuple[frozenset[bytes] | None, frozenset[bytes] | None]:
        exact: frozenset[bytes] | None = frozenset()
        inner: frozenset[bytes] | None = frozenset()
        for branch in branches:
            branch_exact, branch_inner = self._sequence(branch)
            exact = None if exact is None or branch_exact is None else exact | branch_exact
            inner = None if inner is None or branch_inner is None else inner | branch_inner
        if exact is not None and len(exact) > _MAX_STRINGS:
            exact = None
        return exact, (_without_redundant(inner) or None) if inner else None

    def _repeat(
        self, low: int, high: int, child: Tree
    ) -> tuple[frozenset[bytes] | None, frozenset[bytes] | None, bool]:
        exact, inner = self._sequence(child)
        if exact is None or max(map(len, exact), default=0) * max(low, 1) > _MAX_LENGTH:
            return None, inner if low else None, True
        counts = range(low, high + 1) if high - low <= 2 else [low]
        strings: set[bytes] = set()
        for count in counts:
            built = {b""}
            for _ in range(count):
                built = {left + right for left in built for right in exact}
                if len(built) > _MAX_STRINGS:
                    return None, inner if low else None, True
            strings |= built
        open_end = high - low > 2
        if not low and open_end:
            return None, None, True
        return frozenset(strings), inner if low else None, open_end

    def _class(self, members: Iterable[int] | None) -> frozenset[bytes] | None:
        if members is None:
            return None
        folded: set[bytes] = set()
        for code in members:
            if code == EDGE[0]:
                return None
            folded.add(one_byte_each(chr(code)).translate(self._view))
            if len(folded) > _MAX_CLASS:
                return None
        return frozenset(folded)


def _members(items: Iterable[Any]) -> list[int] | None:
    """Return the characters of a class, or None where it is negated or open."""
    codes: list[int] = []
    for operator, argument in items:
        if operator is op.LITERAL:
            codes.append(argument)
        elif operator is op.RANGE and argument[1] - argument[0] <= 128:
            codes.extend(range(argument[0], argument[1] + 1))
        elif operator is op.CATEGORY and argument is op.CATEGORY_DIGIT:
            codes.extend(range(ord("0"), ord("9") + 1))
        else:
            return None
    return codes


def _without_redundant(strings: frozenset[bytes] | None) -> frozenset[bytes]:
    """Drop strings that contain another one; an empty string makes the set useless."""
    if not strings or not strings.isdisjoint(_NOTHING):
        return frozenset()
    return frozenset(one for one in strings if not any(other != one and other in one for other in strings))
