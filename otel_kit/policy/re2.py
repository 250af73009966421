r"""The RE2 subset: what a policy's pattern may use, so that every engine takes linear time and agrees.

Go's regexp, RE2 and hyperscan have no look-around, back-references, possessive or atomic groups, refuse repeat counts
beyond 1000 (also as nested product) and spell ``\Z`` differently. Python's engine backtracks, so here an unbounded
repeat is further allowed only at the very end of a pattern, where nothing behind it can fail.

*Source:* github.com/google/re2/wiki/Syntax.
"""

from __future__ import annotations

import re
import re._constants as op  # type: ignore[import-not-found]  # the parsed tree of re has no public name
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Iterator
from typing import Any, TypeAlias

FLAGS = re.ASCII  # \b, \w and \d are ASCII in RE2
MAX_REPEAT = 1000

Tree: TypeAlias = Any  # re._parser.SubPattern: a sequence of (operator, argument) pairs

_REFUSED = {
    op.ASSERT: "look-around",
    op.ASSERT_NOT: "look-around",
    op.GROUPREF: "a back-reference",
    op.GROUPREF_EXISTS: "a conditional group",
    op.ATOMIC_GROUP: "an atomic group",
    op.POSSESSIVE_REPEAT: "a possessive repeat",
}
_REFUSED_ANCHORS = {op.AT_END_STRING: r"\Z", op.AT_END: "$ (it differs before a last newline)"}


def parse(pattern: str) -> Tree:
    """Return the parsed tree of ``pattern``.

    Raises:
        re.error: Python cannot read the pattern.
    """
    return parser.parse(pattern, FLAGS)


def complaints(pattern: str) -> list[str]:
    """Return why ``pattern`` is outside of the RE2 subset, in words; empty if it is inside."""
    try:
        tree = parse(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return [f"cannot be read as a pattern: {error}"]
    if tree.getwidth()[0] == 0:
        return ["can match nothing at all"]
    return list(dict.fromkeys(_walk(tree, product=1, at_end=True)))


def _walk(tree: Tree, product: int, *, at_end: bool) -> Iterator[str]:
    items = list(tree)
    for index, (operator, argument) in enumerate(items):
        last = at_end and index == len(items) - 1
        if operator in _REFUSED:
            yield f"uses {_REFUSED[operator]}"
        elif operator is op.AT and argument in _REFUSED_ANCHORS:
            yield f"uses {_REFUSED_ANCHORS[argument]}"
        elif operator is op.BRANCH:
            for branch in argument[1]:
                yield from _walk(branch, product, at_end=last)
        elif operator is op.SUBPATTERN:
            yield from _walk(argument[3], product, at_end=last)
        elif operator in (op.MAX_REPEAT, op.MIN_REPEAT):
            yield from _repeat(argument, product, at_end=last)


def _repeat(argument: Any, product: int, *, at_end: bool) -> Iterator[str]:
    low, high, child = argument
    if high is op.MAXREPEAT:
        single = len(child) == 1 and child[0][0] in (op.IN, op.LITERAL, op.NOT_LITERAL, op.ANY)
        if not (at_end and product == 1 and single):
            yield "has an unbounded repeat before its end"
        high = max(low, 1)
    if product * high > MAX_REPEAT:
        yield f"repeats more than {MAX_REPEAT} times"
    yield from _walk(child, product * max(high, 1), at_end=False)


def groups(pattern: str) -> int:
    """Return how many groups ``pattern`` has."""
    return int(parse(pattern).state.groups) - 1
