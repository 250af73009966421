"""``otel-kit policy check`` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from otel_kit.cli import main


def test_a_clean_file_ends_with_0_and_says_what_it_makes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line for the file, one for the policy."""
    path = tmp_path / "p.yaml"
    path.write_text("rules: {email: {action: replace}}\n")

    status = main(["policy", "check", str(path)])

    said = capsys.readouterr().out
    assert 0 == status
    assert said.startswith(f"{path}: no faults\n")
    assert "policy id " in said
    assert said.endswith(" only stricter than the shipped policy\n")


def test_faults_and_notes_are_listed_and_the_status_is_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For people and as JSON."""
    path = tmp_path / "p.yaml"
    path.write_text("rules:\n  email: {mode: report}\n  a: {pattern: KD-1, examples: {KD-1: KD}}\n")

    as_text = main(["policy", "check", str(path)]), capsys.readouterr().out
    as_json = main(["policy", "check", "--json", str(path)]), capsys.readouterr().out

    assert (1, 1) == (as_text[0], as_json[0])
    assert f"{path}: 1 fault\n  - {path}:3 rule a: example 'KD-1' becomes '[REDACTED:a]'" in as_text[1]
    assert "\nnotes\n" in as_text[1]
    report = json.loads(as_json[1])
    assert f"{path}:3" == report["faults"][0]["where"]
    assert (None, None) == (report["policy_id"], report["only_stricter"])
    assert any("only reports" in note["what"] for note in report["notes"])


def test_a_file_that_is_not_there_has_a_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback."""
    assert 1 == main(["policy", "check", str(tmp_path / "none.yaml")])
    assert "cannot be read: No such file or directory" in capsys.readouterr().out
