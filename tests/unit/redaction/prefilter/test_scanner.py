"""The prefilters save time and nothing else: with either of them or none a text comes out the same."""

from __future__ import annotations

import dataclasses
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_kit.policy.load import load_policy
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.key_classes import KeyClasses
from otel_kit.redaction.prefilter.engines import Engine, has_hyperscan
from otel_kit.redaction.prefilter.scanner import Scanner
from otel_kit.redaction.rules import CompiledRule, compile_rule
from otel_kit.redaction.treatments import TextTreatments

POLICY = load_policy()
RULES = [compile_rule(rule, (), ()) for rule in POLICY.rules]
ENGINES = {"stdlib": Engine(), "hyperscan": Engine()}
TIERS = [pytest.param(name, marks=pytest.mark.skipif(not has, reason="extra fast")) for name, has in
         (("stdlib", True), ("hyperscan", has_hyperscan()))]  # fmt: skip


def scanner(name: str) -> Scanner:
    """Return the scanner of the shipped policy with the prefilter of one tier."""
    engine = ENGINES[name]
    classes = KeyClasses(POLICY.keys, frozenset())
    treatments = TextTreatments(
        RULES, classes, frozenset(), lambda content, _: content, lambda *_: False, engine.called
    )
    engine.serve(treatments.scanner.all_steps())
    if name == "hyperscan":
        engine.start(wait=True)
    return treatments.scanner


SCANNERS = {name: scanner(name) for name in ENGINES if name == "stdlib" or has_hyperscan()}
EXAMPLES = [text for rule in POLICY.rules for pair in rule.examples for text in pair]
COUNTER_EXAMPLES = [text for rule in POLICY.rules for text in rule.counter_examples]
CONTEXTS = [f"{word} " for rule in POLICY.rules for word in rule.context]
KEYS = [f"{phrase}=" for one in POLICY.keys for phrase in (*one.words, *one.endings, *one.exact)]
PIECES = (
    "password=", "Token: ", '"api_key": "', "user", "Name", "a", "Z", "0", "4111", "1111", " ", "-", ".", "@", "%40",
    "+1", "/", "://", ":", "=", "_", "'", '"', "\\", "\n", "é", "\u00a0", "\u2013", "\u017f", "\u212a", "\x00", "\xff",
    "??", "',b'", "eyJ",
)  # fmt: skip
ALL_PIECES = (*EXAMPLES, *COUNTER_EXAMPLES, *CONTEXTS, *KEYS, *PIECES * 20)


def outcomes(text: str) -> list[tuple[str, Findings]]:
    """Return what the scanners make of ``text`` with each of their prefilters and without any."""
    found = []
    for scan in (*(one.scan for one in SCANNERS.values()), SCANNERS["stdlib"].unfiltered):
        findings = Findings()
        found.append((scan(text, findings), findings))
    return found


def assert_all_equal(text: str) -> None:
    """Fail unless every tier gives the same text and the same counts."""
    first, *others = outcomes(text)
    for other in others:
        assert other == first


@pytest.mark.parametrize("name", TIERS)
def test_the_tier_is_the_one_that_it_says(name: str) -> None:
    """Otherwise the tests here would compare one tier with itself."""
    assert ENGINES[name].name == name
    assert ENGINES[name].failure is None


def test_the_tiers_agree_on_every_example() -> None:
    """What the rules' authors thought of."""
    for text in [*EXAMPLES, *COUNTER_EXAMPLES]:
        for variant in (text, text.upper(), f"x{text}", f"é{text}é", f"_{text}0", f"\n{text}\n", f"\ufffd{text}"):
            assert_all_equal(variant)


def test_the_tiers_agree_on_generated_texts() -> None:
    """Thousands of texts that are made of real values, names and what stands between them; the same each time."""
    draw = random.Random(4)
    for _ in range(4000):
        text = "".join(draw.choices(ALL_PIECES, k=draw.randrange(1, 7)))
        if draw.random() < 0.3:
            at = draw.randrange(len(text) + 1)
            text = text[:at] + draw.choice("0aA_ .-:=\n\u2010") + text[at + draw.randrange(2) :]
        assert_all_equal(text)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(ALL_PIECES) | st.text(max_size=4), max_size=8).map("".join))
def test_the_prefilter_loses_nothing_near_real_values(text: str) -> None:
    """Pieces of real values in any order: same text, same counts."""
    assert_all_equal(text)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_the_prefilter_loses_nothing_that_a_pattern_matches(data: st.DataObject) -> None:
    """Texts drawn from the patterns themselves: each rule's needles and signs stand in whatever it matches."""
    rule = data.draw(st.sampled_from(POLICY.rules))
    text = data.draw(st.from_regex(re.compile(rule.pattern, re.ASCII)))
    before = data.draw(st.sampled_from(["", *(f"{word} " for word in rule.context)]))

    assert_all_equal(before + text)


LEADS = [rule for rule in RULES if rule.lead is not None]


def test_some_rules_have_a_lead() -> None:
    """An e-mail address begins with up to 64 characters of almost any kind."""
    assert "email" in [rule.id for rule in LEADS]


@pytest.mark.parametrize("rule", LEADS, ids=lambda rule: rule.id)
def test_a_lead_finds_what_the_pattern_finds(rule: CompiledRule) -> None:
    """Searched from near the lead or from the beginning, the matches are the same."""
    draw = random.Random(5)
    plain = dataclasses.replace(rule, lead=None)
    pieces = [text for pair in rule.rule.examples for text in pair]
    pieces += ["a", "a" * 63, "a" * 64, "a" * 65, "@", ".", " ", "x.de", "a:b@tcp("]
    for _ in range(3000):
        text = "".join(draw.choices(pieces, k=draw.randrange(1, 8)))
        assert list(rule.values(text)) == list(plain.values(text))


def test_each_rule_has_needles() -> None:
    """A rule that must always run costs every clean string; write its pattern so that something is required."""
    assert [rule.id for rule in RULES if not rule.needles] == []
