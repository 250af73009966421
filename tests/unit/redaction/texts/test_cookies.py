"""Cookies keep their names and lose their values."""

from __future__ import annotations

import pytest

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor

GONE = "[REDACTED:cookie]"


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("http.request.header.cookie", "a=b; c=d=e", f"a={GONE}; c={GONE}"),
        ("http.request.header.cookie", ["a=b", "c="], [f"a={GONE}", "c="]),
        ("http.request.header.cookie", "a=b; lonely", f"a={GONE}; {GONE}"),
        ("http.response.header.set-cookie", ["s=abc; Path=/; HttpOnly; Max-Age=60"],
         [f"s={GONE}; Path=/; HttpOnly; Max-Age=60"]),
        ("http.response.header.set_cookie", "s=abc; x=y", f"s={GONE}; x={GONE}"),
    ],
)  # fmt: skip
def test_cookie_values_go(key: str, value: object, wanted: object) -> None:
    """Names and attributes tell what was set; values are sessions."""
    redacted = default_redactor().value(key, value, Findings())

    assert redacted == wanted
    findings = Findings()
    assert default_redactor().value(key, redacted, findings) == wanted
    assert findings == Findings()
