"""Patterns that a backtracking engine can be kept busy with, found without running them.

Such an engine tries every way in which a text can be shared out among the parts of a pattern. Here those ways are
counted on texts that repeat a character, two, or a short word: a part becomes a matrix (from where in the word to
where it leads, and in how many ways), parts in a row are a product, alternatives a sum, repeats a sum of powers. What
one place of a text can cost, divided by how near to each other such places can stand, is the cost of a character.

*Source:* the idea of counting runs is that of Weber and Seidl, "On the degree of ambiguity of finite automata" (1991),
here with the bounded repeats of a policy's patterns in place of stars.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, combinations
from typing import Final

from otel_kit.policy.pattern_measure import Kinds, Measurer, Vector, added, applied
from otel_kit.policy.pattern_parts import (
    OTHER,
    WORD,
    Border,
    Chars,
    Either,
    Part,
    Row,
    Times,
    character_of,
    parts_of,
    shortest,
    walk,
)

# For each character of the worst text. A step takes some 3 ns, and 1 MB may take a second.
MAX_STEPS: Final = 300
_MOST_KINDS = 16
_MOST_PAIRED = 7
_LONGEST_WORD = 8


@dataclass(frozen=True, slots=True)
class Hostile:
    """The worst text that was found: ``prefix``, then ``pump`` some ``length`` characters long, and so on again.

    ``steps`` is what a character of it costs.
    """

    prefix: str
    pump: str
    length: int
    steps: float


def slow_reasons(pattern: str, *, refusable: bool = False) -> list[str]:
    """Return why ``pattern``, one of the RE2 subset, is too slow for a backtracking engine; empty if it is not.

    ``refusable`` says that a match may be refused (by a validator, context or literals): it is then looked for again
    from the next character on. Takes some milliseconds for a pattern of 100 characters.
    """
    analysis = _Analysis(parts_of(pattern), refusable=refusable)
    # Most patterns are harmless even if every character would fit everywhere.
    if not analysis.varied or analysis.worst([""]).steps <= MAX_STEPS:
        return []
    worst = analysis.worst(analysis.pumps())
    if worst.steps <= MAX_STEPS:
        return []
    shown = (worst.prefix + worst.pump * 9)[:24]
    steps = "more steps than can be waited for" if worst.steps > 1e9 else f"about {worst.steps:.0f} steps"
    return [f"is too slow: on a text such as {shown!r}, repeated, each character takes {steps}"]


def worst_texts(pattern: str, *, refusable: bool = False, count: int = 4) -> list[Hostile]:
    """Return the texts that keep ``pattern`` busiest, the worst first; empty if none can keep it busy at all."""
    analysis = _Analysis(parts_of(pattern), refusable=refusable)
    if not analysis.varied:
        return []
    texts = sorted(analysis.texts(analysis.pumps()), key=lambda hostile: -hostile.steps)
    return list({(text.prefix, text.pump): text for text in reversed(texts)}.values())[: -count - 1 : -1]


class _Analysis:
    """One pattern: where its repeats are, and what they do on pumped texts."""

    def __init__(self, part: Part, *, refusable: bool) -> None:
        self.part = part
        self.refusable = refusable
        self.kinds = Kinds()
        self.masks = {mask for inner in walk(part) if isinstance(inner, Chars) for mask in inner.masks}
        self.varied = frozenset(id(inner) for inner in walk(part) if any(map(_varies, walk(inner))))
        self.prefixes = {
            id(row): tuple(accumulate(map(shortest, row.parts[:-1]), initial=""))
            for row in walk(part)
            if isinstance(row, Row) and id(row) in self.varied
        }

    def texts(self, pumps: Iterable[str]) -> Iterator[Hostile]:
        """Yield the texts made from ``pumps``; the empty one stands for what fits everywhere."""
        return (hostile for pump in pumps for hostile in _Count(self, pump).texts())

    def worst(self, pumps: Iterable[str]) -> Hostile:
        """Return the worst of these texts."""
        return max(self.texts(pumps), key=lambda hostile: hostile.steps, default=Hostile("", "", 0, 0.0))

    def pumps(self) -> Iterator[str]:
        """Yield what is to be repeated: characters of each kind that the repeats tell apart, pairs, and short words."""
        repeats = [inner for inner in walk(self.part) if _varies(inner)]
        masks = {
            mask for repeat in repeats for inner in walk(repeat) if isinstance(inner, Chars) for mask in inner.masks
        }
        varied = functools.reduce(operator.or_, masks, 0)
        between = self.masks - masks
        # A kind of character is told by the parts that take it. Those that most take can be shared out best.
        kinds: dict[tuple[int, ...], int] = {}
        for code in range(OTHER + 1):
            if varied >> code & 1:
                takes = [mask for mask in masks if mask >> code & 1]
                kind = (-len(takes), sum(-(mask >> code & 1) for mask in between), *sorted(takes), WORD >> code & 1)
                kinds[kind] = kinds.get(kind, 0) | 1 << code
        characters = [character_of(kinds[kind]) for kind in sorted(kinds)]
        yield from characters[:_MOST_KINDS]
        yield from map("".join, combinations(characters[:_MOST_PAIRED], 2))
        words = {shortest(repeat.part)[:_LONGEST_WORD] for repeat in repeats if isinstance(repeat, Times)}
        yield from sorted(word for word in words if len(word) > 2)[:_MOST_KINDS]


def _varies(part: Part) -> bool:
    """Whether a text can be shared out in more ways than one among the repeats of ``part``."""
    if not isinstance(part, Times):
        return False
    return part.high != part.low or (part.low > 1 and any(isinstance(inner, Either) for inner in walk(part)))


class _Count:
    """Counts ways and steps on one pumped text."""

    def __init__(self, analysis: _Analysis, pump: str) -> None:
        self._analysis = analysis
        self._pump = pump
        self._measurer = Measurer(pump, analysis.kinds, refusable=analysis.refusable)
        self._shared = -1

    def texts(self) -> Iterator[Hostile]:
        """Yield the texts on which the pattern is busy from each of its repeats on."""
        part = self._analysis.part
        for mask in self._analysis.masks:
            if any(mask >> code & 1 for code in self._measurer.codes):
                self._shared &= mask
        one = (1.0,) * len(self._measurer.phases)
        yield from self._cuts(part, "", one, one, 0)
        measure = self._measurer.measured(part)
        yield self._hostile("", measure.steps, applied(measure.ways, one), measure.length)

    def _cuts(self, part: Part, prefix: str, steps: Vector, ends: Vector, length: int) -> Iterator[Hostile]:
        """Yield what it costs to be in front of each repeat, ``prefix`` being matched.

        ``steps``, ``ends`` (the ways to a match) and ``length`` are those of what follows ``part``.
        """
        if id(part) not in self._analysis.varied:
            return
        if isinstance(part, Either):
            for branch in part.parts:
                yield from self._cuts(branch, prefix, steps, ends, length)
        elif isinstance(part, Times):
            again = self._measurer.times(part.part, 0, (part.high or part.low or 1) - 1)
            steps = added(again.steps, applied(again.ways, steps))
            yield from self._cuts(part.part, prefix, steps, applied(again.ways, ends), length + again.length)
        elif isinstance(part, Row):
            rows = zip(part.parts, self._measurer.row(part), self._analysis.prefixes[id(part)], strict=True)
            for inner, measure, before in reversed(list(rows)):
                at_border = not prefix and isinstance(part.parts[0], Border) and inner is not part.parts[0]
                text = prefix + (" " if at_border else "") + before
                yield from self._cuts(inner, text, steps, ends, length)
                steps = added(measure.steps, applied(measure.ways, steps))
                ends = applied(measure.ways, ends)
                length += measure.length
                if id(inner) in self._analysis.varied:
                    yield self._hostile(text, steps, ends, length)

    def _hostile(self, prefix: str, steps: Vector, ends: Vector, length: int) -> Hostile:
        if not prefix:
            apart = 1.0
        elif all(self._shared >> min(ord(character), OTHER) & 1 for character in prefix):
            apart = len(prefix)
        else:
            apart = len(prefix) + length
        if not self._pump:
            return Hostile(prefix, "", length, max(steps))
        # A way that leads to a match is the last one that is tried, and the search goes on behind it.
        again = apart if self._analysis.refusable else max(apart, length)
        costs = [
            min(count, length + 1.0) / again if done else count / apart for count, done in zip(steps, ends, strict=True)
        ]
        return Hostile(prefix, self._pump, length, max(costs))
