"""What the sub-commands on alert rules have in common: which declaration they read."""

from __future__ import annotations

import argparse
import sys
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
    file, own = _source(arguments)
    return declaration.load(file, own=own, thresholds=known)


def say(arguments: argparse.Namespace, declared: Declaration) -> None:
    """Print to standard error which file was taken, what it declares, and windows that are of no use.

    Raises:
        ConfigError: the file cannot be read.
    """
    from otel_kit.stack.alerting import taken, windows

    file, own = _source(arguments)
    remarks = (taken.summary(file, own=own), taken.unused(_DEFAULT, file), *windows.remarks(declared))
    for remark in remarks:
        if remark:
            print(remark, file=sys.stderr)


def _source(arguments: argparse.Namespace) -> tuple[Path | None, bool]:
    """Return the file that is meant, None if there is none; and whether it holds nothing else."""
    if arguments.config is not None:
        return arguments.config, arguments.config.name != _DEFAULT.name
    return (_DEFAULT if _DEFAULT.is_file() else None), False


def faults_of_stack() -> Mapping[str, Sequence[Fault]]:
    """Return why `otel-kit stack init` would refuse section, rules and boards of the stack here, by its folder.

    Which section that is goes to standard error.
    """
    from otel_kit.errors import ConfigError
    from otel_kit.stack.alerting.placing import placed, remarks
    from otel_kit.stack.initialise import manifest, settings_of

    if not (_STACK / manifest.NAME).is_file():
        return {}
    try:
        settings = settings_of(_STACK)
        placed(_STACK, settings)
        for remark in remarks(_STACK, settings):
            print(f"{_STACK}: {remark}", file=sys.stderr)
    except ConfigError as error:
        return {str(_STACK): error.faults}
    return {str(_STACK): ()}
