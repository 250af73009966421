"""``otel-kit stack check``: every fault of the Collector's configuration before it is loaded, or of a running stack."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from otel_kit.cli.stack import live
from otel_kit.errors import ConfigError, Fault

if TYPE_CHECKING:
    from argparse import _SubParsersAction
    from collections.abc import Mapping, Sequence

    from otel_kit.stack.check.combinations import Checked

_DESCRIPTION = """\
Say everything that is wrong with the configuration of the Collector: the overlays in use and your files in
collector/local.d with the variables they will find, and every overlay that is shipped, alone and all together. Own
rules come first (nothing past redaction, nothing of the gateway replaced, the guard everywhere), then the Collector's
own `validate`. docs/overlays.md tells how an overlay is written.

With --live, ask a stack that runs, through its Grafana: components, data sources, boards, the query of every panel, one
record in all three stores (where OTEL_EXPORTER_OTLP_ENDPOINT and _HEADERS are those of a service), one test alert.
"""
_EPILOG = "exit status: 0 without faults, 1 with faults, 2 when it cannot be checked"


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-command to the parser."""
    parser = subparsers.add_parser(
        "check",
        help="say everything that is wrong with the Collector's files",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    parser.add_argument(
        "folder", metavar="DIR", nargs="?", type=Path, help="folder of `stack init` (default: as shipped)"
    )
    parser.add_argument(
        "--overlay",
        action="append",
        default=[],
        metavar="NAME",
        help="overlays in use, or files; repeatable (default: OTELCOL_OVERLAYS)",
    )
    parser.add_argument("--env", type=Path, metavar="FILE", help="variables, one NAME=value a line (default: DIR/.env)")
    parser.add_argument(
        "--collector", type=Path, metavar="FILE", help="the Collector to ask (default: built here, with Go)"
    )
    parser.add_argument("--in-use", action="store_true", help="only what is in use, not all that is shipped")
    parser.add_argument("--rules-only", action="store_true", help="do not ask the Collector")
    parser.add_argument("--in-container", action="store_true", help="listening on every interface is right")
    parser.add_argument("--json", action="store_true", help="print JSON")
    live.add_options(parser)
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what was found; the status is 1 when there are faults.

    Raises:
        OtelKitError: an overlay is not there, or the Collector cannot be run.
    """
    if arguments.live is not None:
        return live.run(arguments)
    from otel_kit.settings.environment import child_environment
    from otel_kit.stack import assets
    from otel_kit.stack.check.combinations import Folder, checker
    from otel_kit.stack.check.surroundings import surroundings

    root = arguments.folder if arguments.folder is not None else assets.root()
    folder = Folder(root)
    if missing := [path for path in folder.base if not path.is_file()]:
        raise ConfigError([Fault(str(path), "is missing", f"{root} is no folder of a stack") for path in missing])
    if arguments.env is not None and (not arguments.env.exists() or arguments.env.is_dir()):
        raise ConfigError([Fault("--env", f"names {arguments.env}, which is no file")])
    process = child_environment()
    try:
        around = surroundings(root, arguments.env, process)
    except ConfigError as error:
        _print(arguments, [], error.faults, "")
        return 1
    chosen = folder.chosen(arguments.overlay or folder.loaded(around.overlays, around.variables))
    binary, why_not = _collector(arguments, process)
    in_container = arguments.in_container or around.in_container
    made = checker(folder, around.variables, binary, in_container=in_container)
    combinations = made.combinations(chosen)
    checked = made.all(combinations[:1] if arguments.in_use else combinations)
    faults = tuple(folder.not_loaded())
    _print(arguments, checked, faults, why_not)
    return 1 if faults or any(one.findings.faults for one in checked) else 0


def _collector(arguments: argparse.Namespace, process: Mapping[str, str]) -> tuple[Path | None, str]:
    from otel_kit.stack import assets
    from otel_kit.stack.native.binaries import NotBuilt, build
    from otel_kit.stack.native.components import COLLECTOR

    if arguments.rules_only:
        return None, "the Collector was not asked (--rules-only)"
    if arguments.collector is not None:
        return arguments.collector, ""
    try:
        return build([COLLECTOR], assets.root(), process, lambda line: print(line, file=sys.stderr), Event())[
            COLLECTOR
        ], ""
    except NotBuilt as error:
        return None, f"the Collector was not asked: {error}"


def _print(arguments: argparse.Namespace, checked: Sequence[Checked], faults: Sequence[Fault], why_not: str) -> None:
    if arguments.json:
        print(json.dumps(_as_json(checked, faults, why_not), indent=2, ensure_ascii=False))
    else:
        print("\n".join(_as_text(checked, faults, why_not)))


def _as_json(checked: Sequence[Checked], faults: Sequence[Fault], why_not: str) -> dict[str, Any]:
    return {
        "faults": [asdict(fault) for fault in faults],
        "collector": why_not or "asked",
        "combinations": [
            {
                "name": one.combination.name,
                "files": [str(path) for path in one.combination.files],
                "faults": [asdict(fault) for fault in one.findings.faults],
                "notes": [asdict(note) for note in one.findings.notes],
                "collector": one.left_out or why_not or "asked",
            }
            for one in checked
        ],
    }


def _as_text(checked: Sequence[Checked], faults: Sequence[Fault], why_not: str) -> list[str]:
    lines = [f"  - {fault}" for fault in faults]
    told: set[str] = set()
    width = max((len(one.combination.name) for one in checked), default=0)
    for one in checked:
        count = len(one.findings.faults)
        verdict = "ok" if not count else "1 fault" if count == 1 else f"{count} faults"
        lines.append(
            f"{one.combination.name:<{width}}  {verdict}"
            + (f", own rules only: {one.left_out}" if one.left_out else "")
        )
        # What one combination has, those that contain it have as well.
        new = [str(fault) for fault in one.findings.faults if str(fault) not in told]
        told |= set(new)
        lines += [f"  - {text}" for text in new]
        if one is checked[0] and one.findings.notes:
            lines += ["  to know:", *(f"  - {note}" for note in one.findings.notes)]
    if why_not:
        lines.append(why_not)
    total = len(told) + len(faults)
    lines.append("no faults" if not total else "1 fault" if total == 1 else f"{total} faults")
    return lines
