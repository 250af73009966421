"""What a rule says of itself, tried: each example must become what it says, each counter-example must stay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from otel_kit.errors import Fault
from otel_kit.policy.model import Rule
from otel_kit.policy.re2 import complaints
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.pseudonyms import is_pseudonym
from otel_kit.redaction.rules import CompiledRule


def pattern_faults(rule: Rule) -> Iterator[Fault]:
    """Yield why the rule's pattern cannot be used."""
    for what in complaints(rule.pattern):
        yield Fault(rule.origin or rule.id, f"rule {rule.id}: the pattern {what}")


def example_faults(compiled: CompiledRule) -> Iterator[Fault]:
    """Yield the examples and counter-examples that the rule, alone, does not fulfil.

    A rule that reports is tried as if it masked. Pseudonyms differ from key to key: ``hmac:`` stands for any.
    """
    rule = compiled.rule
    tried = replace(compiled, rule=replace(rule, mode="enforce"))
    where = rule.origin or rule.id
    for text, wanted in rule.examples:
        got = tried.apply(text, Findings())
        if got != wanted and not (rule.action == "pseudonym" and _with_pseudonyms(got) == wanted):
            what = "does not match" if got == text else f"becomes {got!r}"
            yield Fault(where, f"rule {rule.id}: example {text!r} {what}", f"{wanted!r} is wanted")
        elif tried.apply(got, Findings()) != got:
            yield Fault(where, f"rule {rule.id}: the result {got!r} is found again", "a mask must hide its value")
    for text in rule.counter_examples:
        got = tried.apply(text, Findings())
        if got != text:
            yield Fault(where, f"rule {rule.id}: counter-example {text!r} becomes {got!r}", "it must stay")


def _with_pseudonyms(text: str) -> str:
    return " ".join("hmac:" if is_pseudonym(word) else word for word in text.split(" "))
