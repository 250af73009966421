"""What `otel-kit stack init` and `upgrade` wrote into a folder: its hashes tell edited files from untouched ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from otel_kit.errors import ConfigError, Fault
from otel_kit.stack.initialise.writing import write_public

NAME: Final = ".otel-kit-stack.json"
_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """``release`` is the version of otel-kit that wrote last; ``files`` is path -> SHA-256 of what was written."""

    release: str
    files: Mapping[str, str] = field(default_factory=dict)


def digest(content: bytes) -> str:
    """Return the hash that a manifest holds."""
    return hashlib.sha256(content).hexdigest()


def read(folder: Path) -> Manifest | None:
    """Return the manifest of a folder, or None if it has none.

    Raises:
        ConfigError: it is there and cannot be read.
    """
    path = folder / NAME
    mend = "Take it back from version control or a backup; without it nobody can tell which files you edited."
    try:
        document = json.loads(path.read_text("utf-8"))
        release, files = document["release"], document["files"]
        is_known = document["format"] == _FORMAT and isinstance(release, str)
        are_hashes = all(isinstance(name, str) and isinstance(value, str) for name, value in files.items())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError([Fault(str(path), f"cannot be read: {error.strerror}", "", mend)]) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError([Fault(str(path), "is damaged", "", mend)]) from error
    if not is_known or not are_hashes:
        raise ConfigError([Fault(str(path), "is damaged, or of a newer otel-kit", "", mend)])
    return Manifest(release, files)


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest of a folder in one step.

    Raises:
        OSError: it cannot be written.
    """
    document = {"format": _FORMAT, "release": manifest.release, "files": dict(sorted(manifest.files.items()))}
    write_public(folder / NAME, (json.dumps(document, indent=1) + "\n").encode())
