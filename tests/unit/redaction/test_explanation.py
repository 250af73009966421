"""Why a text becomes what it becomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from otel_kit.policy.load import load_policy
from otel_kit.redaction.explanation import Found, explain_key, explain_text, row_of
from otel_kit.redaction.redactor import Redactor, compile_policy, default_redactor


def compiled(tmp_path: Path, text: str) -> Redactor:
    """Return the Redactor of the shipped policy with ``text`` over it."""
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    return compile_policy(load_policy(path))


def outcomes(found: tuple[Found, ...]) -> dict[str, str]:
    """Return the outcome by id."""
    return {one.id: one.outcome for one in found}


def test_a_value_is_told_with_its_rule_and_place() -> None:
    """The characters are those of the text."""
    text = "mail bob@example.com now"

    found = explain_text(default_redactor(), text)

    assert "mail b***@example.com now" == found.result
    (one,) = found.found
    assert ("email", "bob@example.com", "masked") == (one.id, text[one.start : one.end], one.outcome)


def test_a_name_beside_a_value_is_told() -> None:
    """It is a key class that masks it."""
    text = "login password=hunter2 failed"

    first = explain_text(default_redactor(), text).found[0]

    assert ("password", "hunter2", "masked") == (first.id, text[first.start : first.end], first.outcome)


def test_a_value_under_a_key_is_told_by_the_key() -> None:
    """All of it."""
    found = explain_text(default_redactor(), "hunter2", "user.password")

    assert ("[REDACTED:password]", {"password": "masked"}) == (found.result, outcomes(found.found))
    assert (0, 7) == (found.found[0].start, found.found[0].end)


@pytest.mark.parametrize(
    ("text", "rule", "why"),
    [
        ("card 4111 1111 1111 1112", "card", "the validator card refuses it"),
        ("rooms 536 22 1234", "ssn_spaced", "none of the words"),
    ],
)
def test_what_was_nearly_found_is_told_with_the_reason(text: str, rule: str, why: str) -> None:
    """It comes out as it is."""
    found = explain_text(default_redactor(), text)

    assert text == found.result
    assert any(one.id == rule and why in one.why for one in found.refused)


def test_a_missing_literal_is_a_reason(tmp_path: Path) -> None:
    """Of rules that name literals."""
    redactor = compiled(tmp_path, "rules: {mine: {pattern: 'Q[A-Z]{3}', literals: [QX]}}\n")

    (one,) = explain_text(redactor, "QABC").refused

    assert ("mine", "it holds none of the literals QX") == (one.id, one.why)


def test_reported_allowed_and_overtaken_values_are_told_apart(tmp_path: Path) -> None:
    """None of them is masked by the rule that found it."""
    redactor = compiled(
        tmp_path,
        "rules:\n  mine: {pattern: 'Q[A-Z]{3}', mode: report}\n  bob: {pattern: 'bob@[a-z.]{1,20}'}\n"
        "allow: {values: [x@example.com]}\n",
    )

    found = explain_text(redactor, "QABC x@example.com")
    taken = explain_text(redactor, "bob@example.com")

    assert {"mine": "reported", "email": "allowed"} == outcomes(found.found)
    assert {"email": "masked", "bob": "masked before"} == outcomes(taken.found)


def test_a_value_in_a_decoded_part_has_no_place() -> None:
    """It is named all the same."""
    found = explain_text(default_redactor(), "GET /?q=bob%2540example.com")

    assert any((one.id, one.outcome) == ("email", "masked") for one in found.found)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("user.password", "belongs to key class password: every value is masked (replace)"),
        ("http.request.method", "is public"),
        ("url.full", "structured as url"),
        ("shop.note", "has no class"),
        ("shop.page_token", "is in allow.keys"),
        ("shop.mail", "Off for it: email (allow.rules)"),
        ("shop.salary", "only reports"),
    ],
)
def test_what_a_key_says_is_told(tmp_path: Path, key: str, words: str) -> None:
    """Whatever the policy has for it."""
    redactor = compiled(
        tmp_path,
        "keys: {salary: {words: [salary], mode: report}}\n"
        "allow: {keys: [shop.page_token], rules: {email: [shop.mail]}}\n",
    )

    assert words in explain_key(redactor, key)


def test_a_key_that_nothing_names_has_the_minimum_class(tmp_path: Path) -> None:
    """Where one is set."""
    redactor = compiled(tmp_path, "minimum_class: confidential\n")

    assert "minimum class confidential" in explain_key(redactor, "shop.note")


def test_a_marker_leads_to_its_rule() -> None:
    """And an id of course."""
    policy = default_redactor().policy

    for name in ("card", "[REDACTED:card]", " [REDACTED:card] "):
        row = row_of(policy, name)
        assert row is not None
        assert "card" == row.id
    assert row_of(policy, "nothing") is None
