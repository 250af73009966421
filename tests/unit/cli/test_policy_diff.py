"""``otel-kit policy diff`` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from otel_kit.cli import main

SAMPLE = "mail bob@example.com\nall is well\nKD-123 here\ncall (555) 123-1234 or 0041 44 668 18 00\n"
STRICTER = "rules:\n  email: {action: replace}\n  kd: {pattern: 'KD-[0-9]{3}'}\n"
LOOSER = "rules:\n  email: {mode: report}\n"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Return a folder with two policies and a sample."""
    (tmp_path / "stricter.yaml").write_text(STRICTER)
    (tmp_path / "looser.yaml").write_text(LOOSER)
    (tmp_path / "sample.log").write_text(SAMPLE)
    (tmp_path / "sample.jsonl").write_text('{"user.email": "bob@example.com", "note": "KD-123"}\n{}\n')
    return tmp_path


def diff(*arguments: object) -> int:
    """Run the command."""
    return main(["policy", "diff", *map(str, arguments)])


def test_the_same_policy_ends_with_0(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a sample, too."""
    assert 0 == diff("default", "default", "--sample", files / "sample.log")
    said = capsys.readouterr().out
    assert said.startswith("the two policies do the same\n")
    assert "4 lines, 0 of them come out otherwise" in said


def test_changes_and_lines_are_listed_and_the_status_is_1(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What comes out before and after, with the rules that make the difference, and counts by rule."""
    assert 1 == diff("default", files / "stricter.yaml", "--sample", files / "sample.log")

    said = capsys.readouterr().out
    assert "~ rule email changed (action): stricter\n" in said
    assert "+ rule kd added: stricter\n" in said
    assert "4 lines, 2 of them come out otherwise" in said
    assert "line 1 (email)\n  - mail b***@example.com\n  + mail [REDACTED:email]\n" in said
    assert "line 3 (kd)\n  - KD-123 here\n  + [REDACTED:kd] here\n" in said
    assert ["kd", "0", "1"] in [line.split() for line in said.splitlines()]


def test_what_would_go_out_anew_is_shown_only_when_asked_for(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The report goes into a ticket; the values of the sample do not."""
    sample = ("--sample", files / "sample.log")

    assert 1 == diff("default", files / "looser.yaml", *sample)
    said = capsys.readouterr().out
    diff("default", files / "looser.yaml", *sample, "--json")
    as_json = capsys.readouterr().out
    diff("default", files / "looser.yaml", *sample, "--show")
    shown = capsys.readouterr().out

    assert "~ rule email changed (mode): looser\n    rule email only reports\n" in said
    assert "line 1 (email): lets more through; --show prints it" in said
    assert "bob@" not in said + as_json
    assert "  - mail b***@example.com\n  + mail bob@example.com\n" in shown


def test_json_has_all(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Changes, counts and lines; a sample of JSON is read by its keys."""
    arguments = ("default", files / "stricter.yaml", "--sample", files / "sample.jsonl", "--jsonl", "--json")

    assert 1 == diff(*arguments)

    report = json.loads(capsys.readouterr().out)
    assert {("email", "stricter"), ("kd", "stricter")} == {(one["id"], one["direction"]) for one in report["changes"]}
    assert report["old"] != report["new"]
    (line,) = report["sample"]["differing"]
    assert {"user.email": "b***@example.com", "note": "[REDACTED:kd]"} == json.loads(line["new"])
    assert 1 == report["sample"]["new"]["kd"]


def test_what_cannot_be_read_is_said(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the status 2."""
    assert 2 == diff("default", files / "none.yaml")
    assert 2 == diff("default", "default", "--sample", files / "none.log")
    assert 2 == capsys.readouterr().err.count("cannot be read: No such file or directory")
