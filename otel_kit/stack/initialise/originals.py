"""The files as they were written, beside the manifest: what a release changed is told from what the user changed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from otel_kit.stack.initialise.writing import write_public

NAME: Final = ".otel-kit-stack.zip"
# Nobody edits these, and they are most of the bytes.
_LEFT_OUT: Final = (".go", "go.mod", "go.sum")


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Keep ``files`` (path -> content); the same files give the same bytes, on any day.

    Raises:
        OSError: it cannot be written.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            if not name.endswith(_LEFT_OUT):
                archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    write_public(folder / NAME, made.getvalue())


def read(folder: Path) -> dict[str, bytes]:
    """Return path -> content; nothing if there is no such file, or it is damaged: it is only there to show more."""
    try:
        with zipfile.ZipFile(folder / NAME) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except (OSError, zipfile.BadZipFile):
        return {}
