"""One rule, compiled: finding its values in a text and masking them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from otel_kit.policy.model import Rule
from otel_kit.policy.re2 import FLAGS
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.masks import Mask, mask_for
from otel_kit.redaction.needles import Needles, any_of, needles_of
from otel_kit.redaction.validators import VALIDATORS, Validator

_CONTEXT_CHARACTERS = 30


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule ready to run. ``kept`` says whether a found value stays, because it is allowed or a marker."""

    id: str
    needles: Needles
    pattern: re.Pattern[str]
    group: int
    valid: Validator | None
    context: re.Pattern[str] | None
    mask: Mask
    kept: Callable[[str], bool]

    def apply(self, text: str, findings: Findings) -> str:
        """Return the text with this rule's values masked and counted.

        A candidate that is refused is followed by a search one character on: matches are short, so this stays
        linear, and a real value that overlaps a refused one is still found.
        """
        pieces: list[str] = []
        done = position = count = 0
        while (match := self.pattern.search(text, position)) is not None:
            start, end = match.span(self.group)
            if not self._real(text, start, end):
                position = match.start() + 1
                continue
            found = text[start:end]
            masked = found if self.kept(found) else self.mask(found)
            position = max(end, match.start() + 1)
            if masked != found:
                pieces += (text[done:start], masked)
                done = end
                count += 1
        if not count:
            return text
        findings.hit(self.id, count)
        pieces.append(text[done:])
        return "".join(pieces)

    def _real(self, text: str, start: int, end: int) -> bool:
        if self.valid is not None and not self.valid(text, start, end):
            return False
        return self.context is None or bool(self.context.search(text, max(0, start - _CONTEXT_CHARACTERS), start))


def compile_rule(rule: Rule, markers: Collection[str], allowed: Collection[str]) -> CompiledRule:
    """Return the compiled rule; ``allowed`` are values in lower case that stay, ``markers`` those of all rules."""
    stay = frozenset(markers)
    allow = frozenset(allowed)

    def kept(found: str) -> bool:
        return found in stay or found.lower() in allow

    words = "|".join(re.escape(word) for word in rule.context)
    return CompiledRule(
        id=rule.id,
        needles=any_of(rule.context) if rule.context else needles_of(rule.pattern),
        pattern=re.compile(rule.pattern, FLAGS),
        group=rule.group,
        valid=VALIDATORS[rule.validator] if rule.validator else None,
        context=re.compile(rf"\b(?:{words})\b", FLAGS | re.IGNORECASE) if words else None,
        mask=mask_for(rule.action, rule.id),
        kept=kept,
    )
