"""Byte patterns match at least where their patterns do."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_kit.policy.load import load_policy
from otel_kit.redaction.prefilter.byte_classes import one_byte_each
from otel_kit.redaction.prefilter.byte_patterns import byte_patterns

RULES = load_policy().rules


def matches(pattern: str, text: str) -> bool:
    """Whether one of the byte patterns is found in the text's bytes, by Python's own engine."""
    return any(re.search(way, one_byte_each(text)) for way in byte_patterns(pattern))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("^a", "ba"),
        ("[^?]x", "\u20acx"),
        ("[\u0430-\u044f]{3}", "\u0438\u043c\u044f"),
        ("[\u00a0\u2013]1", "\u20131"),
        ("(?i:k)", "K"),
        ("(?i)[a-c]-é", "B-é"),
        (".a", "\u4e2da"),
        (r"\bab\b", "éabé"),
        (r"[^\w]a", "éa"),
        ("a(?:bc|d{2,9})", "add"),
        ("ab{3,}", "abbb"),
        ("(?s).a", "\na"),
    ],
)
def test_a_byte_pattern_is_found_where_its_pattern_is(pattern: str, text: str) -> None:
    """Characters beyond latin-1, anchors, both cases, repeats that are cut short."""
    assert pattern == "^a" or re.search(pattern, text, re.ASCII)
    assert matches(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("[0-9]{3}", "12a"), ("(?i:ab)c", "ABC"), ("[^a]b", "ab"), (".a", "\na"), (r"\bab", "xab"), ("x?", "x")],
)
def test_a_byte_pattern_is_not_found_everywhere(pattern: str, text: str) -> None:
    """It would be of no use."""
    assert matches(pattern, text) is (pattern == "x?")


def test_long_patterns_are_cut() -> None:
    """What takes hyperscan seconds to compile is compared by its beginning only."""
    (cut,) = byte_patterns("abc" + "(?:[a-z]{1,5}[0-9]x?){40}" * 12)

    assert len(cut) < 400
    assert re.search(cut, b"abcd1e2f3g4h5i6j7k8l9m0n1o2p3q4")


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_match_of_a_shipped_rule_is_lost(data: st.DataObject) -> None:
    """Texts drawn from the rules' own patterns."""
    rule = data.draw(st.sampled_from(RULES))
    text = data.draw(st.from_regex(re.compile(rule.pattern, re.ASCII)))

    assert matches(rule.pattern, text)
