"""The files that a release of otel-kit ships for a stack's folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

COMPOSE: Final = "docker-compose.yml"
# Of alerts/ what is read where the stack runs; its rules are made by the package.
_FOLDERS: Final = ("collector", "backends", "grafana", "alerts/own", "alerts/runbooks")
# What only the checkout needs: building natively, tests.
_NOT_SHIPPED_FOLDERS: Final = frozenset({"__pycache__", "build", "testdata"})
_NOT_SHIPPED_ENDINGS: Final = (".py", ".pyc", "_test.go", ".env", ".log")

GITIGNORE: Final = """\
# Written by `otel-kit stack init`: what is secret, and what it makes anew from .env on each machine.
/secrets/
/.env
/rendered/
/compose.override.yaml
*.new
"""


def shipped(root: Path) -> dict[str, bytes]:
    """Return path, relative and with slashes, -> content of every shipped file, in the order of their paths.

    Raises:
        OSError: one cannot be read.
    """
    found = {COMPOSE: (root / COMPOSE).read_bytes()}
    for folder in _FOLDERS:
        found |= {path.relative_to(root).as_posix(): path.read_bytes() for path in _files(root / folder)}
    found[".gitignore"] = GITIGNORE.encode()
    return dict(sorted(found.items()))


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_dir():
            if path.name not in _NOT_SHIPPED_FOLDERS:
                yield from _files(path)
        elif not path.name.endswith(_NOT_SHIPPED_ENDINGS):
            yield path
