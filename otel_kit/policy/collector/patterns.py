r"""Patterns as Go's regexp runs them fast: wider repeats, and pieces that begin with a text it can look for.

Go finds a literal beginning some twenty times faster than anything else, but only if the pattern begins with it. Of a
choice it tells the ways apart by their first letters, once they are sorted. It is linear with unbounded repeats too,
and leaves its fast paths when repeats with large limits make a program long. So a choice at the beginning becomes
several pieces, and large limits are lifted: what comes out matches all that the rule's pattern matches, and more.

*Source:* Go 1.26, regexp/exec.go and regexp/backtrack.go (500 instructions), measured by benchmarks/collector.py.
"""

from __future__ import annotations

import re
import re._constants as op  # type: ignore[import-not-found]  # the parsed tree of re has no public name
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from otel_kit.policy.re2 import parse

Item: TypeAlias = Any  # (operator, argument) of re._parser

_WIDEST = 24  # instructions that one repeat may take before its limit is lifted
_PREFIX = 3  # characters that are rare enough to be looked for
_MOST_PIECES = 100
_MOST_MEMBERS = 12
_MAY_HOLD_DIGIT = re.compile(r"[0-9](?![0-9,]*\})|\\[wdWS]|\[\^|(?<!\\)\.")
_DIGIT_RANGE = (op.RANGE, (ord("0"), ord("9")))
_PLAIN = frozenset(" !\"#%&',/:;<=>@_`~")
_CATEGORIES = {
    op.CATEGORY_DIGIT: "0-9",
    op.CATEGORY_WORD: r"\w",
    op.CATEGORY_SPACE: r"\t-\r ",
    op.CATEGORY_NOT_DIGIT: r"\D",
    op.CATEGORY_NOT_WORD: r"\W",
    op.CATEGORY_NOT_SPACE: r"\x00-\x08\x0e-\x1f!-\U0010ffff",
}
_ANCHORS = {op.AT_BEGINNING: r"\A", op.AT_BEGINNING_STRING: r"\A", op.AT_BOUNDARY: r"\b", op.AT_NON_BOUNDARY: r"\B"}


@dataclass(frozen=True, slots=True)
class Piece:
    r"""One of the patterns that together find what a rule finds.

    ``prefix`` is what every match begins with, in this case; ``bordered`` says that ``\b`` stood before it, which
    ``pattern`` does not have. ``size`` is about how many instructions Go needs.
    """

    pattern: str
    prefix: str
    bordered: bool
    size: int


def pieces(pattern: str) -> list[Piece]:
    """Return the pieces of a pattern that Python can read."""
    tree = parse(pattern)
    caseless = bool(tree.state.flags & re.IGNORECASE)
    bordered, items = _without_border(_flat(tree))
    rows = [items] if caseless else list(_spread(items))
    if len(rows) > _MOST_PIECES:
        rows = [items]
    found = []
    for row in rows:
        text, size = _written(row), _size(row)
        if caseless:
            found.append(Piece(f"(?i:{text})", "", bordered, size))
        else:
            found.append(Piece(text, _prefix(row), bordered, size))
    return found


def with_digit(pattern: str) -> str | None:
    """Return ``pattern`` so that the run of characters at its end holds a digit; None where that is not its only place.

    Every match of ``pattern`` with a digit is matched; the least length of the run is halved, because a pattern without
    look-ahead cannot ask for both at once.
    """
    tree = parse(pattern)
    items = _flat(tree)
    if tree.state.flags & re.IGNORECASE or not items or items[-1][0] is not op.MAX_REPEAT:
        return None
    low, _high, child = items[-1][1]
    inner = _flat(child)
    if len(inner) != 1 or inner[0][0] is not op.IN:
        return None
    members = inner[0][1]
    plain = [member for member in members if member not in (_DIGIT_RANGE, (op.CATEGORY, op.CATEGORY_DIGIT))]
    if len(plain) == len(members) or any(operator is op.CATEGORY for operator, _ in plain):
        return None
    start = _written(items[:-1])
    if low < 2 or _MAY_HOLD_DIGIT.search(start):
        return None
    some, other = _class(members), _class(plain)
    half = low // 2
    return f"{start}(?:{other}{{0,{half}}}[0-9]{some}{{{half - 1},}}|{other}{{{half},}}[0-9]{some}*)"


def behind(words: str, gap: int, pattern: str) -> Piece:
    """Return the piece of a pattern behind one of ``words``, with at most ``gap`` characters between them."""
    tree = parse(pattern)
    text = _written(_flat(tree))
    value = f"(?i:{text})" if tree.state.flags & re.IGNORECASE else text
    return Piece(
        rf"(?i:{words})\b(?s:.{{0,{gap}}}?)(?:{value})",
        "",
        bordered=True,
        size=len(words) + 2 * gap + _size(_flat(tree)),
    )


def literal(text: str) -> str:
    """Return a pattern that matches ``text`` and nothing else."""
    return "".join(_character(ord(character)) for character in text)


def _flat(items: Iterable[Item]) -> list[Item]:
    """Return the items with groups that only group taken apart."""
    flat: list[Item] = []
    for operator, argument in items:
        if operator is op.SUBPATTERN and not argument[1] and not argument[2]:
            flat.extend(_flat(argument[3]))
        else:
            flat.append((operator, argument))
    return flat


def _without_border(items: list[Item]) -> tuple[bool, list[Item]]:
    if items and items[0] == (op.AT, op.AT_BOUNDARY):
        return True, items[1:]
    return False, items


def _spread(items: list[Item]) -> Iterator[list[Item]]:
    """Yield rows of items that match the same together, each beginning with literals where that is possible."""
    known = len(_literals(items))
    if known >= _PREFIX or known == len(items):
        yield items
        return
    operator, argument = items[known]
    before, behind = items[:known], items[known + 1 :]
    if operator is op.MAX_REPEAT and argument[:2] == (0, 1):
        yield from _spread([*before, *_flat(argument[2]), *behind])
        yield from _spread([*before, *behind])
    elif operator is op.MAX_REPEAT and argument[0] and len(argument[2]) == 1 and argument[2][0][0] is op.LITERAL:
        low, high, child = argument
        more = [] if low == high else [(operator, (0, high if high is op.MAXREPEAT else high - low, child))]
        yield from _spread([*before, *(list(child) * low), *more, *behind])
    elif operator is op.BRANCH:
        for branch in argument[1]:
            yield from _spread([*before, *_flat(branch), *behind])
    elif operator is op.IN and (members := _members(argument)) is not None:
        for code in members:
            yield from _spread([*before, (op.LITERAL, code), *behind])
    else:
        yield items


def _literals(items: Sequence[Item]) -> list[int]:
    codes: list[int] = []
    for operator, argument in items:
        if operator is not op.LITERAL:
            break
        codes.append(argument)
    return codes


def _prefix(items: Sequence[Item]) -> str:
    return "".join(map(chr, _literals(items)))


def _members(items: Iterable[Item]) -> list[int] | None:
    """Return the characters of a small class that is no range of letters or digits."""
    codes: list[int] = []
    for operator, argument in items:
        if operator is op.LITERAL:
            codes.append(argument)
        elif operator is op.RANGE and argument[1] - argument[0] < 4:
            codes.extend(range(argument[0], argument[1] + 1))
        else:
            return None
    return codes if len(codes) <= _MOST_MEMBERS else None


def _written(items: Iterable[Item]) -> str:
    return "".join(_item(operator, argument) for operator, argument in items)


def _item(operator: Any, argument: Any) -> str:
    if operator is op.LITERAL:
        return _character(argument)
    if operator is op.NOT_LITERAL:
        return f"[^{_member(argument)}]"
    if operator is op.ANY:
        return "."
    if operator is op.IN:
        return _class(argument)
    if operator is op.AT:
        return _ANCHORS[argument]
    if operator is op.BRANCH:
        return "(?:" + "|".join(_written(_flat(branch)) for branch in argument[1]) + ")"
    if operator is op.SUBPATTERN:
        _group, added, removed, inner = argument
        on = "".join(flag for bit, flag in ((re.IGNORECASE, "i"), (re.DOTALL, "s")) if added & bit)
        off = "".join(flag for bit, flag in ((re.IGNORECASE, "i"), (re.DOTALL, "s")) if removed & bit)
        return f"(?{on}{'-' + off if off else ''}:{_written(_flat(inner))})"
    return _repeat(*argument, lazy=operator is op.MIN_REPEAT)


def _repeat(low: int, high: Any, child: Iterable[Item], *, lazy: bool) -> str:
    inner = _flat(child)
    text = _written(inner)
    single = len(inner) == 1 and inner[0][0] in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN, op.BRANCH)
    if not single:
        text = f"(?:{text})"
    if high is not op.MAXREPEAT and high > low and high * _size(inner) > _WIDEST:
        high = op.MAXREPEAT
    if high is op.MAXREPEAT:
        count = {0: "*", 1: "+"}.get(low, f"{{{low},}}")
    elif low == high:
        count = "" if low == 1 else f"{{{low}}}"
    else:
        count = "?" if (low, high) == (0, 1) else f"{{{low},{high}}}"
    return text + count + ("?" if lazy and count and low != high else "")


def _size(items: Iterable[Item]) -> int:
    """Return about how many instructions Go needs for the items, large limits lifted."""
    total = 0
    for operator, argument in items:
        if operator is op.BRANCH:
            total += sum(_size(_flat(branch)) + 1 for branch in argument[1])
        elif operator is op.SUBPATTERN:
            total += _size(argument[3])
        elif operator in (op.MAX_REPEAT, op.MIN_REPEAT):
            low, high, child = argument
            size = _size(child)
            repeated = high * size if high is not op.MAXREPEAT else 0
            total += repeated if repeated <= _WIDEST else (low + 1) * size
        else:
            total += 1
    return total


def _class(members: Iterable[Item]) -> str:
    text = ""
    for operator, argument in members:
        if operator is op.NEGATE:
            text += "^"
        elif operator is op.LITERAL:
            text += _member(argument)
        elif operator is op.RANGE:
            text += f"{_member(argument[0])}-{_member(argument[1])}"
        else:
            text += _CATEGORIES[argument]
    return f"[{text}]"


def _character(code: int) -> str:
    character = chr(code)
    if (character.isascii() and character.isalnum()) or character in _PLAIN or character == "-":
        return character
    return _member(code)


def _member(code: int) -> str:
    character = chr(code)
    if code < 32 or code == 127:
        return f"\\x{code:02x}"
    if not character.isascii() or character.isalnum() or character in _PLAIN:
        return character
    return f"\\{character}"
