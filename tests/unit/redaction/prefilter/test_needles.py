"""Deriving what a match must contain."""

from __future__ import annotations

import pytest

from otel_kit.redaction.prefilter.needles import Needles, any_of, needles_for, needles_of
from otel_kit.redaction.prefilter.required_strings import EDGE, HEX, SHAPE


@pytest.mark.parametrize(
    ("pattern", "strings"),
    [
        (r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b", {b"\x01000-00-0000\x01"}),
        (r"[0-9]{1,3}\.[0-9]{1,3}\.", {b"0.0.", b"0.00.", b"0.000."}),
        (r"(?:AKIA|ASIA)[A-Z0-9]{16}", {b"akia", b"asia"}),
        (r"(?i:bearer) {1,3}[a-z]{12,20}", {b"bearer "}),
        (r"[^x]{1,64}(?:@|%40)[a-z]+", {b"@", b"%00"}),
        (r"a(?:bc|bd[0-9]{9,12})x", {b"abc", b"abd000000000"}),
        (r"(?:ab)?cd", {b"cd"}),
        (r"[a-z]{2,9}", set()),
        (r"(?:secret|[a-z]{5,9})=?", set()),
        (r"x{0,5}yz", {b"yz"}),
        (r"[^a]b", {b"b"}),
        (r"é=", {b"\xe9="}),
        ("\u2013-00", {b"\xff-00"}),
        ("[ \u2013]00", {b" 00", b"\xff00"}),
    ],
)
def test_needles_stand_in_every_match(pattern: str, strings: set[bytes]) -> None:
    """The longest strings that cannot be missing; none where nothing is required."""
    derived = set(needles_of(pattern).strings)

    assert derived == strings


def test_upper_case_shapes_are_needles_of_their_own_view() -> None:
    """Two capitals and two digits are rare, ``00`` is not."""
    assert needles_of(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}") == Needles((EDGE + b"AA00",), SHAPE)


def test_hexadecimal_digits_are_alike_in_a_view_of_their_own() -> None:
    """``[0-9a-f]`` has too many members to be written out in any other."""
    assert needles_of(r"[0-9a-f]{8}-[0-9A-F]{4}") == Needles((b"00000000-0000",), HEX, gate=b"-")
    assert needles_of(r"(?i)x[0-9a-f]{8}-XG") == Needles((b"x00000000-xg",), HEX, gate=b"-")


def test_the_shape_is_useless_where_case_does_not_count() -> None:
    """(?i:...) matches either case, so no shape is required."""
    assert needles_of(r"(?i:[A-Z]{2})[0-9]{2}").view is not SHAPE


@pytest.mark.parametrize(
    ("pattern", "starts", "strings"),
    [
        (r"\b(?:AKIA|ASIA)[A-Z0-9]{16}", {b"AKIA", b"ASIA"}, set()),
        (r"\bsk-[a-z]{20}", {b"sk "}, set()),
        (r"\bAC[01]{32}\b", {b"AC00", b"AC01", b"AC10", b"AC11"}, set()),
        (r"\b(?:ab|abcd\b)x?", {b"ab", b"abx", b"abcd"}, set()),
        (r"\b(?:npm_[a-z]{9}|[0-9]{8}:AA)", {b"npm_"}, {b"00000000:aa"}),
        (r"\b(?i:ab)c\b", {b"abc ", b"Abc ", b"aBc ", b"ABc "}, set()),
        (r"\b[a-z~]{3}Q~", set(), {b"q~"}),
        (r"\b[0-9]{4}x", set(), {b"0000x"}),
        (r"(?:\b|_)abcd", {b"abcd"}, {b"_abcd"}),
    ],
)
def test_words_are_told_by_their_beginning(pattern: str, starts: set[bytes], strings: set[bytes]) -> None:
    """A start with a space is a whole word; what begins otherwise, or with mere digits, keeps its strings."""
    needles = needles_of(pattern)

    assert set(needles.starts) == starts
    assert set(needles.strings) == strings


def test_a_rule_waits_for_all_that_it_needs() -> None:
    """Context words are looked up as words, the pattern only where one of them is."""
    needles = needles_for(r"\b[0-9]{3} [0-9]{2}", ["Tel", "social security"], [])

    assert needles.words == (b"security", b"tel")
    assert needles.also == Needles((EDGE + b"000 00",), gate=b" ")
    assert needles_for("[0-9]{9}", [], ["XY"]) == Needles((b"xy",), also=Needles((b"000000000",)))


def test_a_context_word_may_touch_a_value() -> None:
    """``tel030`` is one word; a pattern that begins inside of words must not wait for ``tel`` alone."""
    assert set(needles_for("0[0-9]{2}", ["tel"], []).starts) >= {b"tel", b"TEL"}


def test_words_are_needles_in_lower_case() -> None:
    """A word that contains another one is found with it."""
    assert any_of(["Tel", "telephone", "fax1"]) == Needles((b"fax0", b"tel"))
