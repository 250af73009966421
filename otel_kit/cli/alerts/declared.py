"""What the sub-commands on alert rules have in common: which declaration they read."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from otel_kit.stack.alerting.declaration import Declaration

_DEFAULT: Final = Path("otel-kit.yaml")


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--config`` and ``--files``."""
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="file with the section `alerting`, or with nothing but its keys (default: otel-kit.yaml, if it is there)",
    )
    parser.add_argument(
        "--files",
        dest="folder",
        type=Path,
        metavar="DIR",
        help="folder with alerts/ and grafana/ (default: those that are shipped)",
    )


def folder(arguments: argparse.Namespace) -> Path:
    """Return the folder that holds ``alerts/`` and ``grafana/``."""
    from otel_kit.stack import assets

    return assets.root() if arguments.folder is None else arguments.folder


def read(arguments: argparse.Namespace) -> Declaration:
    """Return what is declared.

    Raises:
        ConfigError: every fault, with file and line.
    """
    from otel_kit.stack.alerting import declaration, thresholds

    known = thresholds.load(folder(arguments) / "alerts" / "thresholds.yaml")
    if arguments.config is not None:
        return declaration.load(arguments.config, own=arguments.config.name != _DEFAULT.name, thresholds=known)
    return declaration.load(_DEFAULT if _DEFAULT.is_file() else None, thresholds=known)
