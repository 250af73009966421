"""One rule, compiled: finding its values in a text and masking them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from otel_kit.policy.model import Rule
from otel_kit.policy.re2 import FLAGS, parse
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.masks import Mask, marker, mask_for
from otel_kit.redaction.prefilter.derived_needles import needles_of_rule
from otel_kit.redaction.prefilter.needles import Needles, signs_for
from otel_kit.redaction.pseudonyms import PseudonymKeys
from otel_kit.redaction.validation.validators import VALIDATORS, Validator

CONTEXT_CHARACTERS = 30
_LONG_REPEAT = 16


_LEADING_REPEAT = re.compile(
    r"(?:\\b)?(?P<set>\[\^?\]?(?:\\.|[^\]\\])+\])\{(?P<low>[1-9][0-9]?),(?P<high>[0-9]{1,3})\}(?![?+])"
)


@dataclass(frozen=True, slots=True)
class Lead:
    """A pattern that begins with a long repeat, written with the fewest: found fast, and near every match.

    A match begins at most ``reach`` characters before one of ``without``.
    """

    without: re.Pattern[str]
    reach: int


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule ready to run. ``kept`` says whether a found value stays, because it is allowed or a marker."""

    rule: Rule
    pattern: re.Pattern[str]
    lead: Lead | None
    valid: Validator | None
    context: re.Pattern[str] | None
    mask: Mask
    kept: Callable[[str], bool]

    @property
    def id(self) -> str:
        """The rule's id."""
        return self.rule.id

    @property
    def needles(self) -> Needles:
        """What must be in a text before this rule can find anything."""
        return needles_of_rule(self.rule)

    @property
    def signs(self) -> tuple[str, ...]:
        """Patterns which must all match somewhere in a text before this rule can find anything."""
        return signs_for(self.rule.pattern, self.rule.context, self.rule.literals, self.rule.group)

    def may_apply(self, text: str) -> bool:
        """Whether the pattern matches at all; an anchored one may match in a part that stands alone."""
        return self._next(text, 0) is not None or "^" in self.rule.pattern or r"\A" in self.rule.pattern

    def apply(self, text: str, findings: Findings) -> str:
        """Return the text with this rule's values masked and counted; ``drop`` leaves nothing of the text."""
        pieces: list[str] = []
        done = count = 0
        for start, end in self.values(text):
            found = text[start:end]
            masked = found if self.kept(found) else self.mask(found)
            if masked != found:
                pieces += (text[done:start], masked)
                done = end
                count += 1
        if not count:
            return text
        if self.rule.mode == "report":
            findings.report(self.rule.id, count)
            return text
        findings.hit(self.rule.id, count)
        if self.rule.action == "drop":
            return marker(self.rule.id)
        pieces.append(text[done:])
        return "".join(pieces)

    def values(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield (start, end) of every real value, allowed ones and markers included.

        A candidate that is refused is followed by a search one character on: matches are short, so this stays
        linear, and a real value that overlaps a refused one is still found.
        """
        position = 0
        group = self.rule.group
        while (match := self._next(text, position)) is not None:
            start, end = match.span(group)
            if self.is_real(text, match):
                yield start, end
                position = max(end, match.start() + 1)
            else:
                position = match.start() + 1

    def _next(self, text: str, position: int) -> re.Match[str] | None:
        if self.lead is not None:
            first = self.lead.without.search(text, position)
            if first is None:
                return None
            position = max(position, first.start() - self.lead.reach)
        return self.pattern.search(text, position)

    def is_real(self, text: str, match: re.Match[str]) -> bool:
        """Whether what the pattern found is a value: it holds a literal, passes the validator, stands in context."""
        literals = self.rule.literals
        if literals and not any(literal in match[0] for literal in literals):
            return False
        start, end = match.span(self.rule.group)
        if self.valid is not None and not self.valid(text, start, end):
            return False
        return self.has_context(text, start)

    def has_context(self, text: str, start: int) -> bool:
        """Whether one of the context words stands shortly before ``start``, or none is asked for."""
        return self.context is None or bool(self.context.search(text, max(0, start - CONTEXT_CHARACTERS), start))


def _lead_of(pattern: str) -> Lead | None:
    leading = _LEADING_REPEAT.match(pattern)
    if leading is None or len(parse(pattern)) == 1:
        return None  # one item is a choice: another way begins otherwise
    low, high = int(leading["low"]), int(leading["high"])
    if high - low < _LONG_REPEAT:
        return None
    without = re.compile(f"{leading['set']}{{{low}}}{pattern[leading.end() :]}", FLAGS)
    return Lead(without, high - low)


def compile_rule(
    rule: Rule, markers: Collection[str], allowed: Collection[str], pseudonyms: PseudonymKeys | None = None
) -> CompiledRule:
    """Return the compiled rule; ``allowed`` are values in lower case that stay, ``markers`` those of all rules."""
    stay = frozenset(markers)
    allow = frozenset(allowed)

    def kept(found: str) -> bool:
        return found in stay or found.lower() in allow

    words = "|".join(re.escape(word) for word in rule.context)
    return CompiledRule(
        rule=rule,
        pattern=re.compile(rule.pattern, FLAGS),
        lead=_lead_of(rule.pattern),
        valid=VALIDATORS[rule.validator] if rule.validator else None,
        context=re.compile(rf"\b(?:{words})\b", FLAGS | re.IGNORECASE) if words else None,
        mask=mask_for(rule, pseudonyms),
        kept=kept,
    )
