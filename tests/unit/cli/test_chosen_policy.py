"""Which policy a command works with."""

from __future__ import annotations

from pathlib import Path

import pytest

from otel_kit.cli.chosen_policy import chosen_redactor
from otel_kit.errors import PolicyError
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import Redactor, default_redactor


def masked(redactor: Redactor) -> str:
    """Return an e-mail address as this redactor masks it."""
    return redactor.text("bob@example.com", Findings())


@pytest.fixture
def strict(tmp_path: Path) -> Path:
    """Return a policy file that leaves nothing of e-mail addresses."""
    path = tmp_path / "strict.yaml"
    path.write_text("rules: {email: {action: replace}}\n")
    return path


def test_without_a_name_it_is_that_of_the_settings(strict: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the application has; redaction that is switched off there is on here."""
    monkeypatch.setenv("OTEL_KIT_REDACTION_POLICY", str(strict))
    monkeypatch.setenv("OTEL_KIT_REDACTION_ENABLED", "false")

    assert "[REDACTED:email]" == masked(chosen_redactor(None))
    assert "b***@example.com" == masked(chosen_redactor("default"))


def test_a_named_file_stands_above_the_settings(strict: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And without either it is the shipped policy."""
    monkeypatch.setenv("OTEL_KIT_REDACTION_POLICY", str(tmp_path / "none.yaml"))
    assert "[REDACTED:email]" == masked(chosen_redactor(str(strict)))

    monkeypatch.delenv("OTEL_KIT_REDACTION_POLICY")
    assert default_redactor() is chosen_redactor(None)


def test_a_policy_that_cannot_be_used_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The application would go on with the shipped one; whoever runs a command wants to know."""
    monkeypatch.setenv("OTEL_KIT_REDACTION_POLICY", str(tmp_path / "none.yaml"))

    with pytest.raises(PolicyError, match="cannot be read"):
        chosen_redactor(None)


def test_keys_of_pseudonyms_are_those_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """User ids come out as they do in the application."""
    keys = tmp_path / "keys"
    keys.write_text("k1 " + "0123456789abcdef" * 4 + "\n")
    monkeypatch.setenv("OTEL_KIT_REDACTION_PSEUDONYM_KEYS", str(keys))

    shown = chosen_redactor(None).value("user.id", "u-42", Findings())

    assert str(shown).startswith("hmac:k1:")
