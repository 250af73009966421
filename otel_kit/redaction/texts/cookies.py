"""Cookies: names stay, values go; the attributes of ``Set-Cookie`` stay as they are."""

from __future__ import annotations

from collections.abc import Collection

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.masks import marker

RULE_ID = "cookie"
_ATTRIBUTE_NAMES = "expires max-age domain path secure httponly samesite partitioned priority"
_ATTRIBUTES = frozenset(_ATTRIBUTE_NAMES.split())


def redact_cookies(text: str, findings: Findings, markers: Collection[str]) -> str:
    """Return a ``Cookie`` header with the values masked. *Source:* RFC 6265, section 4.2."""
    return ";".join(_pair(pair, findings, markers) for pair in text.split(";"))


def redact_set_cookie(text: str, findings: Findings, markers: Collection[str]) -> str:
    """Return a ``Set-Cookie`` header with the cookie's value masked. *Source:* RFC 6265, section 4.1."""
    first, semicolon, rest = text.partition(";")
    attributes = [
        part if part.partition("=")[0].strip().lower() in _ATTRIBUTES else _pair(part, findings, markers)
        for part in rest.split(";")
    ]
    return _pair(first, findings, markers) + semicolon + ";".join(attributes)


def _pair(pair: str, findings: Findings, markers: Collection[str]) -> str:
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", pair  # a value without a name
    bare = value.strip()
    if not bare or bare in markers:
        return pair
    findings.hit(RULE_ID)
    lead = " " if not equals and pair.startswith(" ") else ""
    return f"{name}{equals}{lead}{marker(RULE_ID)}"
