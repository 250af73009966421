"""``otel-kit policy explain`` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from otel_kit.cli import main
from otel_kit.policy.load import load_policy
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import compile_policy


def explain(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return what the command prints; it succeeds."""
    assert 0 == main(["policy", "explain", *arguments])
    return capsys.readouterr().out


def test_a_text_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """What comes out, who did it, where that is defined, what was nearly found."""
    said = explain(capsys, "mail bob@example.com card 4111 1111 1111 1112")

    assert said.startswith("comes out as  mail b***@example.com card 4111 1111 1111 1112\n")
    assert "email: masked 'bob@example.com', characters 5 to 20" in said
    assert "defined at otel_kit/policy/packs/pii-core.yaml:" in said
    assert "  card: '4111 1111 1111 1112', characters 26 to 45: the validator card refuses it" in said


def test_a_clean_text_has_nothing_found(capsys: pytest.CaptureFixture[str]) -> None:
    """It comes out as it is."""
    assert "comes out as  all is well\n\nnothing was found" in explain(capsys, "all is well")


def test_a_key_is_explained_alone_and_with_a_value(capsys: pytest.CaptureFixture[str]) -> None:
    """The value then is that of the attribute."""
    alone = explain(capsys, "--key", "user.password")
    together = explain(capsys, "--key", "user.password", "hunter2")

    assert "user.password belongs to key class password" in alone
    assert "comes out as  [REDACTED:password]" in together


def test_a_rule_is_shown_with_snippets_that_work(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """By its marker, as it stands in a log line."""
    said = explain(capsys, "--rule", "[REDACTED:email]")
    snippets = json.loads(explain(capsys, "--json", "--rule", "email"))["rule"]["allow"]

    assert "email  (value rule)" in said
    assert "'mail john@example.com now' becomes 'mail j***@example.com now'" in said
    (path := tmp_path / "p.yaml").write_text(snippets["email under this key only"].replace("the.key", "shop.mail"))
    redactor = compile_policy(load_policy(path))
    assert "bob@example.com" == redactor.value("shop.mail", "bob@example.com", Findings())
    assert "b***@example.com" == redactor.value("other", "bob@example.com", Findings())
    for snippet in snippets.values():
        assert snippet in said
        assert ["allow"] == list(yaml.safe_load(snippet))


def test_a_key_class_and_what_is_built_in_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """They have markers, too."""
    assert "password  (key class)" in explain(capsys, "--rule", "password")
    assert "(built in)" in explain(capsys, "--rule", "[REDACTED:sql_literal]")
    assert "the scanner failed" in explain(capsys, "--rule", "[REDACTED:error]").lower()


def test_json_holds_all_that_was_nearly_found(capsys: pytest.CaptureFixture[str]) -> None:
    """The text shows the first few."""
    report = json.loads(explain(capsys, "--json", "card 4111 1111 1111 1112"))

    assert "card 4111 1111 1111 1112" == report["text"]["result"]
    assert any(one["id"] == "card" for one in report["text"]["refused"])


def test_a_policy_file_is_used(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """And named as the place where a rule is defined."""
    path = tmp_path / "p.yaml"
    path.write_text("rules:\n  kd: {pattern: 'KD-[0-9]{3}', description: Customers.}\n")

    said = explain(capsys, "--policy", str(path), "for KD-123")

    assert f"defined at {path}:2, pack user" in said
    assert "Customers." in said


@pytest.mark.parametrize(
    ("arguments", "words"), [([], "nothing to explain"), (["--rule", "emial"], "did you mean email?")]
)
def test_what_cannot_be_explained_is_said(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    """With the status 2."""
    assert 2 == main(["policy", "explain", *arguments])
    assert words in capsys.readouterr().err
