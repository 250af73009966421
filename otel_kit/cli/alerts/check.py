"""``otel-kit alerts check``: everything that is wrong with rules and boards, before they are used."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from otel_kit.errors import Fault
    from otel_kit.stack.alerting.declaration import Declaration

_DESCRIPTION = """\
Check the section `alerting`, the shipped rules with what it says, and files of your own: rule files of Prometheus, rule
files of Loki (in a folder named loki) and boards (.json). Said are metrics that nothing sends, thresholds, rules and
units that do not exist, labels in texts that the query does not keep, severities that nobody routes. Folders are
searched. Without FILE these are alerts/own and grafana/dashboards/own here, and of the stack in observability.
"""
_EPILOG = "exit status: 0 without faults, 1 with faults, 2 when something cannot be read"


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-command to the parser."""
    from otel_kit.cli.alerts import declared

    parser = subparsers.add_parser(
        "check",
        help="say everything that is wrong with thresholds, rules and boards",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="rule files, boards, or folders of them")
    declared.add_option(parser)
    parser.add_argument("--list", action="store_true", help="list rules and thresholds, and check nothing")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the faults; the status is 1 when there are any.

    Raises:
        ConfigError: the section `alerting` or a file cannot be read.
    """
    from otel_kit.cli.alerts import declared
    from otel_kit.stack.alerting import checking, own_files

    declaration = declared.read(arguments)
    if arguments.list:
        print("\n".join(_known(declaration)))
        return 0
    declared.say(arguments, declaration)
    if arguments.files:
        files = [path for given in arguments.files for path in _files(given)]
    else:
        files = own_files.files_in(arguments.folder or Path())
    if not (queries := own_files.queries_are_read()):
        print(own_files.UNREAD, file=sys.stderr)
    found: dict[str, Sequence[Fault]] = {
        "the shipped rules": checking.faults_of(declaration, declared.folder(arguments), queries=queries)
    }
    found |= {str(path): faults for path, faults in own_files.faults_of(files, declaration.metrics).items()}
    if not arguments.files and arguments.folder is None:
        found |= declared.faults_of_stack()
    if arguments.json:
        print(json.dumps({name: [asdict(fault) for fault in faults] for name, faults in found.items()}, indent=2))
    else:
        print("\n".join(line for name, faults in found.items() for line in _as_text(name, faults)))
    return 1 if any(found.values()) else 0


def _files(given: Path) -> list[Path]:
    if not given.is_dir():
        return [given]
    return sorted(path for suffix in ("yml", "yaml", "json") for path in given.rglob(f"*.{suffix}"))


def _as_text(name: str, faults: Sequence[Fault]) -> list[str]:
    count = len(faults)
    return [
        f"{name}: {'no faults' if not count else '1 fault' if count == 1 else f'{count} faults'}",
        *(f"  - {fault}" for fault in faults),
    ]


def _known(declaration: Declaration) -> list[str]:
    from otel_kit.stack.alerting.families import FAMILIES

    rules = [(rule.name, rule.severity, family) for family, members in FAMILIES.items() for rule in members]
    width = max((len(name) for name, _, _ in rules), default=0)
    lines = ["rules"]
    lines += [f"  {name:{width}}  {severity:8}  {family}" for name, severity, family in rules]
    lines += ["", "thresholds"]
    for threshold in declaration.thresholds.values():
        own = "  (also per service)" if threshold.per_service else ""
        lines.append(f"  {threshold.name:{width}}  {threshold.in_words:>12}  {threshold.meaning}{own}")
    return lines
