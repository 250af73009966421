"""Writes the reference tables into the docs: ``python -m docs.reference``; ``--check`` fails when they are stale."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from docs import (
    alert_rules_page,
    boards_page,
    collector_page,
    commands_page,
    durability_page,
    evaluation_page,
    events_page,
    metrics_page,
    notifications_page,
    privacy_page,
    stack_page,
)
from otel_kit.policy.load import load_policy
from otel_kit.settings import all_rows, explain, load
from tests.surfaces import table as surfaces

DOCS = Path(__file__).parent
_TABLE = re.compile(r"(<!-- generated: (?P<name>[a-z_]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def settings() -> Iterator[str]:
    """Yield the table of settings; the signals' own export groups are one line, ``R`` marks what a reload reaches."""
    defaults = {row.key: row.value for row in explain(load(environ={}))}
    yield "| setting | default | variables | meaning |"
    yield "|---|---|---|---|"
    for row in all_rows():
        option = row.option
        if re.match(r"export\.(traces|metrics|logs)\.", option.key):
            continue
        variables = [f"`{option.variable}`", *(f"`{item.name}`" for item in option.standard)]
        default = defaults[option.key].replace("|", "\\|")
        shown = "" if default == "-" else f"`{default}`"
        mark = " **R**" if option.reloadable else ""
        yield f"| `{option.key}`{mark} | {shown} | {'<br>'.join(variables)} | {option.doc.strip()} |"


def rules() -> Iterator[str]:
    """Yield a table of value rules for each pack, each rule with what it finds and its first example."""
    policy = load_policy()
    for pack in dict.fromkeys(rule.pack for rule in policy.rules):
        members = [rule for rule in policy.rules if rule.pack == pack]
        yield from (
            "",
            f"### {pack}: {len(members)} rules",
            "",
            "| rule | finds | example | becomes |",
            "|---|---|---|---|",
        )
        for rule in members:
            before, after = rule.examples[0]
            yield f"| `{rule.id}` | {rule.description.replace('|', '/')} | {_code(before)} | {_code(after)} |"


def keys() -> Iterator[str]:
    """Yield the table of key classes."""
    yield "| class | data | action | keys that end in these words |"
    yield "|---|---|---|---|"
    for key in load_policy().keys:
        words = ", ".join(f"`{word}`" for word in [*key.words, *key.exact])
        yield f"| `{key.id}` | {key.data_class} | {key.action} | {words} |"


TABLES: dict[str, Callable[[], Iterator[str]]] = {
    "settings": settings,
    "alert_rules": alert_rules_page.rules,
    "alert_thresholds": alert_rules_page.thresholds,
    "boards": boards_page.boards,
    "board_panels": boards_page.panels,
    "commands": commands_page.commands,
    "collector_variables": collector_page.variables,
    "collector_costs": collector_page.costs,
    "rules": rules,
    "keys": keys,
    "privacy_collected": privacy_page.collected,
    "privacy_packs": privacy_page.packs,
    "privacy_weak": privacy_page.weak_spots,
    "metric_scales": metrics_page.scales,
    "machine_metrics": metrics_page.machine,
    "kit_metrics": metrics_page.kit,
    "events": events_page.table,
    "event_fields": events_page.fields,
    "durability": durability_page.table,
    "alert_seconds": notifications_page.table,
    "evaluation_totals": evaluation_page.totals,
    "evaluation_types": evaluation_page.types,
    "evaluation_negatives": evaluation_page.negatives,
    "evaluation_misses": evaluation_page.misses,
    "readme_figures": evaluation_page.readme,
    "surfaces": surfaces.table,
    "stack_retention": stack_page.retention,
    "stack_variables": stack_page.variables,
    "stack_versions": stack_page.versions,
}
PAGES = (DOCS.parent / "README.md", *sorted(DOCS.glob("*.md")))


def rendered(text: str) -> str:
    """Return a page with its tables made anew."""
    return _TABLE.sub(lambda match: match[1] + "\n".join(TABLES[match["name"]]()) + "\n" + match[3], text)


def main(arguments: list[str]) -> int:
    """Write the tables, or only look whether they are current."""
    stale = [page for page in PAGES if rendered(page.read_text()) != page.read_text()]
    if "--check" in arguments:
        for page in stale:
            print(f"{page.name} is stale: run `python -m docs.reference`", file=sys.stderr)
        return 1 if stale else 0
    for page in stale:
        page.write_text(rendered(page.read_text()))
    return 0


def _code(text: str) -> str:
    shown = text.replace("\n", "\\n").replace("|", "\\|")
    return f"`{shown[:90]}{'...' if len(shown) > 90 else ''}`"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
