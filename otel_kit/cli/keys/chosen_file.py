"""The key file that a command works with: named, that of the Collector's own variable, or that of the stack here."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from otel_kit.errors import ConfigError, Fault
from otel_kit.settings.environment import child_environment
from otel_kit.stack.own_folder import KEYS_FILE

VARIABLE: Final = "OTELCOL_KEYS_FILE"
"""What the Collector's configuration reads the same file from."""
_COMPOSED: Final = Path("secrets") / "collector" / "keys.json"
"""The ingest keys in a folder that `otel-kit stack init` wrote."""


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the file."""
    where = f"{KEYS_FILE.as_posix()}, or {_COMPOSED.as_posix()} in a folder of `stack init`"
    parser.add_argument("--file", type=Path, metavar="FILE", help=f"the key file (default: {VARIABLE}, else {where})")


def chosen_file(named: Path | None) -> Path:
    """Return the file: 1. ``--file``, 2. the environment, 3. that of the stack of the current folder.

    Raises:
        ConfigError: two stacks have keys in the current folder, or the stack of the file takes no keys from it.
    """
    file = _file(named)
    if (file.parent / "tokens").exists():
        tokens = file.parent / "tokens"
        raise ConfigError(
            [Fault(str(file), f"is read by nobody: the upstream image of this stack's Collector reads {tokens}", "",
                   "Put a line there, KEY NAME; or take the own image: otel-kit stack init DIR --collector-image own")]
        )  # fmt: skip
    return file


def _file(named: Path | None) -> Path:
    if named is not None:
        return named
    if variable := child_environment().get(VARIABLE):
        return Path(variable)
    if not _is_composed():
        return KEYS_FILE
    if KEYS_FILE.exists():
        both = f"{_COMPOSED.as_posix()} of `stack init` and {KEYS_FILE.as_posix()} of the native stack"
        raise ConfigError([Fault("this folder", f"has keys of two stacks: {both}", mend="Name one with --file.")])
    return _COMPOSED


def _is_composed() -> bool:
    from otel_kit.stack.initialise.manifest import NAME

    return Path(NAME).is_file()
