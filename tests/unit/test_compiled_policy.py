"""Settings become a redactor: whatever is wrong with the files, there is one, and it says what is wrong."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from otel_kit.compiled_policy import CompiledPolicy, compiled_policy
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor
from otel_kit.settings import load

KEY = "0123456789abcdef0123456789abcdef"


def compiled(**settings: Any) -> CompiledPolicy:
    """Return what the ``redaction.*`` settings make."""
    return compiled_policy(load({f"redaction.{name}": value for name, value in settings.items()}).settings)


def test_without_files_it_is_the_shipped_policy() -> None:
    """Compiled once per process."""
    assert compiled().redactor is default_redactor()
    assert compiled().faults == ()


BAD: dict[str, tuple[bytes | None, str]] = {
    "unknown action": (b"rules:\n  mine:\n    pattern: 'KD-[0-9]{8}'\n    action: erase\n", ":4 "),
    "class without action": (b"classes:\n  confidential: { action: }\n", ":2 "),
    "key class without keys": (b"keys:\n  mine: { action: replace }\n", ":2 "),
    "empty rule": (b"rules:\n  mine: {}\n", ":2 "),
    "empty pattern": (b"rules:\n  mine:\n    pattern: ''\n", ":3 "),
    "rule that is a list": (b"rules:\n  mine: []\n", ":2 "),
    "pattern outside the subset": (b"rules:\n  mine:\n    pattern: '(?<=id )[0-9]+'\n", ":3 "),
    "slow pattern": (b"rules:\n  mine:\n    pattern: '([a-z]{1,100}){1,100}!'\n", ":3 "),
    "broken pattern": (b"rules:\n  mine:\n    pattern: '('\n", ":3 "),
    "example that does not hold": (
        b"rules:\n  mine:\n    pattern: 'KD-[0-9]{8}'\n    examples: { 'KD-1': 'x' }\n", ":2 ",
    ),
    "unknown section": (b"rule:\n  mine: {}\n", ":1 "),
    "not YAML": (b"rules: [\n", ":2 "),
    "binary": (b"\xff\xfe\x00\x01", "is not UTF-8"),
    "a list": (b"- a\n", ":1 "),
    "missing": (None, "cannot be read: No such file"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "wanted"), BAD.values(), ids=BAD.keys())
def test_a_bad_policy_leaves_the_shipped_one_and_says_where(tmp_path: Path, content: bytes | None, wanted: str) -> None:
    """File and line are in the fault; what the shipped policy masks is masked."""
    file = tmp_path / "policy.yaml"
    if content is not None:
        file.write_bytes(content)

    made = compiled(policy=str(file))

    told = [str(fault) for fault in made.faults]
    assert any(text.startswith(str(file)) and wanted in text for text in told), told
    assert made.redactor.policy_id == default_redactor().policy_id
    assert made.redactor.text("mail ada@example.com", Findings()) == "mail a***@example.com"


@pytest.mark.parametrize("kind", ["folder", "unreadable", "nul"])
def test_a_policy_that_cannot_be_opened_leaves_the_shipped_one(tmp_path: Path, kind: str) -> None:
    """A folder, a file of somebody else's, a path that is none."""
    file = tmp_path / "policy.yaml"
    if kind == "folder":
        file.mkdir()
    elif kind == "unreadable":
        file.write_text("version: 1\n")
        file.chmod(0)
        if os.access(file, os.R_OK):
            pytest.skip("root reads every file")

    made = compiled(policy=f"{file}\0" if kind == "nul" else str(file))

    assert "cannot be read" in str(made.faults[0])
    assert made.redactor.policy_id == default_redactor().policy_id


def test_bad_keys_leave_the_policy_and_its_rules_fall_back(tmp_path: Path) -> None:
    """The secret is not named; the rule that asks for a pseudonym is."""
    file, keys = tmp_path / "policy.yaml", tmp_path / "keys"
    file.write_text("rules:\n  mine:\n    pattern: 'KD-[0-9]{8}'\n    action: pseudonym\n")
    keys.write_text("first hunter2\n")

    made = compiled(policy=str(file), pseudonym_keys=str(keys))

    (fault,) = made.faults
    assert f"{keys}:1 has a secret of 7 characters" in str(fault)
    assert "hunter2" not in str(fault)
    assert made.redactor.text("KD-12345678", Findings()) == "[REDACTED:mine]"
    assert "mine" in made.without_key

    keys.write_text(f"first {KEY}\n")
    mended = compiled(policy=str(file), pseudonym_keys=str(keys))
    assert mended.redactor.text("KD-12345678", Findings()).startswith("hmac:first:")
    assert (mended.faults, mended.without_key) == ((), ())
    assert not mended.is_like(made)
    assert KEY not in repr(mended)


def test_both_files_bad_are_both_said(tmp_path: Path) -> None:
    """In one go."""
    made = compiled(policy=str(tmp_path / "none.yaml"), pseudonym_keys=str(tmp_path / "none"))

    assert len(made.faults) == 2


def test_a_higher_minimum_class_holds_also_without_the_policy(tmp_path: Path) -> None:
    """A setting of its own is not lost with the file."""
    made = compiled(policy=str(tmp_path / "none.yaml"), minimum_class="confidential")

    assert made.redactor.value("some.new.key", "text", Findings()) != "text"
