"""``otel-kit explain``: every setting, its value and where that came from."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from otel_kit.settings import explain, load_leniently

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser("explain", help="show every setting, its value and where it came from")
    parser.add_argument("--config", metavar="FILE", help="settings file (default: otel-kit.yaml if it is there)")
    parser.add_argument("--changed", action="store_true", help="only settings that differ from their default")
    parser.add_argument("--doc", action="store_true", help="say what each setting means")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the settings; the status is 2 when a source has faults."""
    loaded = load_leniently(config=arguments.config)
    shown = [row for row in explain(loaded) if not (arguments.changed and row.origin == "default")]
    if arguments.json:
        faults = [str(fault) for fault in loaded.faults]
        print(json.dumps({"settings": [asdict(row) for row in shown], "faults": faults}, indent=2))
        return 2 if faults else 0
    width = max((len(row.key) for row in shown), default=0)
    for row in shown:
        print(f"{row.key:<{width}}  {row.value}  ({row.origin})")
        if arguments.doc:
            print(f"{'':<{width}}  {row.doc} Variable: {row.variable}")
    if not shown:
        print("Every setting has its default.")
    if loaded.faults:
        print(f"\n{len(loaded.faults)} faults:")
        for fault in loaded.faults:
            print(f"  - {fault}")
        return 2
    return 0
