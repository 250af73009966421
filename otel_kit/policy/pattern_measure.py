"""What the parts of a pattern do on a text that repeats a few characters: in how many ways, in how many steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from operator import add, mul
from typing import TypeAlias

from otel_kit.policy.pattern_parts import OTHER, WORD, Border, Chars, Either, Mark, Part, Row, Times, walk

_TAKEN = 0.3  # steps, for a character that a repeat of single characters takes
_LOOKED_FOR = 0.2  # steps, for each place behind such a repeat at which a certain character is looked for
_TAIL = 1 << 16  # where a repeat without limit ends at the latest: strings are cut there
_MANY = 1e30

# By phase of what is repeated, and from phase to phase.
Vector: TypeAlias = tuple[float, ...]
Matrix: TypeAlias = tuple[Vector, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """What a part does on the pumped text: ways, steps by where it starts, and how many characters it can take."""

    ways: Matrix
    steps: Vector
    length: int


class Kinds:
    """What is known of parts already: two characters that a part's sets do not tell apart give the same measure."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, tuple[int, ...], tuple[bool, ...]], Measure] = {}
        self._masks: dict[int, tuple[int, ...]] = {}
        self._kinds: dict[tuple[int, int], int] = {}

    def of(self, part: Part, code: int) -> int:
        """Return by which sets of ``part`` the character is taken, as bits."""
        kind = self._kinds.get((id(part), code))
        if kind is None:
            masks = self._masks.get(id(part))
            if masks is None:
                chars = (inner.masks for inner in walk(part) if isinstance(inner, Chars))
                masks = self._masks[id(part)] = tuple({mask: None for one in chars for mask in one})
            kind = sum((mask >> code & 1) << index for index, mask in enumerate(masks))
            self._kinds[id(part), code] = kind
        return kind


class Measurer:
    """Measures parts on the text that repeats ``pump``; the empty one stands for a text that fits everywhere."""

    def __init__(self, pump: str, kinds: Kinds, *, refusable: bool) -> None:
        self.codes = [min(ord(character), OTHER) for character in pump]
        self.phases = range(max(len(pump), 1))
        words = [WORD >> code & 1 for code in self.codes]
        self._borders = tuple(words[phase - 1] != words[phase] for phase in self.phases) if pump else (True,)
        self._one: Matrix = tuple(tuple(float(row == column) for column in self.phases) for row in self.phases)
        self._none: Matrix = tuple((0.0,) * len(self.phases) for _ in self.phases)
        self._refusable = refusable
        self._kinds = kinds

    def measured(self, part: Part) -> Measure:
        """Return what ``part`` does."""
        key = (id(part), tuple(self._kinds.of(part, code) for code in self.codes), self._borders)
        known = self._kinds.known.get(key)
        if known is None:
            known = self._kinds.known[key] = self._measure(part)
        return known

    def _measure(self, part: Part) -> Measure:
        if isinstance(part, Chars):
            return self._chars(part.masks)
        if isinstance(part, Times):
            return self._endless(part) if part.high is None else self.times(part.part, part.low, part.high)
        if isinstance(part, Row):
            ways, steps, length = self._one, self._vector(0.0), 0
            for measure in self.row(part):
                if not any(map(any, ways)):
                    break
                steps = added(steps, applied(ways, measure.steps))
                ways = _product(ways, measure.ways)
                length += measure.length
            return Measure(ways, steps, length)
        if isinstance(part, Either):
            measures = [self.measured(inner) for inner in part.parts]
            ways, steps = self._none, self._vector(0.0)
            for measure in measures:
                ways, steps = _sum(ways, measure.ways), added(steps, measure.steps)
            return Measure(ways, steps, max(measure.length for measure in measures))
        if isinstance(part, Mark):
            return Measure(self._one, self._vector(0.0), 0)
        here = tuple(
            isinstance(part, Border) and (not self.codes or border is not part.inside) for border in self._borders
        )
        ways = tuple(tuple(float(row == column and here[row]) for column in self.phases) for row in self.phases)
        return Measure(ways, self._vector(1.0), 0)

    def _vector(self, entry: float) -> Vector:
        return (entry,) * len(self.phases)

    def row(self, row: Row) -> list[Measure]:
        """Return the parts' measures; a character behind a repeat of one is looked for in a loop of its own."""
        measures = [self.measured(inner) for inner in row.parts]
        for index, inner in enumerate(row.parts[1:], 1):
            if isinstance(inner, Chars) and inner.masks[0].bit_count() == 1 and _is_simple(row.parts[index - 1]):
                steps = tuple(count - 1 + _LOOKED_FOR for count in measures[index].steps)
                measures[index] = replace(measures[index], steps=steps)
        return measures

    def _chars(self, masks: tuple[int, ...]) -> Measure:
        if not self.codes:  # every character fits
            return Measure(self._one, (float(len(masks)),), len(masks))
        ways, lasted = [], []
        for phase in self.phases:
            end = phase
            for mask in masks:
                if not mask >> self.codes[end % len(self.codes)] & 1:
                    break
                end += 1
            fits = end - phase == len(masks)
            ways.append(tuple(float(fits and end % len(self.codes) == column) for column in self.phases))
            lasted.append(max(end - phase, 1.0))
        return Measure(tuple(ways), tuple(lasted), int(max(lasted)) if any(map(any, ways)) else 0)

    def _endless(self, part: Times) -> Measure:
        """A repeat without limit is the last part: it takes all there is, and nothing can fail behind it."""
        measure = self.times(part.part, part.low, part.low)
        if not self._refusable:
            return measure
        return Measure(measure.ways, added(measure.steps, self._vector(_TAIL)), measure.length + _TAIL)

    def times(self, part: Part, low: int, high: int) -> Measure:
        """Return what ``part`` does ``low`` to ``high`` times."""
        one = self.measured(part)
        _, power = self._powers(one.ways, low)
        more, _ = self._powers(one.ways, high - low + 1)
        tried = self._vector(_TAKEN) if _is_single(part) else one.steps
        every, _ = self._powers(one.ways, high)
        return Measure(_product(power, more), applied(every, tried), one.length * high)

    def _powers(self, matrix: Matrix, count: int) -> tuple[Matrix, Matrix]:
        """Return the sum of the powers below ``count``, and the power ``count``."""
        if count <= 1:
            return (self._one, matrix) if count else (self._none, self._one)
        total, power = self._none, self._one
        for digit in bin(count)[2:]:
            total, power = _sum(total, _product(power, total)), _product(power, power)
            if digit == "1":
                total, power = _sum(self._one, _product(matrix, total)), _product(matrix, power)
        return total, power


def _is_single(part: Part) -> bool:
    return isinstance(part, Chars) and len(part.masks) == 1


def _is_simple(part: Part) -> bool:
    return isinstance(part, Times) and _is_single(part.part)


def _product(left: Matrix, right: Matrix) -> Matrix:
    columns = tuple(zip(*right, strict=True))
    return tuple(
        tuple(min(sum(map(mul, row, column)), _MANY) for column in columns) if any(row) else row for row in left
    )


def _sum(left: Matrix, right: Matrix) -> Matrix:
    return tuple(tuple(map(add, row, other)) for row, other in zip(left, right, strict=True))


def applied(matrix: Matrix, vector: Vector) -> Vector:
    """Return what ``vector`` counts, once for each way that leads there."""
    return tuple(min(sum(map(mul, row, vector)), _MANY) for row in matrix)


def added(left: Vector, right: Vector) -> Vector:
    """Return the sum."""
    return tuple(map(add, left, right))
