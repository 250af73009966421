"""What is said on standard error: about a line when it comes, about all of them at the end. Never a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from otel_kit.cli.redact.line import Seen
    from otel_kit.redaction.findings import Findings

_SAID_AT_ONCE = 20
_WAITING = 200


class Tally:
    """Counts lines and says what is to be said, by ``say``; what concerns many lines is said in ranges."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._lines = 0
        self._not_json = 0
        self._foreign = 0
        self._waiting: dict[tuple[str, str], list[list[int]]] = {}

    @property
    def not_json(self) -> bool:
        """Whether a line was no JSON."""
        return self._not_json > 0

    def count(self, lines: int) -> None:
        """Count lines that went out."""
        self._lines += lines

    def note(self, name: str, number: int, seen: Seen) -> None:
        """Take down what is to be said about line ``number`` of the file ``name``, empty for standard input."""
        self._foreign += seen.foreign
        if seen.not_json:
            self._not_json += 1
            self._about(name, number, f"{seen.not_json}, redacted as text", self._not_json)
        if seen.cut:
            self._about(name, number, "was cut: a text is redacted up to 64 KiB, a record up to 1 MiB", 1)

    def end(self, findings: Findings) -> None:
        """Say what was not yet said, and the counts by rule."""
        self._flush()
        altered = sum(findings.hits.values())
        self._say(f"{_count(self._lines, 'line')}, {_count(altered, 'value')} altered")
        self._table(findings.hits)
        if findings.reported:
            self._say("found by rules in report mode, left as they are:")
            self._table(findings.reported)
        if self._foreign:
            self._say(f"{_count(self._foreign, 'line')} held bytes that are no UTF-8: read as Latin-1")
        if findings.errors:
            self._say(f"{_count(findings.errors, 'value')} could not be scanned and was dropped")

    def _about(self, name: str, number: int, what: str, times: int) -> None:
        if times <= _SAID_AT_ONCE:
            self._say(f"{name}:{number} {what}" if name else f"line {number} {what}")
            return
        ranges = self._waiting.setdefault((name, what), [])
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
            return
        ranges.append([number, number])
        if len(ranges) > _WAITING:
            self._flush()

    def _flush(self) -> None:
        for (name, what), ranges in self._waiting.items():
            shown = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)
            self._say(f"{name + ': ' if name else ''}lines {shown}: each {what}")
        self._waiting.clear()

    def _table(self, counts: dict[str, int]) -> None:
        width = max(map(len, counts), default=0)
        for rule, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            self._say(f"  {rule:<{width}}  {count}")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
