"""docs/policy.md is true: its files load, its commands print what stands there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.subprocesses import child_environ

PAGE = Path(__file__).parents[2] / "docs/policy.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"# (\S+\.\w+)\n")
BLOCKS = BLOCK.findall(PAGE.read_text())
# What the shipped packs decide: their size, their lines, which of their rules nearly found something.
SHIPPED = (
    (re.compile(r"policy id [0-9a-f]{16}, \d+ rules, \d+ key classes"), "policy id"),
    (re.compile(r"(otel_kit/policy/packs/[a-z-]+\.yaml):\d+"), r"\1"),
    (re.compile(r"^  (?!card:)\w+: '.*?', characters .*\n", re.MULTILINE), ""),
    (re.compile(r"^  and \d+ more.*\n", re.MULTILINE), ""),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the files of the page; a sample's first line is its name and no part of it."""
    for language, body in BLOCKS:
        name = NAME.match(body)
        if name and language in ("yaml", "log"):
            (tmp_path / name[1]).write_text(body if language == "yaml" else body[name.end() :])
    return tmp_path


def comparable(text: str) -> str:
    """Return an output without what the shipped packs decide."""
    for pattern, by in SHIPPED:
        text = pattern.sub(by, text)
    return text


@pytest.mark.parametrize("block", [body for language, body in BLOCKS if language == "console"])
def test_a_command_prints_what_the_page_shows(folder: Path, block: str) -> None:
    """Standard output, then standard error."""
    command, shown = block.split("\n", 1)
    program, *words = shlex.split(command.removeprefix("$ "))

    done = subprocess.run(
        [sys.executable, "-m", "otel_kit", *words],
        cwd=folder, env=child_environ(), capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip

    assert "otel-kit" == program
    assert comparable(shown) == comparable(done.stdout + done.stderr)


def test_every_yaml_block_has_a_name_and_every_file_is_used() -> None:
    """Nothing on the page is there for its looks."""
    commands = " ".join(body.split("\n", 1)[0] for language, body in BLOCKS if language == "console")

    for language, body in BLOCKS:
        if language in ("yaml", "log"):
            name = NAME.match(body)
            assert name is not None
            assert name[1] in commands
