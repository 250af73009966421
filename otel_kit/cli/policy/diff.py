"""``otel-kit policy diff``: what another policy would change, by its rules and on a sample of lines."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from otel_kit.cli.chosen_policy import chosen_redactor
from otel_kit.errors import OtelKitError

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from otel_kit.policy.difference import Change
    from otel_kit.redaction.redactor import Redactor

_SHOWN_LINES = 20
_DESCRIPTION = """\
Say what changes from the policy OLD to the policy NEW: rules, key classes and lists, each stricter or looser. With
--sample both are run over a file of your own: counts by rule before and after, and the lines that come out otherwise.

A line on which NEW lets more through than OLD is named by number and rule only; --show prints it.
"""


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-command to the parser."""
    parser = subparsers.add_parser(
        "diff",
        help="say what another policy would change, also on a sample of your data",
        description=_DESCRIPTION,
        epilog="exit status: 0 no difference, 1 a difference, 2 a policy or the sample cannot be read",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("old", metavar="OLD", help="a policy file; 'default' is the shipped policy alone")
    parser.add_argument("new", metavar="NEW", help="a policy file; 'default' is the shipped policy alone")
    parser.add_argument("--sample", metavar="FILE", type=Path, help="lines of your own to run both policies over")
    parser.add_argument("--jsonl", action="store_true", help="each line of the sample is one JSON value")
    parser.add_argument("--show", action="store_true", help="show also the lines on which NEW lets more through")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=run)


@dataclass(slots=True)
class Line:
    """A line of the sample that comes out otherwise; ``old`` and ``new`` are None where they are not to be shown."""

    number: int
    rules: list[str]
    old: str | None
    new: str | None


@dataclass(slots=True)
class Sampled:
    """What both policies make of the sample."""

    lines: int = 0
    old: Counter[str] = field(default_factory=Counter)
    new: Counter[str] = field(default_factory=Counter)
    differing: list[Line] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """Return this as JSON has it."""
        differing = [asdict(line) for line in self.differing]
        return {"lines": self.lines, "old": dict(self.old), "new": dict(self.new), "differing": differing}


def run(arguments: argparse.Namespace) -> int:
    """Print the differences; the status is 1 when there are any.

    Raises:
        PolicyError: one of the policies cannot be used.
        OtelKitError: the sample cannot be read.
    """
    from otel_kit.policy.difference import differences

    old, new = chosen_redactor(arguments.old), chosen_redactor(arguments.new)
    changes = differences(old.policy, new.policy)
    sampled = None
    if arguments.sample is not None:
        try:
            sampled = _sampled(arguments, old, new, changes)
        except OSError as error:
            raise OtelKitError(f"{arguments.sample} cannot be read: {error.strerror}") from error
    if arguments.json:
        report: dict[str, Any] = {"old": old.policy_id, "new": new.policy_id, "changes": list(map(asdict, changes))}
        report["sample"] = None if sampled is None else sampled.plain()
        print(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        print("\n".join([*_listed(changes), *_told(sampled)]))
    return 1 if changes or (sampled is not None and sampled.differing) else 0


def _sampled(arguments: argparse.Namespace, old: Redactor, new: Redactor, changes: tuple[Change, ...]) -> Sampled:
    from otel_kit.cli.redact.batches import batches
    from otel_kit.cli.redact.line import LineRedactor
    from otel_kit.cli.redact.treatments import json_treatment
    from otel_kit.redaction.findings import Findings

    before, after = (
        LineRedactor(one.text, json_treatment(one, "log") if arguments.jsonl else None) for one in (old, new)
    )
    changed = {change.id for change in changes}
    looser = {change.id for change in changes if change.loosens}
    sampled = Sampled()
    with arguments.sample.open("rb") as stream:
        for batch in batches(stream):
            for raw in batch.lines:
                sampled.lines += 1
                before.findings, after.findings = Findings(), Findings()
                was, _ = before.line(raw, ended=batch.ended)
                becomes, _ = after.line(raw, ended=batch.ended)
                sampled.old.update(before.findings.hits)
                sampled.new.update(after.findings.hits)
                if was == becomes:
                    continue
                was_found, is_found = Counter(before.findings.hits), Counter(after.findings.hits)
                gone = was_found - is_found
                rules = sorted({*gone, *(is_found - was_found), *(changed & {*was_found, *is_found})})
                hidden = bool(gone or looser.intersection(rules)) and not arguments.show
                shown = (None, None) if hidden else (was.decode(), becomes.decode())
                sampled.differing.append(Line(sampled.lines, rules, *shown))
    return sampled


def _listed(changes: tuple[Change, ...]) -> Iterator[str]:
    if not changes:
        yield "the two policies do the same"
        return
    signs = {"added": "+", "removed": "-", "changed": "~"}
    for change in changes:
        name = change.id if change.kind == "policy" else f"{change.kind} {change.id}"
        what = "" if change.kind == "policy" else f" {change.change}"
        which = f" ({', '.join(change.fields)})" if change.fields and change.kind != "policy" else ""
        direction = {"both": "stricter and looser", "neither": "neither stricter nor looser"}.get(
            change.direction, change.direction
        )
        yield f"{signs[change.change]} {name}{what}{which}: {direction}"
        yield from (f"    {why}" for why in change.why)


def _told(sampled: Sampled | None) -> Iterator[str]:
    if sampled is None:
        return
    yield ""
    count = len(sampled.differing)
    yield f"{sampled.lines} lines, {count} of them come out otherwise"
    names = [name for name in sorted({*sampled.old, *sampled.new}) if sampled.old[name] != sampled.new[name]]
    width = max([4, *map(len, names)])
    if names:
        yield f"  {'rule':<{width}}  {'before':>8}  {'after':>8}"
    for name in names:
        yield f"  {name:<{width}}  {sampled.old[name]:>8}  {sampled.new[name]:>8}"
    for line in sampled.differing[:_SHOWN_LINES]:
        by = f" ({', '.join(line.rules)})" if line.rules else ""
        if line.old is None:
            yield f"line {line.number}{by}: lets more through; --show prints it"
            continue
        yield f"line {line.number}{by}"
        yield f"  - {line.old}"
        yield f"  + {line.new}"
    if count > _SHOWN_LINES:
        yield f"and {count - _SHOWN_LINES} more (--json has all)"
