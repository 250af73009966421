"""A stack's folder against the files of a release: each file as it was written, as it is, and as it is shipped."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from otel_kit.errors import ConfigError, Fault
from otel_kit.stack.initialise import env_file, manifest, originals
from otel_kit.stack.initialise.shipped import COMPOSE, shipped
from otel_kit.stack.variables import by_name

NEW: Final = ".new"
# The user's; what is shipped there only explains it.
_LOCAL: Final = ("collector/local.d/", "alerts/own/")
_IMAGE: Final = re.compile(r"^\s*image: *[\"']?([^\s\"'#]+)|\bBASE: *[\"']?([^\s\"'}]+)", re.MULTILINE)


class Change(Enum):
    """What becomes of one file."""

    ADDED = "new"
    REPLACED = "replaced"
    EDITED = "edited by you, and changed by the release: yours stays, the new one is put beside it as .new"
    GONE = "no longer shipped: removed"
    GONE_EDITED = "no longer shipped, edited by you: yours stays"
    MISSING = "missing: put back"


@dataclass(frozen=True, slots=True)
class Image:
    """An image whose version changes."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs.

    By path: ``files`` is what becomes of it, ``new`` the shipped content, ``originals`` the one that was written.
    ``unmerged`` are the files that an earlier upgrade put beside edited ones.
    """

    folder: Path
    known: manifest.Manifest
    release: str
    files: Mapping[str, Change]
    new: Mapping[str, bytes]
    originals: Mapping[str, bytes]
    images: tuple[Image, ...]
    new_variables: tuple[str, ...]
    unmerged: tuple[str, ...]

    @property
    def is_current(self) -> bool:
        """Whether there is nothing to do."""
        return not self.files and not self.new_variables and self.known.release == self.release

    def diff(self, name: str) -> str:
        """Return what the release changes in a file as a unified diff.

        Of a file that was edited it is the difference to the file as it was written, where that is known: the edits
        are the user's, and not undone.
        """
        path = self.folder / name
        whose, old = "yours", path.read_bytes() if path.exists() else b""
        if self.files[name] is Change.EDITED and name in self.originals:
            whose, old = f"otel-kit {self.known.release}", self.originals[name]
        new = b"" if self.files[name] in (Change.GONE, Change.GONE_EDITED) else self.new[name]
        lines = difflib.unified_diff(
            old.decode("utf-8", "backslashreplace").splitlines(keepends=True),
            new.decode("utf-8", "backslashreplace").splitlines(keepends=True),
            f"{name} ({whose})",
            f"{name} (otel-kit {self.release})",
        )
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def compare(folder: Path, files: Path, release: str) -> Comparison:
    """Return what ``release``, whose files are in ``files``, would change in ``folder``; changes nothing.

    ``.env``, secrets, ``collector/local.d`` and ``alerts/own`` are the user's: they are not looked at, but for names of
    variables.

    Raises:
        ConfigError: the folder is not one that `stack init` wrote.
        OSError: a file cannot be read.
    """
    known = manifest.read(folder)
    if known is None:
        raise ConfigError(
            [
                Fault(
                    str(folder),
                    f"is no stack of otel-kit: {manifest.NAME} is missing",
                    "",
                    "Make one: otel-kit stack init DIR",
                )
            ]
        )
    new = {name: content for name, content in shipped(files).items() if not name.startswith(_LOCAL)}
    return Comparison(
        folder=folder,
        known=known,
        release=release,
        files=dict(_changes(folder, known, new)),
        new=new,
        originals=originals.read(folder),
        images=tuple(_images(folder, new)),
        new_variables=_new_variables(folder / ".env"),
        unmerged=tuple(f"{name}{NEW}" for name in new if (folder / f"{name}{NEW}").exists()),
    )


def _changes(folder: Path, known: manifest.Manifest, new: Mapping[str, bytes]) -> Iterator[tuple[str, Change]]:
    for name in sorted({*new, *known.files}):
        if name.startswith(_LOCAL):
            continue
        path = folder / name
        current = manifest.digest(path.read_bytes()) if path.exists() else None
        written = known.files.get(name)
        shipped_now = manifest.digest(new[name]) if name in new else None
        change = _change(current, written, shipped_now)
        if change is not None:
            yield name, change


def _change(current: str | None, written: str | None, shipped_now: str | None) -> Change | None:
    if current == shipped_now:
        return None
    if shipped_now is None:
        return Change.GONE if current == written else Change.GONE_EDITED
    if current is None:
        return Change.ADDED if written is None else Change.MISSING
    if shipped_now == written:
        # Only the user changed it.
        return None
    return Change.REPLACED if current == written else Change.EDITED


def _images(folder: Path, new: Mapping[str, bytes]) -> Iterator[Image]:
    path = folder / COMPOSE
    old = dict(_named_images(path.read_text("utf-8") if path.exists() else ""))
    for name, reference in _named_images(new[COMPOSE].decode()):
        if name in old and old[name] != reference:
            yield Image(name, old[name], reference)


def _named_images(text: str) -> Iterator[tuple[str, str]]:
    for match in _IMAGE.finditer(text):
        reference = match[1] or match[2]
        name, _, _version = reference.partition("@")[0].rpartition(":")
        yield name, reference


def _new_variables(env: Path) -> tuple[str, ...]:
    """Return the variables that a `.env` does not mention yet, not even commented out."""
    text = env.read_text("utf-8-sig") if env.exists() else ""
    mentioned = env_file.mentioned(text)
    return tuple(name for name, row in by_name().items() if name not in mentioned and not row.fixed)
