"""Writes ``grafana/generated/``: ``python -m dashboards``; ``--check`` fails when it is stale."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from dashboards.boards import BOARDS

FOLDER: Final = Path(__file__).parents[1] / "grafana" / "generated"


def wanted() -> dict[str, str]:
    """Return what each file should say, by its name."""
    return {f"{board.name}.json": board.text() for board in (make() for make in BOARDS)}


def stale(folder: Path = FOLDER) -> list[str]:
    """Return the names of files that differ, are missing or are left over."""
    texts = wanted()
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in texts.keys() | found.keys() if texts.get(name) != found.get(name))


def main(arguments: list[str]) -> int:
    """Write the files, or only look whether they are current."""
    if "--check" in arguments:
        for name in stale():
            print(f"grafana/generated/{name} is stale: run `python -m dashboards`", file=sys.stderr)
        return 1 if stale() else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    texts = wanted()
    for path in FOLDER.glob("*.json"):
        if path.name not in texts:
            path.unlink()
    for name, text in texts.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
