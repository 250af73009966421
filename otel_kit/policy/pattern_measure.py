"""What the parts of a pattern do on a text that repeats one or two characters: in how many ways, in how many steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from otel_kit.policy.pattern_parts import OTHER, WORD, Border, Chars, Either, Mark, Part, Row, Times, walk

_TAKEN = 0.3  # steps, for a character that a repeat of single characters takes
_LOOKED_FOR = 0.2  # steps, for each place behind such a repeat at which a certain character is looked for
_TAIL = 1 << 16  # where a repeat without limit ends at the latest: strings are cut there
_MANY = 1e30

# From phase to phase of the repeated pair, and by phase.
Matrix: TypeAlias = tuple[float, float, float, float]
Vector: TypeAlias = tuple[float, float]
ONE: Final[Matrix] = (1.0, 0.0, 0.0, 1.0)
_NONE: Matrix = (0.0, 0.0, 0.0, 0.0)
_SWAPPED: Matrix = (0.0, 1.0, 1.0, 0.0)


@dataclass(frozen=True, slots=True)
class Measure:
    """What a part does on the pumped text: ways, steps by where it starts, and how many characters it can take."""

    ways: Matrix
    steps: Vector
    length: int


class Kinds:
    """What is known of parts already: two characters that a part's sets do not tell apart give the same measure."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, int, int, bool], Measure] = {}
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
        self.codes = [min(ord(character), OTHER) for character in (pump[:1], pump[-1:]) if character]
        self._border = len({WORD >> code & 1 for code in self.codes}) == 2
        self._refusable = refusable
        self._kinds = kinds

    def measured(self, part: Part) -> Measure:
        """Return what ``part`` does."""
        first, second = (self._kinds.of(part, code) for code in self.codes) if self.codes else (-1, -1)
        key = (id(part), first, second, self._border)
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
            ways, steps, length = ONE, (0.0, 0.0), 0
            for measure in self.row(part):
                if not any(ways):
                    break
                steps = added(steps, applied(ways, measure.steps))
                ways = _product(ways, measure.ways)
                length += measure.length
            return Measure(ways, steps, length)
        if isinstance(part, Either):
            measures = [self.measured(inner) for inner in part.parts]
            ways, steps = _NONE, (0.0, 0.0)
            for measure in measures:
                ways, steps = _sum(ways, measure.ways), added(steps, measure.steps)
            return Measure(ways, steps, max(measure.length for measure in measures))
        if isinstance(part, Mark):
            return Measure(ONE, (0.0, 0.0), 0)
        here = float(isinstance(part, Border) and (not self.codes or self._border is not part.inside))
        return Measure((here, 0.0, 0.0, here), (1.0, 1.0), 0)

    def row(self, row: Row) -> list[Measure]:
        """Return the parts' measures; a character behind a repeat of one is looked for in a loop of its own."""
        measures = [self.measured(inner) for inner in row.parts]
        for index, inner in enumerate(row.parts[1:], 1):
            if isinstance(inner, Chars) and inner.masks[0].bit_count() == 1 and _is_simple(row.parts[index - 1]):
                first, second = (count - 1 + _LOOKED_FOR for count in measures[index].steps)
                measures[index] = replace(measures[index], steps=(first, second))
        return measures

    def _chars(self, masks: tuple[int, ...]) -> Measure:
        if not self.codes:  # every character fits, in both phases
            count = float(len(masks))
            return Measure(ONE if len(masks) % 2 == 0 else _SWAPPED, (count, count), len(masks))
        ends, lasted = [], []
        for phase in (0, 1):
            end = phase
            for mask in masks:
                if not mask >> self.codes[end % 2] & 1:
                    break
                end += 1
            ends.append(end if end - phase == len(masks) else None)
            lasted.append(max(end - phase, 1.0))
        ways = [float(end is not None and end % 2 == phase) for end in ends for phase in (0, 1)]
        return Measure(
            (ways[0], ways[1], ways[2], ways[3]), (lasted[0], lasted[1]), int(max(lasted)) if any(ways) else 0
        )

    def _endless(self, part: Times) -> Measure:
        """A repeat without limit is the last part: it takes all there is, and nothing can fail behind it."""
        measure = self.times(part.part, part.low, part.low)
        if not self._refusable:
            return measure
        return Measure(measure.ways, added(measure.steps, (_TAIL, _TAIL)), measure.length + _TAIL)

    def times(self, part: Part, low: int, high: int) -> Measure:
        """Return what ``part`` does ``low`` to ``high`` times."""
        one = self.measured(part)
        _, power = _powers(one.ways, low)
        more, _ = _powers(one.ways, high - low + 1)
        tried = one.steps if not _is_single(part) else (_TAKEN, _TAKEN)
        every, _ = _powers(one.ways, high)
        return Measure(_product(power, more), applied(every, tried), one.length * high)


def _is_single(part: Part) -> bool:
    return isinstance(part, Chars) and len(part.masks) == 1


def _is_simple(part: Part) -> bool:
    return isinstance(part, Times) and _is_single(part.part)


def _powers(matrix: Matrix, count: int) -> tuple[Matrix, Matrix]:
    """Return the sum of the powers below ``count``, and the power ``count``."""
    if count <= 1:
        return (ONE, matrix) if count else (_NONE, ONE)
    total, power = _NONE, ONE
    for digit in bin(count)[2:]:
        total, power = _sum(total, _product(power, total)), _product(power, power)
        if digit == "1":
            total, power = _sum(ONE, _product(matrix, total)), _product(matrix, power)
    return total, power


def _product(left: Matrix, right: Matrix) -> Matrix:
    a, b, c, d = left
    e, f, g, h = right
    return _bounded((a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h))


def _sum(left: Matrix, right: Matrix) -> Matrix:
    return _bounded((left[0] + right[0], left[1] + right[1], left[2] + right[2], left[3] + right[3]))


def _bounded(matrix: Matrix) -> Matrix:
    return matrix if sum(matrix) < _MANY else tuple(min(entry, _MANY) for entry in matrix)  # type: ignore[return-value]


def applied(matrix: Matrix, vector: Vector) -> Vector:
    """Return what ``vector`` counts, once for each way that leads there."""
    a, b, c, d = matrix
    return (min(a * vector[0] + b * vector[1], _MANY), min(c * vector[0] + d * vector[1], _MANY))


def added(left: Vector, right: Vector) -> Vector:
    """Return the sum."""
    return (left[0] + right[0], left[1] + right[1])
