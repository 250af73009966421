"""``otel-kit policy check``: every fault of a policy file at once."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from otel_kit.errors import Fault
    from otel_kit.redaction.diagnosis import Diagnosis

_DESCRIPTION = """\
Say everything that is wrong with a policy file, each with its line: what cannot be read, is unknown, is outside of the
RE2 subset or too slow, examples and counter-examples that are not fulfilled, rules and key classes that can never act
because an earlier one takes what they look for. What should be known but is no fault stands in the notes.
"""
_EPILOG = "exit status: 0 without faults, 1 with faults"


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-command to the parser."""
    parser = subparsers.add_parser(
        "check", help="say everything that is wrong with a policy file", description=_DESCRIPTION, epilog=_EPILOG
    )
    parser.add_argument("file", metavar="FILE", help="your policy file, as it is merged over the shipped policy")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the diagnosis; the status is 1 when there are faults."""
    from otel_kit.redaction.diagnosis import diagnose  # loads the engine, which other commands do not need

    found = diagnose(Path(arguments.file))
    print(_as_json(arguments.file, found) if arguments.json else "\n".join(_as_text(arguments.file, found)))
    return 1 if found.faults else 0


def _as_json(name: str, found: Diagnosis) -> str:
    policy = found.policy
    report = {
        "file": name,
        "faults": [asdict(fault) for fault in found.faults],
        "notes": [asdict(note) for note in found.notes],
        "policy_id": policy.id if policy is not None and not found.faults else None,
        "only_stricter": policy.only_stricter if policy is not None and not found.faults else None,
    }
    return json.dumps(report, indent=2, ensure_ascii=False)


def _as_text(name: str, found: Diagnosis) -> list[str]:
    count = len(found.faults)
    lines = [f"{name}: {'no faults' if not count else '1 fault' if count == 1 else f'{count} faults'}"]
    lines += _listed(found.faults)
    if found.notes:
        lines += ["", "notes"]
        lines += _listed(found.notes)
    policy = found.policy
    if policy is not None and not found.faults:
        stricter = "only stricter than" if policy.only_stricter else "in parts less strict than"
        size = f"{len(policy.rules)} rules, {len(policy.keys)} key classes"
        lines += ["", f"policy id {policy.id}, {size}, {stricter} the shipped policy"]
    return lines


def _listed(faults: tuple[Fault, ...]) -> list[str]:
    return [f"  - {fault}" for fault in faults]
