"""The user's layer over the shipped policy."""

from __future__ import annotations

from pathlib import Path

import pytest

from otel_kit.errors import PolicyError
from otel_kit.policy.load import load_policy
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import Redactor, compile_policy


def layer(tmp_path: Path, text: str) -> Path:
    """Write a policy file."""
    path = tmp_path / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def compiled(tmp_path: Path, text: str) -> Redactor:
    """Return the Redactor of the shipped policy with ``text`` over it."""
    return compile_policy(load_policy(layer(tmp_path, text)))


def test_an_empty_layer_changes_nothing(tmp_path: Path) -> None:
    """The policy's id tells."""
    assert load_policy(layer(tmp_path, "")).id == load_policy().id


def test_fields_of_a_rule_are_overridden_one_by_one(tmp_path: Path) -> None:
    """A stricter mask keeps the pattern, and loses the examples of the old mask."""
    redactor = compiled(tmp_path, "rules:\n  email:\n    action: replace\n")

    assert redactor.text("mail bob@example.com", Findings()) == "mail [REDACTED:email]"
    assert redactor.policy_id != load_policy().id


def test_a_rule_is_switched_off(tmp_path: Path) -> None:
    """Its values stay, its id is gone."""
    redactor = compiled(tmp_path, "rules:\n  ip: {enabled: false}\nkeys:\n  person_name: {enabled: false}\n")

    assert redactor.text("from 8.8.8.8", Findings()) == "from 8.8.8.8"
    assert redactor.value("user.full_name", "Jane", Findings()) == "Jane"
    assert not {"ip", "person_name"} & set(redactor.rule_ids)


def test_rules_and_key_classes_are_added(tmp_path: Path) -> None:
    """A house's own numbers, with their own examples."""
    redactor = compiled(
        tmp_path,
        """
rules:
  customer_number:
    pattern: '\\bKD-[0-9]{6}\\b'
    action: last4
    examples: {"for KD-123456": "for ****3456"}
    counter_examples: [KD-12]
keys:
  salary: {words: [salary, gross pay]}
""",
    )

    assert redactor.text("for KD-987654", Findings()) == "for ****7654"
    assert redactor.value("employee.grossPay", 1000, Findings()) == "[REDACTED:salary]"
    assert redactor.text("salary=1000", Findings()) == "salary=[REDACTED:salary]"


def test_allowed_keys_and_values_stay(tmp_path: Path) -> None:
    """A support address is public, and a key named token may hold no secret."""
    redactor = compiled(tmp_path, "allow:\n  keys: [shop.page_token, 'debug.*']\n  values: [help@example.com]\n")

    assert redactor.text("write to help@example.com or bob@example.com", Findings()) == (
        "write to help@example.com or b***@example.com"
    )
    assert redactor.value("shop.page_token", "abc", Findings()) == "abc"
    assert redactor.value("debug.password", "bob@example.com", Findings()) == "bob@example.com"


def test_every_fault_is_reported_at_once_with_its_line(tmp_path: Path) -> None:
    """One run shows all there is to mend."""
    path = layer(
        tmp_path,
        """rule: {}
rules:
  emial:
    action: replace
  card:
    valdiator: card
    action: mask
  mine:
    pattern: '(?=a)b'
  counted:
    pattern: 'ab{1,3}'
    group: 1
  Upper: {pattern: a}
  flat: yes
keys:
  empty: {}
  pay: {words: salary}
allow:
  key: [a]
version: 2
""",
    )

    with pytest.raises(PolicyError) as caught:
        load_policy(path)

    report = [str(fault) for fault in caught.value.faults]
    for line, words in (
        (1, "Did you mean rules?"), (3, "rule emial has no pattern"), (6, "Did you mean validator?"),
        (7, "email, card"),
        (9, "look-around"), (12, "has no group 1"), (13, "'Upper'"), (14, "flat is no map"), (16, "names no keys"),
        (17, "a list of texts"), (19, "Did you mean keys?"), (20, "another version"),
    ):  # fmt: skip
        assert any(f"policy.yaml:{line} " in fault and words in fault for fault in report), (line, words, report)


@pytest.mark.parametrize("text", ["- a\n", "rules: 5\n", "rules: {a: [\n", "rules: {}\nrules: {}\n", "text\n"])
def test_what_is_no_policy_is_said_so(tmp_path: Path, text: str) -> None:
    """Broken YAML and other shapes are faults of the policy, too."""
    with pytest.raises(PolicyError, match=r"policy\.yaml"):
        load_policy(layer(tmp_path, text))


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    """Falling back to the shipped policy would hide a typing mistake."""
    with pytest.raises(PolicyError, match="cannot be read"):
        load_policy(tmp_path / "none.yaml")
