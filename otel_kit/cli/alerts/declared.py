"""What the sub-commands on alert rules have in common: which declaration they read."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from otel_kit.errors import Fault
    from otel_kit.stack.alerting.declaration import Declaration

_DEFAULT: Final = Path("otel-kit.yaml")
# Where `otel-kit stack init` writes, unless it is told another folder.
_STACK: Final = Path("observability")


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


def faults_of_stack() -> Mapping[str, Sequence[Fault]]:
    """Return why `otel-kit stack init` would refuse section, rules and boards of the stack here, by its folder."""
    from otel_kit.errors import ConfigError
    from otel_kit.stack.alerting.placing import placed
    from otel_kit.stack.initialise import manifest, settings_of

    if not (_STACK / manifest.NAME).is_file():
        return {}
    try:
        placed(_STACK, settings_of(_STACK))
    except ConfigError as error:
        return {str(_STACK): error.faults}
    return {str(_STACK): ()}
