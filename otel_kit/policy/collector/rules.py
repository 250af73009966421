"""What the Collector can do of each value rule: the patterns it looks for, what differs, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from otel_kit.errors import Fault
from otel_kit.policy.collector.patterns import Piece, behind, pieces, with_digit
from otel_kit.policy.model import Rule
from otel_kit.policy.re2 import FLAGS, complaints

MASK = "****"

_GAP = 28  # between a context word and the value: both lie within the 30 characters that the SDK looks at
_FASTER = 280  # instructions; above 500 Go leaves its backtracker for a slower engine
_CAPITALS = re.compile("[A-Z]{2}[A-Za-z0-9]")
_LAST = chr(0x10FFFF)
_UNBOUNDED = "has an unbounded repeat before its end"
_NO_DIGIT_CHECK = "no check that it looks drawn by a machine"
_WITH_THE_WORD = "the word before it is masked as well"


@dataclass(frozen=True, slots=True)
class Form:
    """One rule as the Collector does it; ``refused`` says why it does not.

    ``bordered``: a counter-example forbids that any piece begins inside of a word.
    """

    rule: Rule
    pieces: tuple[Piece, ...] = ()
    differs: str = ""
    refused: str = ""
    bordered: bool = False


@dataclass(frozen=True, slots=True)
class ValuePattern:
    """One entry of ``blocked_values`` and what it is for."""

    about: str
    pattern: str


def forms(rules: Iterable[Rule], faults: list[Fault]) -> list[Form]:
    """Return the form of each rule; one that would mask what the rule leaves, or find less, is added to ``faults``."""
    found = []
    for rule in rules:
        form = _form(rule)
        if isinstance(form, str):
            faults.append(_fault(rule, form))
            continue
        if next(_contradictions(form), None):
            form = replace(form, bordered=True)
        faults.extend(_fault(rule, what) for what in _contradictions(form))
        found.append(form)
    return found


def value_patterns(found: Sequence[Form]) -> list[ValuePattern]:
    r"""Return the patterns of all forms.

    What begins with a text that Go looks for stands alone, in the order of the policy; so does, without its ``\b``,
    what begins with capital letters, as hardly any word ends with them. What else begins at the border of a word is
    joined, since each pattern of that kind costs a walk over the whole text: all that begin with a fixed text into one,
    where the first letters tell them apart, the rest by their size.
    """
    singles: list[ValuePattern] = []
    capitals: list[tuple[str, Piece]] = []
    rows: list[tuple[str, Piece]] = []
    for form in found:
        for piece in form.pieces:
            if not piece.bordered:
                singles.append(ValuePattern(form.rule.id, piece.pattern))
            elif _CAPITALS.match(piece.prefix) and not form.bordered:
                capitals.append((form.rule.id, piece))
            else:
                rows.append((form.rule.id, piece))
    # A longer beginning before a shorter one, which may match less of the value; equal ones in the policy's order.
    rows.sort(key=lambda row: (row[1].prefix + _LAST) if row[1].prefix else row[1].pattern)
    capitals.sort(key=lambda row: row[1].prefix + _LAST)
    fixed = [row for row in rows if row[1].prefix]
    free = [row for row in rows if not row[1].prefix]
    return [*singles, *_by_beginning(capitals), *_joined(fixed), *_small(free)]


def compiled(form: Form) -> list[re.Pattern[str]]:
    """Return what the Collector looks for, for a text that Python looks at."""
    return [re.compile(one.pattern, FLAGS) for one in value_patterns([form])]


def masked(form: Form, text: str) -> str:
    """Return ``text`` as the Collector leaves it, if it knew this rule alone."""
    for pattern in compiled(form):
        text = pattern.sub(MASK, text)
    return text


def _form(rule: Rule) -> Form | str:
    """Return the form of a rule, or what is missing to give it one."""
    if rule.mode == "report":
        return Form(rule, refused="it is in the mode report, and the Collector cannot count without altering")
    own = rule.collector
    if own is not None and own.pattern is None:
        return Form(rule, refused=own.reason)
    if own is not None and own.pattern is not None:
        wrong = [what for what in complaints(own.pattern) if what != _UNBOUNDED]
        if wrong:
            return f"has a collector pattern that {wrong[0]}"
        return Form(rule, tuple(pieces(own.pattern)), differs=own.reason)
    pattern = rule.pattern
    if rule.validator == "random":
        pattern = with_digit(pattern) or pattern
    elif rule.validator is not None:
        return f"is checked by {rule.validator}, which the Collector cannot do"
    if rule.context:
        words = "|".join(re.escape(word) for word in sorted(rule.context))
        return Form(rule, (behind(words, _GAP, pattern),), differs=_WITH_THE_WORD)
    return Form(rule, tuple(pieces(pattern)), differs=_NO_DIGIT_CHECK if rule.validator else "")


def _contradictions(form: Form) -> Iterator[str]:
    """Yield what the rule's own examples say against its form."""
    if form.refused:
        return
    for text, result in form.rule.examples:
        hidden = hidden_part(text, result)
        if hidden and hidden in masked(form, text):
            yield f"leaves {hidden!r} of its example {text!r} in the Collector"
        elif masked(form, result) != result:
            yield f"finds in the Collector what the SDK left, {result!r}"
    if form.rule.collector is None:
        for text in form.rule.counter_examples:
            if masked(form, text) != text:
                yield f"masks its counter-example {text!r} in the Collector"


def hidden_part(text: str, result: str) -> str:
    """Return the part of ``text`` that ``result`` does not show, or nothing where it is too short to tell."""
    start = next((at for at, (left, right) in enumerate(zip(text, result, strict=False)) if left != right), 0)
    tail = 0
    while tail < min(len(text), len(result)) - start and text[-1 - tail] == result[-1 - tail]:
        tail += 1
    hidden = text[start : len(text) - tail]
    return hidden if len(hidden) >= 4 else ""


def _fault(rule: Rule, what: str) -> Fault:
    wanted = "a field collector with pattern and differs, or with refused, is needed"
    return Fault(rule.origin or rule.id, f"rule {rule.id} {what}", wanted)


def _by_beginning(rows: Iterable[tuple[str, Piece]]) -> Iterator[ValuePattern]:
    """Yield one pattern for all rows that share their first two letters, which Go then looks for."""
    for start, group in groupby(rows, lambda row: row[1].prefix[:2]):
        chosen = list(group)
        ids = ", ".join(dict.fromkeys(rule_id for rule_id, _ in chosen))
        rests = dict.fromkeys(piece.pattern.removeprefix(start) for _, piece in chosen)
        yield ValuePattern(ids, f"{start}(?:{'|'.join(rests)})" if len(rests) > 1 else start + next(iter(rests)))


def _joined(rows: Iterable[tuple[str, Piece]]) -> Iterator[ValuePattern]:
    """Yield one pattern for all rows: their beginnings are told apart at once."""
    chosen = list(rows)
    if chosen:
        ids = ", ".join(dict.fromkeys(rule_id for rule_id, _ in chosen))
        patterns = dict.fromkeys(piece.pattern for _, piece in chosen)
        yield ValuePattern(ids, rf"\b(?:{'|'.join(patterns)})")


def _small(rows: Iterable[tuple[str, Piece]]) -> Iterator[ValuePattern]:
    """Yield patterns of some rows each, short enough for Go's faster engine."""
    group: list[tuple[str, Piece]] = []
    known: set[str] = set()
    size = 0
    for rule_id, piece in rows:
        more = 0 if piece.pattern in known else piece.size
        if size + more > _FASTER:
            yield from _joined(group)
            group, known, size, more = [], set(), 0, piece.size
        group.append((rule_id, piece))
        known.add(piece.pattern)
        size += more
    yield from _joined(group)
