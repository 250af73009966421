"""Files of a stack's folder: written in one step, secrets with mode 0600 from their first byte on."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

PRIVATE_FILE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700
# What containers read; whatever the umask is.
PUBLIC_FILE: Final = 0o644
PUBLIC_FOLDER: Final = 0o755
_SECRET_BYTES: Final = 32


def write_private(path: Path, content: bytes) -> None:
    """Write a file that nobody but its owner can read, in a folder that nobody else can enter."""
    _write(path, content, PRIVATE_FILE, PRIVATE_FOLDER)


def write_public(path: Path, content: bytes) -> None:
    """Write a file that everyone can read."""
    _write(path, content, PUBLIC_FILE, PUBLIC_FOLDER)


def new_secret() -> bytes:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(_SECRET_BYTES).encode()


def give(folder: Path, uid: int, gid: int) -> None:
    """Make ``uid`` and ``gid`` the owner of a folder and everything in it; only root can."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, uid, gid, follow_symlinks=False)


def _write(path: Path, content: bytes, mode: int, folder_mode: int) -> None:
    for folder in reversed([folder for folder in path.parents if not folder.exists()]):
        folder.mkdir()
        folder.chmod(folder_mode)
    half = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        # Opened with the mode, not changed to it: in between another could have opened it.
        with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
        half.chmod(mode)
        half.replace(path)
    except OSError:
        half.unlink(missing_ok=True)
        raise
