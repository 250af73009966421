"""``otel-kit stack upgrade``: what this release of otel-kit would change in a stack's folder; with --apply it does."""

from __future__ import annotations

import argparse
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from otel_kit.cli.stack.init import DEFAULT_FOLDER
from otel_kit.errors import OtelKitError
from otel_kit.version import __version__

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from otel_kit.stack.upgrade import Comparison

_DESCRIPTION = """\
Show the difference between a folder that "otel-kit stack init" wrote and the files of this release of otel-kit. With
--apply, files that you did not touch are replaced; one that you edited stays, and the new one is put beside it as
NAME.new. collector/local.d, secrets and the settings in .env are never touched; variables that are new are added to
.env as comments.
"""


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-command to the parser."""
    parser = subparsers.add_parser(
        "upgrade",
        help="show, or apply, what this release changes in a stack's folder",
        description=_DESCRIPTION,
        epilog="exit status: 0; 1 if there are differences and they are only shown; 2 if the folder is none of ours",
    )
    parser.add_argument(
        "folder", nargs="?", type=Path, default=DEFAULT_FOLDER, metavar="DIR", help=f"the folder ({DEFAULT_FOLDER})"
    )
    parser.add_argument("--apply", action="store_true", help="carry it out")
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Show, or apply, the differences; return the exit status.

    Raises:
        OtelKitError: see ``otel_kit.stack.upgrade``; or a file cannot be read or written.
    """
    from otel_kit.stack import assets
    from otel_kit.stack.upgrade import apply, compare

    try:
        comparison = compare(arguments.folder, assets.root(), __version__)
        print(summary(comparison, shows_differences=not arguments.apply), end="")
        if comparison.is_current:
            return 0
        if not arguments.apply:
            return 1
        apply(comparison)
    except OSError as error:
        raise OtelKitError(f"{error.filename} cannot be used: {error.strerror}") from error
    print(f"Done. What follows from .env is made anew by: otel-kit stack init {quote(str(arguments.folder))}")
    return 0


def summary(comparison: Comparison, *, shows_differences: bool) -> str:
    """Return the differences as text: each as a diff, then what becomes of each file, images and variables."""
    unmerged = "".join(
        f"{name} is not merged yet: take over what it changes, then delete it.\n" for name in comparison.unmerged
    )
    if comparison.is_current:
        return f"{comparison.folder} is what otel-kit {comparison.release} ships, but for what you edited.\n{unmerged}"
    lines = [f"{comparison.folder}: otel-kit {comparison.known.release} -> {comparison.release}", ""]
    if shows_differences:
        lines += [comparison.diff(name) for name in comparison.files]
    width = max((len(name) for name in comparison.files), default=0)
    lines += [f"{name:<{width}}  {change.value}" for name, change in comparison.files.items()]
    lines += [f"image {image.old} -> {image.new}" for image in comparison.images]
    lines += [f".env may set {name}" for name in comparison.new_variables]
    if shows_differences:
        lines += ["", f"otel-kit stack upgrade --apply {quote(str(comparison.folder))} carries it out."]
    return "\n".join(lines) + f"\n{unmerged}"
