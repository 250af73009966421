"""Finding and masking values in text: a prefilter, then the steps that may have something to do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.prefilter.needles import Needles


class Step(Protocol):
    """One search. Without its needles and its signs in the text it has nothing to do."""

    @property
    def needles(self) -> Needles:
        """What must be in a text before this step can alter or count anything."""

    @property
    def signs(self) -> tuple[str, ...]:
        """Patterns which must all match somewhere in a text before this step can do anything, the rarest first."""

    def may_apply(self, text: str) -> bool:
        """Whether this step may find something in ``text``, or in a part of it between characters of no word."""

    def apply(self, text: str, findings: Findings) -> str:
        """Return the text with what this step finds masked, counted in ``findings``."""


Prefilter = Callable[[str], Collection[int]]


class Scanner:
    """Runs steps in their order over a text, once. Thread-safe.

    ``prefilter`` returns the numbers of the steps that a text calls, and perhaps of steps beyond those given here.
    """

    def __init__(self, steps: Sequence[Step | None], prefilter: Prefilter) -> None:
        """``None`` keeps the number of a step that is left out."""
        self._steps = tuple(steps)
        self._prefilter = prefilter

    def all_steps(self) -> list[Step]:
        """Return the steps, none of which may be left out, in their order."""
        return [step for step in self._steps if step is not None]

    def scan(self, text: str, findings: Findings) -> str:
        """Return ``text`` with every value masked that one pass finds."""
        called = self._prefilter(text)
        return self.run(text, called, findings) if called else text

    def called(self, text: str) -> Collection[int]:
        """Return the numbers of the steps that ``text`` calls, for ``run``."""
        return self._prefilter(text)

    def run(self, text: str, called: Collection[int], findings: Findings) -> str:
        """Return what ``scan`` returns, for a text that calls these steps."""
        waiting = sorted(called)
        while waiting:
            index = waiting.pop(0)
            step = self.step(index)
            altered = step.apply(text, findings) if step is not None else text
            if altered != text:
                # A mask may hold what a later step looks for.
                text = altered
                waiting = sorted(later for later in self._prefilter(text) if later > index)
        return text

    def narrowed(self, text: str, called: Collection[int]) -> list[int]:
        """Return those of the called steps that may find something in ``text`` or in a part of it that stands alone."""
        steps = ((number, self.step(number)) for number in sorted(called))
        return [number for number, step in steps if step is not None and step.may_apply(text)]

    def step(self, number: int) -> Step | None:
        """Return a step by its number, or None where it is left out or none of this scanner's."""
        return self._steps[number] if number < len(self._steps) else None

    def unfiltered(self, text: str, findings: Findings) -> str:
        """Return what ``scan`` returns without its prefilter: the reference that it is tested against."""
        for step in self.all_steps():
            text = step.apply(text, findings)
        return text
