"""What the stack keeps where it is run is not committed by mistake: asked of git itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from otel_kit.cli import main
from otel_kit.stack.native import Layout
from otel_kit.stack.own_folder import STATE


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's repository, and the current folder."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def added() -> list[str]:
    """Return what `git add .` would take."""
    done = subprocess.run(["git", "add", "-n", "."], check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize("state", [STATE, Path("mine")])
def test_a_run_leaves_nothing_to_commit(state: Path) -> None:
    """In the usual folder, or one of the user's."""
    layout = Layout(state.resolve())
    layout.make()
    layout.make()
    layout.keys_file.write_text("hashes")

    assert added() == []


def test_a_key_leaves_nothing_to_commit(capsys: pytest.CaptureFixture[str]) -> None:
    """Before the first run."""
    assert main(["keys", "create", "--tenant", "shop"]) == 0

    assert capsys.readouterr().out
    assert added() == []


def test_what_is_somebodys_own_is_not_hidden(repository: Path) -> None:
    """A folder that was there before may hold what has to be committed."""
    (repository / "mine").mkdir()
    (repository / "mine" / "notes.txt").touch()

    Layout(repository / "mine").make()

    assert added() == ["add 'mine/notes.txt'"]
