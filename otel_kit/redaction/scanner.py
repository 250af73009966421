"""Finding and masking values in text: a prefilter, then the steps that may have something to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.needles import FOLD, SHAPE, Needles, one_byte_each


class Step(Protocol):
    """One search. Without any needle in the text it has nothing to do."""

    @property
    def needles(self) -> Needles:
        """What must be in a text before this step can alter it."""

    def apply(self, text: str, findings: Findings) -> str:
        """Return the text with what this step finds masked, counted in ``findings``."""


class Scanner:
    """Runs steps in their order over a text, once. Immutable and thread-safe."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = tuple(steps)
        self._always = frozenset(index for index, step in enumerate(steps) if not step.needles.strings)
        self._folded = _NeedleTable(steps, in_shape=False)
        self._shaped = _NeedleTable(steps, in_shape=True)

    def scan(self, text: str, findings: Findings) -> str:
        """Return ``text`` with every value masked that one pass finds."""
        candidates = self._candidates(text)
        return self._run(text, candidates, findings) if candidates else text

    def unfiltered(self, text: str, findings: Findings) -> str:
        """Return what ``scan`` returns without its prefilter: the reference that it is tested against."""
        for step in self._steps:
            text = step.apply(text, findings)
        return text

    def _run(self, text: str, candidates: Iterable[int], findings: Findings) -> str:
        waiting = sorted(candidates)
        while waiting:
            index = waiting.pop(0)
            altered = self._steps[index].apply(text, findings)
            if altered != text:
                # A mask may hold what a later step looks for.
                text = altered
                waiting = sorted(later for later in self._candidates(text) if later > index)
        return text

    def _candidates(self, text: str) -> set[int]:
        bytewise = one_byte_each(text)
        found = self._folded.steps_for(bytewise.translate(FOLD))
        if self._shaped:
            found |= self._shaped.steps_for(bytewise.translate(SHAPE))
        return found | self._always


# A single byte is found several times faster than a string: needles with a rare one wait for it. Rarest first.
_GATES = b"~%@+_(/.-: "


class _NeedleTable:
    """Needles of one view and the steps that they call."""

    def __init__(self, steps: Sequence[Step], *, in_shape: bool) -> None:
        gated: dict[int, list[tuple[bytes, int]]] = {}
        self._open: list[tuple[bytes, int]] = []
        for index, step in enumerate(steps):
            if step.needles.in_shape is not in_shape:
                continue
            for needle in step.needles.strings:
                gate = next((byte for byte in _GATES if byte in needle), None)
                if gate is None or len(needle) == 1:
                    self._open.append((needle, index))
                else:
                    gated.setdefault(gate, []).append((needle, index))
        self._gated = [(gate, tuple(needles)) for gate, needles in gated.items()]

    def __bool__(self) -> bool:
        return bool(self._open or self._gated)

    def steps_for(self, view: bytes) -> set[int]:
        found = {index for needle, index in self._open if needle in view}
        for gate, needles in self._gated:
            if gate in view:
                found.update([index for needle, index in needles if needle in view])
        return found
