"""``otel-kit policy explain``: why a text becomes what it becomes, what a rule does, and how to except a value."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from otel_kit.cli.chosen_policy import HELP as POLICY_HELP
from otel_kit.cli.chosen_policy import chosen_redactor
from otel_kit.errors import OtelKitError, nearest

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from otel_kit.policy.model import KeyClass, Policy, Rule
    from otel_kit.redaction.explanation import Explanation
    from otel_kit.redaction.redactor import Redactor

_NEAR_MISSES = 5
_OWN = {
    "sql_literal": "A literal of an SQL statement, replaced by ?.",
    "error": "The scanner failed, so the value was dropped; kit.status() counts it.",
}
_DESCRIPTION = """\
Say what becomes of a text and why: which rule found what, where it is defined, what was nearly found and why not.
With --key the text is the value of that attribute. With --rule a rule or key class is shown, with snippets that except
a value from it; the marker from a log line will do: --rule '[REDACTED:card]'.

What was found is shown as it is: on this terminal, nowhere else.
"""


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-command to the parser."""
    parser = subparsers.add_parser(
        "explain",
        help="say what becomes of a text and why, or what a rule does",
        description=_DESCRIPTION,
        epilog="exit status: 0; 2 if the rule or the policy is not there",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("text", nargs="?", metavar="TEXT", help="the text, as in a log line or an attribute")
    parser.add_argument("--key", metavar="KEY", help="the attribute whose value the text is; alone: what the key says")
    parser.add_argument("--rule", metavar="ID", help="show this rule or key class; a marker is an id, too")
    parser.add_argument("--policy", metavar="FILE", help=POLICY_HELP)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what was asked for.

    Raises:
        PolicyError: the policy cannot be used.
        OtelKitError: nothing was asked for, or the rule is unknown.
    """
    from otel_kit.redaction.explanation import explain_key, explain_text

    if arguments.text is None and arguments.key is None and arguments.rule is None:
        raise OtelKitError("nothing to explain: give a text, --key KEY or --rule ID")
    redactor = chosen_redactor(arguments.policy)
    report: dict[str, Any] = {}
    lines: list[str] = []
    if arguments.rule is not None:
        _rule(redactor, arguments.rule, report, lines)
    if arguments.key is not None:
        report["key"] = explain_key(redactor, arguments.key)
        lines += [report["key"], ""]
    if arguments.text is not None:
        found = explain_text(redactor, arguments.text, arguments.key)
        report["text"] = asdict(found)
        lines += _text(redactor, arguments.text, found)
    print(json.dumps(report, indent=2, ensure_ascii=False) if arguments.json else "\n".join(lines).rstrip())
    return 0


def _text(redactor: Redactor, text: str, found: Explanation) -> list[str]:
    from otel_kit.redaction.explanation import row_of

    lines = [f"comes out as  {found.result}", ""]
    if not found.found:
        lines += ["nothing was found", ""]
    for one in found.found:
        place = "" if one.start is None else f" {text[one.start : one.end]!r}, characters {one.start} to {one.end}"
        lines.append(f"{one.id}: {one.outcome}{place}")
        row = row_of(redactor.policy, one.id)
        description = row.description if row is not None else _OWN.get(one.id, "")
        lines += [f"    {line}" for line in dict.fromkeys((one.why, description, _defined(row))) if line]
    if found.refused:
        lines += ["", "not taken"]
    first = {one.id: one for one in reversed(found.refused)}
    nearest_misses = sorted(first.values(), key=lambda one: "validator" not in one.why)[:_NEAR_MISSES]
    for one in nearest_misses:
        lines.append(f"  {one.id}: {text[one.start : one.end]!r}, characters {one.start} to {one.end}: {one.why}")
    if len(found.refused) > len(nearest_misses):
        lines.append(f"  and {len(found.refused) - len(nearest_misses)} more (--json shows all)")
    return lines


def _defined(row: Rule | KeyClass | None) -> str:
    if row is None:
        return ""
    pack = getattr(row, "pack", "")
    return f"defined at {row.origin}" + (f", pack {pack}" if pack else "")


def _rule(redactor: Redactor, name: str, report: dict[str, Any], lines: list[str]) -> None:
    from otel_kit.redaction.explanation import id_of, row_of

    policy = redactor.policy
    row = row_of(policy, name)
    if row is None:
        own = _OWN.get(id_of(name)) or _floor(policy, id_of(name))
        if own is None:
            near = nearest(id_of(name), redactor.rule_ids)
            raise OtelKitError(
                f"no rule or key class has the id {id_of(name)}" + (f"; did you mean {near}?" if near else "")
            )
        report["rule"] = {"id": id_of(name), "description": own}
        lines += [f"{id_of(name)}  (built in)", f"  {own}", ""]
        return
    unused = {
        "id",
        *(() if row.action == "truncate" else ("keep",)),
        *(() if row.action == "pseudonym" else ("fallback",)),
    }
    fields = {"description": row.description, **asdict(row)}
    fields = {key: value for key, value in fields.items() if value not in ("", (), None) and key not in unused}
    report["rule"] = {"id": row.id, **fields, "allow": _snippets(row.id)}
    kind = "value rule" if hasattr(row, "pattern") else "key class"
    lines.append(f"{row.id}  ({kind})")
    width = max(map(len, fields))
    for key, value in fields.items():
        if key == "examples":
            shown = [f"{before!r} becomes {after!r}" for before, after in value]
        elif isinstance(value, tuple):
            shown = [", ".join(map(str, value))]
        else:
            shown = [str(value)]
        lines += [f"  {key if index == 0 else '':<{width}}  {line}" for index, line in enumerate(shown)]
    lines += ["", "to let something through, put one of these into your policy file:", ""]
    for comment, snippet in _snippets(row.id).items():
        lines += [f"# {comment}", *snippet.splitlines(), ""]


def _floor(policy: Policy, name: str) -> str | None:
    if name != policy.minimum_class:
        return None
    return f"The value of a key that no list names: the minimum class is {name}. Name the key under internal or public."


def _snippets(name: str) -> dict[str, str]:
    return {
        "this value, wherever it stands": 'allow:\n  values: ["the value"]\n',
        f"{name} under this key only": f"allow:\n  rules:\n    {name}: [the.key]\n",
        "everything under this key": "allow:\n  keys: [the.key]\n",
    }
