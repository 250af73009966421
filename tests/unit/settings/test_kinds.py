"""What a value may look like."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_kit.settings import all_rows
from otel_kit.settings.kinds import (
    BOOLEAN,
    COUNT,
    DURATION,
    ITEMS,
    MILLISECONDS,
    PAIRS,
    SIZE,
    TRUST,
    URL,
    Kind,
    choice,
    without_credentials,
)


@pytest.mark.parametrize(
    ("kind", "given_value", "wanted"),
    [
        (DURATION, "500ms", 0.5), (DURATION, "2s", 2.0), (DURATION, "1.5m", 90.0), (DURATION, "24h", 86400.0),
        (DURATION, "7d", 604800.0), (DURATION, 3, 3.0), (DURATION, "10", 10.0), (DURATION, 0, 0.0),
        (MILLISECONDS, "1500", 1.5), (MILLISECONDS, " 20 ", 0.02),
        (SIZE, "1GiB", 1 << 30), (SIZE, "500MB", 500_000_000), (SIZE, 10, 10), (SIZE, "1.5KiB", 1536),
        (BOOLEAN, "on", True), (BOOLEAN, "No", False), (BOOLEAN, True, True),
        (COUNT, "3", 3), (ITEMS, " a, b ,,", ("a", "b")), (ITEMS, ["a"], ("a",)),
        (PAIRS, "a=1,b=x%2Cy,c=", {"a": "1", "b": "x,y", "c": ""}), (PAIRS, "k=a=b", {"k": "a=b"}),
        (URL, "localhost:4318", "localhost:4318"), (URL, "https://h/x", "https://h/x"),
        (URL, "[::1]:4318", "[::1]:4318"),
        (TRUST, "none", "none"), (TRUST, "10.1.2.3/8, fd00::/8", ("10.0.0.0/8", "fd00::/8")),
        (choice("on", "off"), True, "on"), (choice("a", "b"), "B", "b"),
    ],
)  # fmt: skip
def test_values_are_read(kind: Kind, given_value: Any, wanted: Any) -> None:
    """Text as in a variable, plain values as in a file or an argument."""
    assert wanted == kind.parse(given_value)


@pytest.mark.parametrize(
    ("kind", "given_value"),
    [
        (DURATION, "soon"), (DURATION, "-1s"), (DURATION, "1 year"), (DURATION, float("inf")), (DURATION, True),
        (MILLISECONDS, "1s"), (MILLISECONDS, "nan"), (SIZE, "0"), (SIZE, "-1"), (SIZE, "1 TB"), (SIZE, 1.5),
        (BOOLEAN, "maybe"), (BOOLEAN, 1), (COUNT, 0), (COUNT, "1.0"), (COUNT, True), (ITEMS, [1]),
        (PAIRS, "a"), (PAIRS, "=x"), (PAIRS, {"a": None}), (URL, ""), (URL, "unix:///x"), (URL, "http://:80"),
        (URL, "http://h:port"), (TRUST, ""), (TRUST, "private,10.0.0.0/8"), (TRUST, "example.com"),
        (choice("a"), "c"), (choice("a"), None),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(kind: Kind, given_value: Any) -> None:
    """With ValueError, which loading turns into a fault."""
    with pytest.raises(ValueError):  # noqa: PT011 - a bare refusal, its text is the kind's ``wanted``
        kind.parse(given_value)


@given(st.sampled_from(all_rows()), st.text(max_size=40))
def test_no_text_makes_a_kind_fail_in_another_way(row: Any, text: str) -> None:
    """Whatever stands in a variable is read or refused."""
    try:
        row.option.kind.parse(text)
    except (ValueError, ArithmeticError):
        return


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("http://u:p@h/x", "http://***@h/x"), ("u:p@h:1", "***@h:1"), ("http://u:p@q@h", "http://***@h"),
        ("http://h/x?mail=a@b", "http://h/x?***"), ("http://h", "http://h"),
    ],
)  # fmt: skip
def test_credentials_in_urls_are_masked(url: str, wanted: str) -> None:
    """The authority part, and the query, which may hold a key."""
    assert wanted == without_credentials(url)
