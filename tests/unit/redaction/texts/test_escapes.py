"""Escapes hide nothing, also where a text is no JSON as a whole."""

from __future__ import annotations

import pytest

from otel_kit.policy.load import load_policy
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import compile_policy

REDACTOR = compile_policy(load_policy())
HIDDEN = {
    r"curl -d '{\"q\": \"bob\u0040example.com\"}'": "j",
    r"query { user(v: \"bob@b\u00fccher.example\") }": "bob@b",
    "bob&#64;example.com wrote": "bob&",
    "bob&#x40;example.com wrote": "bob&",
    r"raw b'bob\x40example.com'": "bob\\",
    r"in JSON in JSON: bob\\u0040example.com": "bob\\",
}
KEPT = (r"C:\x64\u0041 and \u00e9t\u00e9", "&#169; 2026 &#34;", r"\u0022quoted\u0022", r"\d+\x00\u0000", "&#999;")


@pytest.mark.parametrize(("text", "gone"), HIDDEN.items())
def test_what_an_escape_hides_is_found(text: str, gone: str) -> None:
    """The mask stands where the value stood; a second look finds nothing."""
    findings = Findings()
    masked = REDACTOR.text(text, findings)

    assert gone == "j" or gone not in masked
    assert "b***@" in masked
    assert findings.hits == {"email": 1}
    assert REDACTOR.text(masked, Findings()) == masked


@pytest.mark.parametrize("text", KEPT)
def test_escapes_that_hide_nothing_stay(text: str) -> None:
    """Byte for byte."""
    assert REDACTOR.text(text, Findings()) == text


@pytest.mark.parametrize(
    "text", ["a=1&cc=4111+1111+1111+1111&b=2", "tel=%2B49+30+1234567", "POST x=jane+roe&mail=bob@x.de"]
)
def test_a_plus_is_a_space_in_a_form(text: str) -> None:
    """In running text too."""
    masked = REDACTOR.text(text, Findings())

    assert "1111+1111" not in masked
    assert "1234567" not in masked
    assert "bob@" not in masked
    assert masked.count("=") == text.count("=")


def test_sums_and_base64_stay() -> None:
    """A plus is not always a space, and what is not found is not rewritten."""
    for text in ("x=1+2 and y=a+b", "etag=ab+cd/ef==&x=1+1", "c++ = 3+4"):
        assert REDACTOR.text(text, Findings()) == text
