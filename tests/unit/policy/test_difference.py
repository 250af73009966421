"""What differs between two policies, and whether that is stricter or looser."""

from __future__ import annotations

from pathlib import Path

import pytest

from otel_kit.policy.difference import Change, differences
from otel_kit.policy.load import load_policy


def changes(tmp_path: Path, text: str, *, back: bool = False) -> tuple[Change, ...]:
    """Return what a layer changes of the shipped policy, or ``back`` what its removal would change."""
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    old, new = load_policy(), load_policy(path)
    return differences(new, old) if back else differences(old, new)


def test_the_same_policy_has_no_differences(tmp_path: Path) -> None:
    """Nor have other words for people and other examples."""
    assert () == changes(tmp_path, "")
    assert () == changes(tmp_path, "rules: {email: {description: x, source: y, counter_examples: [z]}}\n")


@pytest.mark.parametrize(
    ("text", "kind", "name", "change", "direction", "fields"),
    [
        ("rules: {mine: {pattern: KD-1}}", "rule", "mine", "added", "stricter", ()),
        ("rules: {email: {enabled: false}}", "rule", "email", "removed", "looser", ()),
        ("rules: {email: {action: replace}}", "rule", "email", "changed", "stricter", ("action",)),
        ("rules: {private_key: {action: last4}}", "rule", "private_key", "changed", "looser", ("action",)),
        ("rules: {email: {mode: report}}", "rule", "email", "changed", "looser", ("mode",)),
        ("rules: {card: {action: last4}}", "rule", "card", "changed", "both", ("action",)),
        ("keys: {salary: {words: [salary]}}", "key class", "salary", "added", "stricter", ()),
        ("keys: {password: {action: drop}}", "key class", "password", "changed", "stricter", ("action",)),
        ("keys: {password: {enabled: false}}", "key class", "password", "removed", "looser", ()),
        ("public: [shop.note]", "policy", "public", "changed", "looser", ("public",)),
        ("minimum_class: confidential", "policy", "minimum_class", "changed", "stricter", ("minimum_class",)),
        ("allow: {values: [a@example.com]}", "policy", "allow.values", "changed", "looser", ("allow.values",)),
        ("allow: {rules: {email: [a]}}", "policy", "allow.rules", "changed", "looser", ("allow.rules",)),
    ],
)
def test_a_change_is_told_with_its_direction(
    tmp_path: Path, text: str, kind: str, name: str, change: str, direction: str, fields: tuple[str, ...]
) -> None:
    """And the other way round it is the other."""
    (there,) = changes(tmp_path, text)
    (back,) = changes(tmp_path, text, back=True)

    assert (kind, name, change, direction, fields) == (
        there.kind, there.id, there.change, there.direction, there.fields
    )  # fmt: skip
    assert {"stricter": "looser", "looser": "stricter"}.get(direction, direction) == back.direction
    assert there.loosens is (direction in ("looser", "both"))


def test_why_something_is_looser_is_told(tmp_path: Path) -> None:
    """In the words of the check for only stricter policies."""
    (change,) = changes(tmp_path, "rules: {email: {mode: report}}")

    assert ("rule email only reports",) == change.why


@pytest.mark.parametrize(
    "row", ["rules: {mine: {pattern: KD-1, mode: report}}", "keys: {pay: {words: [pay], mode: report}}"]
)
def test_what_only_reports_makes_nothing_stricter_or_looser(tmp_path: Path, row: str) -> None:
    """Neither when it comes nor when it goes."""
    assert ["neither"] == [change.direction for change in changes(tmp_path, row)]
    assert ["neither"] == [change.direction for change in changes(tmp_path, row, back=True)]
