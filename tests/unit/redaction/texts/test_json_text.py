"""JSON inside strings."""

from __future__ import annotations

import json

import pytest

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('{"password": "x", "n": 1.50}', '{"password":"[REDACTED:password]","n":1.5}'),
        ('{"user": {"name": "Jöe", "age": 3}}', '{"user":{"name":"[REDACTED:person_name]","age":3}}'),
        ('["bob\\u0040example.com"]', '["b***@example.com"]'),
        ('{"p\\u0061ssword": "x"}', '{"password":"[REDACTED:password]"}'),
        ('[{"card": 4111111111111111}]', '[{"card":"4111-****-****-1111"}]'),
        ('{"body": "{\\"token\\": \\"abc\\"}"}', '{"body":"{\\"token\\":\\"[REDACTED:token]\\"}"}'),
        ('{"a": {"password": "x"}, "a": 1}', '{"a":1}'),
        (' \n[{"lat": 52.5, "lon": 13.4}]', '[{"lat":"[REDACTED:coordinates]","lon":"[REDACTED:coordinates]"}]'),
        ('{"password": "cut of', '{"password": "[REDACTED:password]'),
        ('{broken "token": "abc"}', '{broken "token": "[REDACTED:token]"}'),
    ],
)
def test_members_are_redacted_by_their_names(text: str, wanted: str) -> None:
    """Escapes hide nothing, doubled names hide nothing, broken JSON is scanned as text."""
    for redacted in (default_redactor().text(text, Findings()), default_redactor().value("body", text, Findings())):
        assert redacted == wanted
        findings = Findings()
        assert default_redactor().text(redacted, findings) == redacted
        assert findings == Findings()


def test_clean_json_keeps_its_bytes() -> None:
    """Spaces, number forms and escapes stay where nothing was found."""
    text = ' {"a" : 1.50, "b":"\\u00e9", "c": [1e3, -0.0]}\n'

    assert default_redactor().text(text, Findings()) == text


@pytest.mark.parametrize("levels", [5, 15, 100, 100_000])
def test_depth_does_not_hide_a_secret(levels: int) -> None:
    """Deeper than the walk goes, the text is still scanned or cut away."""
    text = '{"a":' * levels + '{"password":"hunter2"}' + "}" * levels

    assert "hunter2" not in default_redactor().text(text, Findings())


def test_what_is_written_anew_is_json() -> None:
    """A receiver can still parse the body."""
    redacted = default_redactor().text('{"token": "a", "list": [null, true, "x"], "n": -1}', Findings())

    assert json.loads(redacted) == {"token": "[REDACTED:token]", "list": [None, True, "x"], "n": -1}
