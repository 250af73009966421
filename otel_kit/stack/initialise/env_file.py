"""Setting variables in a `.env` that its owner has edited: what is not named stays, byte for byte."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from otel_kit.stack.environment import read, written
from otel_kit.stack.initialise.writing import write_private

_HEAD = """\
The one place for the settings of this stack: retention, limits, addresses, credentials of receivers.
A line that begins with # is not set; it shows the default. What docker-compose.yml fixes is not here.
After a change: otel-kit stack init, then docker compose up -d.
"""


def update(path: Path, changes: Mapping[str, str]) -> dict[str, str]:
    """Set ``changes`` in the file, which is made with every variable if it is not there; return what it sets then.

    Mode 0600: passwords may stand in it.

    Raises:
        ConfigError: the file cannot be used, a name is unknown or a value cannot stand in it.
        OSError: it cannot be written.
    """
    if not path.exists():
        write_private(path, written(changes, head=_HEAD, in_containers=True).encode())
        return read(path, in_containers=True)
    present = read(path, in_containers=True)
    missing = {name: value for name, value in changes.items() if present.get(name) != value}
    if missing:
        write_private(path, _with(path.read_text("utf-8-sig"), missing).encode())
    return read(path, in_containers=True)


def appended(text: str, names: Iterable[str]) -> str:
    """Return ``text`` with a block at its end that names new variables, commented out."""
    wanted, lines = set(names), written({}).splitlines()
    blocks = [f"{lines[at - 1]}\n{line}" for at, line in enumerate(lines) if line[1:].partition("=")[0] in wanted]
    return text.rstrip("\n") + "\n\n# --- new ---\n" + "\n".join(blocks) + "\n"


def mentioned(text: str) -> frozenset[str]:
    """Return the names of the variables that a `.env` sets or shows commented out."""
    return frozenset(re.findall(r"^#?(?:export[ \t]+)?([A-Z][A-Z0-9_]*)[ \t]*=", text, re.MULTILINE))


def _with(text: str, changes: Mapping[str, str]) -> str:
    for name, value in changes.items():
        # `written` knows how a value is quoted and refuses what cannot stand there.
        (line,) = (line for line in written({name: value}).splitlines() if line.startswith(f"{name}="))
        # The line that sets it, else the one that shows its default, else a new one at the end.
        for pattern in (rf"^(?:export[ \t]+)?{name}[ \t]*=.*$", rf"^#{name}=.*$"):
            text, count = re.subn(pattern, line.replace("\\", r"\\"), text, count=1, flags=re.MULTILINE)
            if count:
                break
        else:
            text = text.rstrip("\n") + f"\n{line}\n"
    return text
