"""The folder `.otel-kit` that commands make where they are run: what lies where in it, and that git leaves it alone."""

from __future__ import annotations

from pathlib import Path
from typing import Final

OWN_FOLDER: Final = Path(".otel-kit")
STATE: Final = OWN_FOLDER / "stack"
"""Data, logs and keys of the native stack, unless another folder is named."""
KEYS: Final = Path("secrets") / "keys.json"
"""The ingest keys, below the state of a native stack."""
KEYS_FILE: Final = STATE / KEYS

_IGNORE: Final = ".gitignore"
# With itself: the folder is nobody's to commit.
_EVERYTHING: Final = "*\n"


def make_unseen(folder: Path, mode: int = 0o700) -> None:
    """Make the folder, so that git does not see the secrets in it: by `.otel-kit`, if it lies below, else by itself.

    A folder that is somebody's already stays as it is; `.otel-kit` gets what it lacks.

    Raises:
        OSError: it cannot be made.
    """
    own = next((parent for parent in folder.parents if parent.name == OWN_FOLDER.name), None)
    is_new = not folder.exists()
    folder.mkdir(mode=mode, parents=True, exist_ok=True)
    ignored = (own or folder) / _IGNORE
    if (own is not None or is_new) and not ignored.exists():
        ignored.write_text(_EVERYTHING, "utf-8")
