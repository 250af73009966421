"""The key file that a command works with: named, that of the Collector's own variable, or that of the native stack."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from otel_kit.settings.environment import child_environment

VARIABLE: Final = "OTELCOL_KEYS_FILE"
"""What the Collector's configuration reads the same file from."""
DEFAULT: Final = Path(".otel-kit/stack/keys.json")


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the file."""
    parser.add_argument("--file", type=Path, metavar="FILE", help=f"the key file (default: {VARIABLE}, else {DEFAULT})")


def chosen_file(named: Path | None) -> Path:
    """Return the file: 1. ``--file``, 2. the environment, 3. the place in the current folder."""
    if named is not None:
        return named
    return Path(child_environment().get(VARIABLE) or DEFAULT)
