"""Carrying out what was compared: untouched files are replaced, edited ones stay, with the new one beside them."""

from __future__ import annotations

from otel_kit.stack.initialise import env_file, manifest, originals
from otel_kit.stack.initialise.writing import write_private, write_public
from otel_kit.stack.upgrade.comparing import NEW, Change, Comparison


def apply(comparison: Comparison) -> None:
    """Bring the folder to the release that it was compared with.

    An edited file is not touched: the shipped one is written beside it (``NAME.new``), to be merged by hand, and the
    next comparison takes it as the one that the edits were made on. New variables are added to `.env` as comments.

    Raises:
        OSError: a file cannot be written; what was done until then stays, and running again goes on from there.
    """
    folder = comparison.folder
    hashes = dict(comparison.known.files)
    for name, change in comparison.files.items():
        path = folder / name
        match change:
            case Change.ADDED | Change.MISSING | Change.REPLACED:
                write_public(path, comparison.new[name])
            case Change.EDITED:
                write_public(path.with_name(path.name + NEW), comparison.new[name])
            case Change.GONE:
                path.unlink(missing_ok=True)
        if name in comparison.new:
            hashes[name] = manifest.digest(comparison.new[name])
        else:
            hashes.pop(name, None)
    env = folder / ".env"
    if comparison.new_variables and env.exists():
        text = env.read_text("utf-8-sig")
        write_private(env, env_file.appended(text, comparison.new_variables).encode())
    originals.write(folder, comparison.new)
    # Last: until here a second run would find the same differences.
    manifest.write(folder, manifest.Manifest(comparison.release, hashes))
