"""Keyed pseudonyms: the same value the same name, by a key that is rotated."""

from __future__ import annotations

import base64
import hashlib
import hmac
from pathlib import Path

import pytest

from otel_kit.errors import PolicyError
from otel_kit.policy.model import KeyClass, Policy, Rule
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.pseudonyms import PseudonymKeys, is_pseudonym, load_pseudonym_keys
from otel_kit.redaction.redactor import compile_policy

NEW, OLD = "n" * 40, "o" * 40
POLICY = Policy(
    rules=(Rule("ticket", r"\bT-[0-9]{6}\b", action="pseudonym"),),
    keys=(
        KeyClass("user_id", action="pseudonym", fallback="keep", exact=("user.id",)),
        KeyClass("account", action="pseudonym", words=("account",)),
    ),
)


def keys(folder: Path, text: str) -> PseudonymKeys:
    """Return the keys of a file."""
    path = folder / "keys"
    path.write_text(text, encoding="utf-8")
    return load_pseudonym_keys(path)


def test_a_pseudonym_is_a_keyed_hash_with_its_keys_id(tmp_path: Path) -> None:
    """By RFC 2104; the first line is the key in force."""
    read = keys(tmp_path, f"# since May\n2026-05 {NEW}\n\n2025-11  {OLD}\n")
    digest = hmac.new(NEW.encode(), b"u-42", hashlib.sha256).digest()

    assert read.pseudonym("u-42") == "hmac:2026-05:" + base64.urlsafe_b64encode(digest).decode()[:22]
    assert [one.split(":")[1] for one in read.all_of("u-42")] == ["2026-05", "2025-11"]
    assert all(map(is_pseudonym, read.all_of("u-42")))
    assert NEW not in repr(read)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no key"),
        ("k1 short", ":1 has a secret of 5 characters"),
        (f"k1 {NEW}\nk1 {OLD}", ":2 names the key id k1 again"),
        (f"k:1 {NEW}", ":1 has no key id"),
    ],
)
def test_a_file_that_is_none_of_keys_is_refused_without_naming_a_secret(text: str, words: str, tmp_path: Path) -> None:
    """With file and line."""
    with pytest.raises(PolicyError) as caught:
        keys(tmp_path, text)

    assert words in str(caught.value)
    assert NEW not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """With the reason."""
    with pytest.raises(PolicyError, match="nowhere cannot be read: No such file"):
        load_pseudonym_keys(tmp_path / "nowhere")


def test_values_get_their_pseudonym_everywhere(tmp_path: Path) -> None:
    """By key, in JSON, by a rule in text; a second redaction finds nothing."""
    read = keys(tmp_path, f"k1 {NEW}")
    redactor = compile_policy(POLICY, read)
    findings = Findings()
    name, number = read.pseudonym("u-42"), read.pseudonym("42")

    assert redactor.attributes({"user.id": "u-42", "account": 42}, findings) == {"user.id": name, "account": number}
    assert redactor.text('{"account": 42}', findings) == f'{{"account":"{number}"}}'
    assert redactor.text("account=u-42 of T-123456", findings) == f"account={name} of {read.pseudonym('T-123456')}"
    assert findings.hits == {"user_id": 1, "account": 3, "ticket": 1}

    again = Findings()
    assert redactor.attributes({"user.id": name}, again) == {"user.id": name}
    assert redactor.text(f"account={name}", again) == f"account={name}"
    assert again == Findings()


def test_without_a_key_the_fallback_holds() -> None:
    """Masked; what the policy lets stay is still scanned."""
    redactor = compile_policy(Policy(rules=(Rule("ticket", "T-[0-9]{6}", action="replace"),), keys=POLICY.keys))

    assert redactor.attributes({"user.id": "u-42", "account": 42}, Findings()) == {
        "user.id": "u-42",
        "account": "[REDACTED:account]",
    }
    assert redactor.value("user.id", "T-123456", Findings()) == "[REDACTED:ticket]"
