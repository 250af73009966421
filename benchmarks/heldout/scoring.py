"""What came out, compared with what was planted: leaks, false alarms, and the carriers' own words that were lost."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from benchmarks.heldout.model import Item, survives

_WORD = re.compile(r"[A-Za-z0-9]+")
Redact = Callable[[str], tuple[str, Mapping[str, int]]]
"""Returns the text redacted, and how often each rule altered it."""
RedactAll = Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Failure:
    """An item that came out wrong: a leak, or a hard negative that was altered."""

    item: Item
    output: str


@dataclass(slots=True)
class Score:
    """Counts by type, and every failure."""

    total: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    words: int = 0
    words_lost: int = 0
    failures: list[Failure] = field(default_factory=list)
    seen: list[Item] = field(default_factory=list)  # every positive
    alarms: Counter[tuple[str, str]] = field(default_factory=Counter)  # kind of negative and the rule that altered it
    reserved_total: Counter[str] = field(default_factory=Counter)
    reserved_failed: Counter[str] = field(default_factory=Counter)

    def add(self, item: Item, output: str, *, is_wrong: bool) -> None:
        """Count one item."""
        self.total[item.type] += 1
        if not item.is_negative:
            self.seen.append(item)
        if item.is_reserved:
            self.reserved_total[item.type] += 1
            self.reserved_failed[item.type] += is_wrong
        if is_wrong:
            self.failed[item.type] += 1
            self.failures.append(Failure(item, output))


def score(items: Iterable[Item], redact: Redact, redact_all: RedactAll) -> Score:
    """Redact each item, its text or its attributes, and return what came of it."""
    found = Score()
    for item in items:
        if item.attributes is None:
            output, hits = redact(item.text)
            if item.is_negative:
                found.add(item, output, is_wrong=output != item.text)
                found.alarms.update((item.type, rule) for rule in hits)
                continue
            _count_words(found, item, output)
        else:
            output = flat(redact_all(item.attributes))
        found.add(item, output, is_wrong=has_leaked(item, output))
    return found


def has_leaked(item: Item, output: str) -> bool:
    """Whether a planted value survives, also behind percent signs."""
    shown = [output, unquote(output), unquote(unquote(output))] if "%" in output else [output]
    return any(survives(planted, text) for planted in item.planted for text in shown)


def flat(value: Any) -> str:
    """Return keys and values as one text, strings as they are."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, Mapping):
        return "\n".join(f"{key}\n{flat(entry)}" for key, entry in value.items())
    if isinstance(value, (list, tuple)):
        return "\n".join(flat(entry) for entry in value)
    return json.dumps(value)


def _plain(text: str) -> str:
    return unquote(unquote(text)) if "%" in text else text


def _count_words(found: Score, item: Item, output: str) -> None:
    words = Counter(_WORD.findall(_plain(" ".join(item.words))))
    left = Counter(_WORD.findall(_plain(output)))
    found.words += words.total()
    found.words_lost += (words - left).total()
