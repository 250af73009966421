"""What a user's layer made less strict is known: the Collector trusts only policies that mask at least as much."""

from __future__ import annotations

from pathlib import Path

import pytest

from otel_kit.policy.load import load_policy
from otel_kit.policy.model import Policy


def with_layer(folder: Path, text: str, **options: str) -> Policy:
    """Return the shipped policy with a layer over it."""
    path = folder / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    return load_policy(path, **options)  # type: ignore[arg-type]


STRICTER = {
    "nothing": "",
    "another rule": "rules: {mine: {pattern: KD-1, examples: {KD-1: '[REDACTED:mine]'}}}",
    "another class": "keys: {salary: {words: [salary]}}",
    "a harder mask": "rules: {email: {action: replace}}\nkeys: {email_address: {action: drop}}",
    "no validator": "rules: {card: {validator: card}}",
    "a higher floor": "minimum_class: confidential",
    "more words": "keys: {birth_date: {endings: [birthdate]}}",
}
LOOSER = {
    "a rule off": ("rules: {email: {enabled: false}}", "rule email is switched off"),
    "a pack off": ("packs: {secrets-core: false}", "rule jwt is switched off"),
    "a class off": ("keys: {password: {enabled: false}}", "key class password is switched off"),
    "another pattern": ("rules: {jwt: {pattern: 'eyJ'}}", "rule jwt has another pattern"),
    "a context": ("rules: {email: {context: [mail]}}", "rule email wants other context words"),
    "a report": ("rules: {email: {mode: report}}", "rule email only reports"),
    "a weaker mask": ("keys: {password: {action: truncate, keep: 2}}", "key class password has the action truncate"),
    "another form": ("rules: {email: {action: last4}}", "rule email has the action last4"),
    "fewer words": ("keys: {birth_date: {words: [dob]}}", "key class birth_date has fewer words"),
    "a narrower scope": ("keys: {password: {scope: query}}", "key class password holds in fewer places"),
    "a public key": ("public: [my.key]", "public has my.key"),
    "an allowed key": ("allow: {keys: [my.key]}", "allow.keys has my.key"),
    "an allowed value": ("allow: {values: [me@x.de]}", "allow.values has me@x.de"),
    "a rule off at a key": ("allow: {rules: {card: [order.id]}}", "allow.rules has card"),
    "another structure": ("structured: {address: [my.key]}", "structured has other keys"),
    "a weaker class": ("classes: {restricted: {action: keep}}", "data class restricted has the action keep"),
}


@pytest.mark.parametrize("layer", STRICTER.values(), ids=STRICTER.keys())
def test_a_layer_that_masks_more_is_only_stricter(layer: str, tmp_path: Path) -> None:
    """It may be trusted like the shipped policy, which it names."""
    policy = with_layer(tmp_path, layer)

    assert policy.loosened == ()
    assert policy.only_stricter
    assert policy.base_id == load_policy().id


@pytest.mark.parametrize(("layer", "why"), LOOSER.values(), ids=LOOSER.keys())
def test_a_layer_that_lets_something_pass_says_what(layer: str, why: str, tmp_path: Path) -> None:
    """Each way of masking less is found and named."""
    policy = with_layer(tmp_path, layer)

    assert not policy.only_stricter
    assert any(entry.startswith(why) for entry in policy.loosened)


def test_a_floor_from_the_settings_stands_above_the_file(tmp_path: Path) -> None:
    """And makes another policy of it."""
    policy = with_layer(tmp_path, "minimum_class: confidential", minimum_class="restricted")

    assert policy.minimum_class == "restricted"
    assert policy.id != load_policy().id
