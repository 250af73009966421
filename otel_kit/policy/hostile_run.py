"""The second line against slow patterns: they are run on hostile texts that grow, and stopped before anybody waits."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator

from otel_kit.policy.hostile import Hostile, worst_texts
from otel_kit.policy.re2 import FLAGS

_LARGEST = 1 << 13
_SMALLEST = 8
_SMALL = 64  # up to here one character more at a time: some patterns take twice as long for each
_GROWTH = 1.5
_STEP_S = 0.05  # a text that takes longer is the last one
# Static analysis allows about 1 s for 1 MB. Run-time differs by machine: only what is beyond all doubt is a fault.
_TOO_SLOW_S = 5e-6
_BREAKS = ("", "~", "\n", "!")


def measured_reasons(
    pattern: str,
    examples: Iterable[str] = (),
    *,
    refusable: bool = False,
    clock: Callable[[], float] = time.thread_time,
) -> list[str]:
    """Return why ``pattern`` is too slow as it runs: on the worst texts that its analysis found, and on its examples.

    ``clock`` counts CPU seconds. Returns after a second or two at most, whatever the pattern.
    """
    compiled = re.compile(pattern, FLAGS)
    for text in _texts(worst_texts(pattern, refusable=refusable), examples):
        size: float = _SMALLEST
        while size <= _LARGEST:
            piece = (text * (int(size) // len(text) + 1))[: int(size)]
            started = clock()
            _search(compiled, piece, refusable=refusable)
            taken = clock() - started
            if taken > _STEP_S:
                if taken / size > _TOO_SLOW_S:
                    each = f"{taken / size * 1e6:.0f} us for each character"
                    return [f"is too slow: a text of {int(size)} characters such as {text[:24]!r} takes {each}"]
                break
            size = size + 1 if size < _SMALL else size * _GROWTH
    return []


def _texts(hostile: Iterable[Hostile], examples: Iterable[str]) -> Iterator[str]:
    for worst in hostile:
        run = worst.pump * (min(worst.length, _LARGEST // 4) // len(worst.pump) + 2)
        for end in _BREAKS:
            yield worst.prefix + run + end
        yield worst.prefix or worst.pump
    for example in examples:
        for text in (example, example[:-1], example + " "):
            if text:
                yield text


def _search(compiled: re.Pattern[str], text: str, *, refusable: bool) -> None:
    position = 0
    while (match := compiled.search(text, position)) is not None:
        position = match.start() + 1 if refusable else max(match.end(), match.start() + 1)
