"""The RE2 subset."""

from __future__ import annotations

import pytest

from otel_kit.policy.re2 import complaints, groups


@pytest.mark.parametrize(
    ("pattern", "word"),
    [
        ("(?=a)b", "look-around"), ("(?<!a)b", "look-around"), (r"(a)\1", "back-reference"), ("(?>a)b", "atomic"),
        ("a++b", "possessive"), (r"a\Z", r"\Z"), ("a$", "$"), ("a*b", "unbounded"), ("(?:ab)+", "unbounded"),
        ("(?:a+b){2}", "unbounded"), ("a{1001}", "1000"), ("(?:a{100}){11}", "1000"), ("a*", "nothing at all"),
        ("(a", "cannot be read"), ("(?:a|b+)c", "unbounded"), ("(a)?(?(1)b|c)", "conditional"),
    ],
)  # fmt: skip
def test_what_other_engines_cannot_do_is_refused(pattern: str, word: str) -> None:
    """Each refusal says why."""
    assert any(word in complaint for complaint in complaints(pattern))


@pytest.mark.parametrize("pattern", ["a", r"\bab{1,1000}c", "(?i:a)[^b]{2}", "(?:a{10}){100}", "a[bc]+", "(a(?:b|c+))"])
def test_the_subset_is_accepted(pattern: str) -> None:
    """Bounded repeats anywhere, an unbounded one at the very end."""
    assert complaints(pattern) == []


def test_groups_are_counted() -> None:
    """Only capturing groups can be named by a rule."""
    assert groups("(a)(?:b)(c)") == 2
