"""Patterns that are too slow are told without running them, and by running them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_kit.errors import PolicyError
from otel_kit.policy.hostile import MAX_STEPS, slow_reasons, worst_texts
from otel_kit.policy.hostile_run import measured_reasons
from otel_kit.policy.load import load_policy
from otel_kit.policy.model import Rule

SLOW = [
    r"(?:a{1,30}){1,30}b",
    r"(?:a|a){1,30}b",
    r"(?:ab|ba|a|b){10}x",
    r"[a-z]{1,500}[a-z0-9]{1,500}x",
    r"key[a-z]{1,500}[a-z]{1,500}!",
    r"id: [a-z]{1,900}[a-z]{0,900}[a-z]{1,900}!",
    r"(?:[a-z]{1,20}[.-]?){1,20}!",
    r"(?:[a-z0-9]{1,20}(?:-[a-z0-9-]{1,20}){0,5}){1,3}!",
    r"(?:\s{0,9}[a-z]{0,9}){1,9}!",
    r"x{1,5}(?:[a-z][a-z0-9]{0,3}){2,6}!",
    r"(?i)(?:[a-f]{1,9}[A-F]{1,9}){1,5}!",
    r"(?:[^\s]{1,100}|[^,]{1,100}){1,4};",
    r"[^x]{1,1000}[0-9]",
    r"((?:.{1,50},){1,20})END",
    r"(?:[a-z-](?: ?){2,3}key\w{1,10}){1,10}[a-z]{0,5}[0-9]",
    r"(?:[0-9][A-Z][A-Z]{0,20}(?:b?[^\s]{1,10}b{1,5}\w{0,2})){0,20}-{1,20}x",
]
FAST = [
    r"(?:\b){0,2}KD-[0-9]",
    r"[a-z]{1,9}(?:key){0,0}z",
    r"(?:KD-){1,9}[0-9]{1,9}!",
    r"\bKD-[0-9]{8}\b",
    r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}\.[a-z]{2,10}",
    r"(?:[a-z]{1,20}\.){1,20}!",
    r"[a-z]{1,200}x",
    r"[a-z]{1,300}[a-z]{0,300}",
    r"\b(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})(?:\.[0-9]{1,3}){3}\b",
    r"key=[A-Za-z0-9_-]{20,1000}",
    r"ghp_[A-Za-z0-9]{36,}",
    r"\b(?:[0-9]{4}[ -]?){3}[0-9]{4}\b",
    r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b",
]


def refusable(rule: Rule) -> bool:
    """Whether a match of the rule may be refused."""
    return bool(rule.validator or rule.context or rule.literals)


@pytest.mark.parametrize("pattern", SLOW)
def test_a_slow_pattern_is_told_with_a_text_that_shows_it(pattern: str) -> None:
    """Parts that can share out the same text, nested or side by side."""
    (reason,) = slow_reasons(pattern)

    assert "on a text such as" in reason


@pytest.mark.parametrize("pattern", FAST)
def test_a_fast_pattern_is_not_told(pattern: str) -> None:
    """Bounded repeats with something between them are what most rules are made of."""
    assert [] == slow_reasons(pattern)


@pytest.mark.parametrize("pattern", [r"(?:a{1,30}){1,30}b", r"[a-z]{1,500}[a-z0-9]{1,500}x", r"(?:ab|ba|a|b){20}x"])
def test_a_slow_pattern_is_slow_when_it_runs(pattern: str) -> None:
    """The second line sees it, too, and ends in time."""
    (reason,) = measured_reasons(pattern)

    assert "for each character" in reason


def test_the_second_line_sees_what_the_analysis_did_not() -> None:
    """By an example of the rule, on a clock that runs as fast as the text grows."""
    ticks = iter(range(0, 1_000_000, 1))

    assert measured_reasons(r"KD-[0-9]{8}", ["KD-12345678"], clock=lambda: next(ticks) * 0.2)
    assert [] == measured_reasons(r"KD-[0-9]{8}", ["KD-12345678"], clock=lambda: 0.0)


@pytest.mark.parametrize("pattern", [r"[a-z]{12,}", r"\b[a-z ]{12,}"])
def test_a_repeat_without_end_is_slow_where_a_match_may_be_refused(pattern: str) -> None:
    """Each of its characters is then a new place to look from."""
    assert [] == slow_reasons(pattern)
    assert slow_reasons(pattern, refusable=True)


def test_a_literal_in_front_that_the_rest_cannot_take_keeps_such_places_apart() -> None:
    """The same repeat behind it is harmless."""
    assert [] == slow_reasons(r"token=[a-z]{12,}", refusable=True)
    assert [] == slow_reasons(r"\b[a-z]{12,}", refusable=True)


def test_every_shipped_pattern_is_fast() -> None:
    """The loader looks at the user's layers only."""
    slow = {rule.id: slow_reasons(rule.pattern, refusable=refusable(rule)) for rule in load_policy().rules}

    assert {} == {name: reasons for name, reasons in slow.items() if reasons}


def test_the_worst_text_of_a_shipped_pattern_is_found_and_bearable() -> None:
    """Below the limit, not because nothing was seen."""
    (email,) = (rule for rule in load_policy().rules if rule.id == "email")

    worst, *_ = worst_texts(email.pattern, refusable=True)

    assert 10 < worst.steps < MAX_STEPS


def test_a_slow_rule_of_the_user_is_refused_at_load(tmp_path: Path) -> None:
    """With file and line, and a way out."""
    path = tmp_path / "policy.yaml"
    path.write_text("rules:\n  mine:\n    pattern: '(?:a{1,30}){1,30}b'\n")

    with pytest.raises(PolicyError) as caught:
        load_policy(path)

    (fault,) = caught.value.faults
    assert f"{path}:3" == fault.where
    assert fault.what.startswith("the pattern of rule mine is too slow: on a text such as 'aaaa")
    assert "shorten its repeats" in fault.wanted


ATOMS = st.sampled_from(
    ["[a-z]", "[^\\s]", "a", "-", "key", ".", r"\b", r"\B", "", "(?i:x)", "(y)", "[^a-z-]", r"\d", "\u00e9"]
)
REPEATS = st.sampled_from(["", "?", "{2}", "{0,3}", "{1,40}", "{0,0}", "{0,1}?"])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, REPEATS).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: "(?:" + "|".join(parts) + ")"),
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(pattern=PATTERNS, endless=st.booleans(), refused=st.booleans())
def test_every_pattern_gets_an_answer(pattern: str, endless: bool, refused: bool) -> None:
    """A policy's author may write whatever he likes."""
    pattern += "z+" if endless else "z"

    reasons = slow_reasons(pattern, refusable=refused)

    assert len(reasons) <= 1
    assert all(text.steps >= 0 for text in worst_texts(pattern, refusable=refused))
