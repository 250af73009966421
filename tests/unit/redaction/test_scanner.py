"""The prefilter saves time and nothing else: with and without it a text comes out the same."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from otel_kit.policy.load import load_policy
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.key_classes import KeyClasses
from otel_kit.redaction.key_values import KeyValues
from otel_kit.redaction.rules import compile_rule
from otel_kit.redaction.scanner import Scanner
from otel_kit.redaction.urls import EncodedRuns, Urls

POLICY = load_policy()
RULES = [compile_rule(rule, (), ()) for rule in POLICY.rules]
CLASSES = KeyClasses(POLICY.keys, frozenset())
SCANNER = Scanner([KeyValues(CLASSES), *RULES, EncodedRuns(Urls(CLASSES, Scanner([KeyValues(CLASSES), *RULES]).scan))])
EXAMPLES = [text for rule in POLICY.rules for pair in rule.examples for text in pair]
PIECES = (
    *EXAMPLES, "password=", "Token: ", '"api_key": "', "a", "Z", "0", "4111", "1111", " ", "-", ".", "@", "%40", "+1",
    "/", "://", ":", "=", "'", '"', "\\", "\n", "é", "\u017f", "\u212a", "\x00",
)  # fmt: skip


def both(text: str) -> tuple[tuple[str, Findings], tuple[str, Findings]]:
    """Return what the scanner makes of ``text`` with and without its prefilter."""
    with_filter, without = Findings(), Findings()
    return (SCANNER.scan(text, with_filter), with_filter), (SCANNER.unfiltered(text, without), without)


@settings(max_examples=600, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_the_prefilter_loses_nothing_near_real_values(text: str) -> None:
    """Pieces of real values in any order: same text, same counts."""
    filtered, unfiltered = both(text)

    assert filtered == unfiltered


@settings(max_examples=200, deadline=None)
@given(st.one_of([st.from_regex(rule.pattern) for rule in RULES]))
def test_the_prefilter_loses_nothing_that_a_pattern_matches(text: str) -> None:
    """Texts drawn from the patterns themselves: each rule's needles stand in whatever it matches."""
    filtered, unfiltered = both(text)

    assert filtered == unfiltered


def test_each_rule_has_needles() -> None:
    """A rule that must always run costs every clean string; write its pattern so that something is required."""
    assert [rule.id for rule in RULES if not rule.needles.strings] == []
