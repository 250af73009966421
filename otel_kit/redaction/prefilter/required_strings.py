"""The strings of which a pattern requires one, in one of three views of a text.

A view has one byte per character: FOLD (lower case, every digit ``0``), SHAPE (``A``, ``a`` and ``0`` for upper case,
lower case and digits) and HEX (every hexadecimal digit ``0``), so that ``[0-9]{3}-[0-9]{2}`` is the plain string
``000-00``.
"""

from __future__ import annotations

import re
import re._constants as op  # type: ignore[import-not-found]  # the parsed tree of re has no public name
import string
from collections.abc import Iterable, Mapping
from typing import Any, Final

from otel_kit.policy.re2 import Tree
from otel_kit.redaction.prefilter.byte_classes import one_byte_each

_MAX_STRINGS = 24  # alternatives kept for one run of literals; more cost more than they save
_MAX_CLASS = 6
_MAX_LENGTH = 40
_NOTHING = frozenset({b"", b"\x01", b"\x01\x01"})


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


def is_grouped(needle: bytes, view: bytes) -> bool:
    """Whether a needle is made of digits, capitals and what stands between groups of them."""
    core = needle.strip(EDGE)
    return view is not HEX and len(core) > 1 and all(byte in GROUPED for byte in core)


def worth(strings: frozenset[bytes], view: bytes) -> float:
    """How rare the strings are in common text: long, few, and more than digits or blurred letters."""
    weights = _WEIGHTS[view]
    return min(sum(weights.get(byte, 1.2) for byte in one) for one in strings) - 0.03 * len(strings)


class Deriver:
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
        candidates = [shortest for strings in found if (shortest := without_redundant(strings))]
        best = max(candidates, key=lambda strings: worth(strings, self._view), default=None)
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
        return without_redundant(found) or None

    def _branch(self, branches: Iterable[Tree]) -> tuple[frozenset[bytes] | None, frozenset[bytes] | None]:
        exact: frozenset[bytes] | None = frozenset()
        inner: frozenset[bytes] | None = frozenset()
        for branch in branches:
            branch_exact, branch_inner = self._sequence(branch)
            exact = None if exact is None or branch_exact is None else exact | branch_exact
            inner = None if inner is None or branch_inner is None else inner | branch_inner
        if exact is not None and len(exact) > _MAX_STRINGS:
            exact = None
        return exact, (without_redundant(inner) or None) if inner else None

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


def without_redundant(strings: frozenset[bytes] | None) -> frozenset[bytes]:
    """Drop strings that contain another one; an empty string makes the set useless."""
    if not strings or not strings.isdisjoint(_NOTHING):
        return frozenset()
    return frozenset(one for one in strings if not any(other != one and other in one for other in strings))
