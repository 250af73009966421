"""Deriving what a match must contain."""

from __future__ import annotations

import pytest

from otel_kit.redaction.needles import Needles, any_of, needles_of


@pytest.mark.parametrize(
    ("pattern", "strings"),
    [
        (r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b", {b"000-00-0000"}),
        (r"[0-9]{1,3}\.[0-9]{1,3}\.", {b"0.0.", b"0.00.", b"0.000."}),
        (r"\b(?:AKIA|ASIA)[A-Z0-9]{16}", {b"akia", b"asia"}),
        (r"(?i:bearer) {1,3}[a-z]{12,20}", {b"bearer "}),
        (r"[^x]{1,64}(?:@|%40)[a-z]+", {b"@", b"%00"}),
        (r"a(?:bc|bd[0-9]{9,12})x", {b"abc", b"abd000000000"}),
        (r"(?:ab)?cd", {b"cd"}),
        (r"[a-z]{2,9}", set()),
        (r"(?:secret|[a-z]{5,9})=?", set()),
        (r"x{0,5}yz", {b"yz"}),
        (r"[^a]b", {b"b"}),
        (r"é=", {b"="}),
    ],
)
def test_needles_stand_in_every_match(pattern: str, strings: set[bytes]) -> None:
    """The longest strings that cannot be missing; none where nothing is required."""
    derived = set(needles_of(pattern).strings)

    assert derived == strings


def test_upper_case_shapes_are_needles_of_their_own_view() -> None:
    """Two capitals and two digits are rare, ``00`` is not."""
    assert needles_of(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}") == Needles((b"AA00",), in_shape=True)


def test_the_shape_is_useless_where_case_does_not_count() -> None:
    """(?i:...) matches either case, so no shape is required."""
    assert not needles_of(r"(?i:[A-Z]{2})[0-9]{2}").in_shape


def test_words_are_needles_in_lower_case() -> None:
    """A word that contains another one is found with it."""
    assert any_of(["Tel", "telephone", "fax1"]) == Needles((b"fax0", b"tel"), in_shape=False)
