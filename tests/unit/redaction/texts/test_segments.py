"""Base64 in text hides nothing that a rule would find."""

from __future__ import annotations

import base64
import json

import pytest

from otel_kit.policy.load import load_policy
from otel_kit.policy.model import Policy, Rule
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import compile_policy

REDACTOR = compile_policy(load_policy())
NAMING = compile_policy(Policy(rules=(Rule("number", r"\bN-[0-9]{4}\b", encodings=("base64",)),)))


def encoded(text: str, *, url_safe: bool = True) -> str:
    """Return ``text`` in base64 without padding."""
    make = base64.urlsafe_b64encode if url_safe else base64.b64encode
    return make(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize("carrier", ["{}", "cursor={}&page=2", '{{"state": "{}"}}', "GET /next/{} 200", "({})"])
@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ({"email": "jane@example.com", "id": 7}, "email_address"),
        ({"last": "jane@example.com"}, "email"),
        ({"user": 1, "password": "hunter2"}, "password"),
    ],
)
def test_json_in_base64_is_scanned(content: dict[str, object], rule: str, carrier: str) -> None:
    """Cursors and state parameters are JSON in base64; one that holds a value goes whole, once."""
    segment = encoded(json.dumps(content))
    findings = Findings()
    text = REDACTOR.text(carrier.format(segment), findings)

    assert segment not in text
    assert f"[REDACTED:{rule}]" in text
    assert findings.hits == {rule: 1}
    assert REDACTOR.text(text, Findings()) == text


@pytest.mark.parametrize("content", ['{"page": 7, "sort": "name"}', '{"after": "2026-11-21T10:00:00Z"}'])
def test_json_without_a_value_stays(content: str) -> None:
    """A cursor is worth keeping for who looks for a fault."""
    text = f"cursor={encoded(content)}"

    assert REDACTOR.text(text, Findings()) == text


@pytest.mark.parametrize("url_safe", [True, False])
def test_a_rule_that_names_base64_looks_into_every_segment(url_safe: bool) -> None:
    """With and without padding, in both alphabets; what is no text stays."""
    segment = encoded("my number is N-1234 ???>>>", url_safe=url_safe)
    noise = base64.b64encode(bytes(range(128, 168))).decode()

    assert NAMING.text(f"x={segment}== {noise}", Findings()) == f"x=[REDACTED:number] {noise}"
    assert NAMING.text("4bf92f3577b34da6a3ce929d0e0e4736", Findings()) == "4bf92f3577b34da6a3ce929d0e0e4736"


def test_a_rule_that_does_not_name_it_does_not_look() -> None:
    """Only JSON is looked into unasked."""
    plain = compile_policy(Policy(rules=(Rule("number", r"\bN-[0-9]{4}\b"),)))
    segment = encoded("my number is N-1234 ok")

    assert plain.text(segment, Findings()) == segment
