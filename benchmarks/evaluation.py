"""What redaction misses and what it alters wrongly, on a generated set that its rules were not made with.

    python -m benchmarks.evaluation              the figures: benchmarks/results/evaluation.json
    python -m benchmarks.evaluation --seed 7     a set for whoever writes rules: prints its misses, writes nothing

The set of the figures is seeded with the policy's own id: whoever changes a rule gets another set, so that no rule can
be fitted to it. A quarter of the carriers and vendors is kept back from the printed misses altogether.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter, defaultdict
from typing import Any

from benchmarks import figures
from benchmarks.heldout.generate import TYPES, WEAK, generate
from benchmarks.heldout.model import Item
from benchmarks.heldout.negatives import KINDS, PHONE_KINDS
from benchmarks.heldout.scoring import Failure, Score, score
from benchmarks.otlp_leaks import leaks_on_the_wire
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.prefilter.engines import has_hyperscan
from otel_kit.redaction.redactor import Redactor, compile_policy, default_redactor

SIZE, ON_THE_WIRE = 20_000, 3_000
SURE = ("email", "ipv4", "ipv6", "ssn", "iban")
PHONES = ("phone_international", "phone_national_context")
_SHOWN, _LONG = 3, 24
_TOTALS = (
    "leaks",
    "leaks without phone numbers",
    "leaks in carriers and of vendors kept back",
    "hard negatives altered",
    "phone false alarms",
)


def measure() -> dict[str, Any]:
    """Return the figures of the set that belongs to the shipped policy."""
    redactor = default_redactor()
    seed = int(redactor.policy_id, 16)
    items = generate(seed, SIZE)
    wire = random.Random(seed).sample([item for item in items if item.planted and item.type in TYPES], ON_THE_WIRE)
    found = _scored(redactor, items)
    wired = leaks_on_the_wire(wire, frozenset(id(failure.item) for failure in found.failures))
    return summary(found) | {
        "otlp": wired,
        "engines differ": _differences(redactor, items),
        "seed": "the policy's id",
        "size": len(items),
    }


def _differences(redactor: Redactor, items: list[Item]) -> dict[str, int] | None:
    """Return how many items come out otherwise with the fast engine; None where it is not installed."""
    if not has_hyperscan():
        return None
    fast = compile_policy(redactor.policy)
    fast.start_engine("hyperscan", wait=True)

    def output(one: Redactor, item: Item) -> object:
        if item.attributes is None:
            return one.text(item.text, Findings())
        return one.attributes(item.attributes, Findings())

    return {"items": len(items), "differ": sum(output(redactor, item) != output(fast, item) for item in items)}


def _scored(redactor: Redactor, items: list[Item]) -> Score:
    def text(raw: str) -> tuple[str, dict[str, int]]:
        findings = Findings()
        return redactor.text(raw, findings), dict(findings.hits)

    return score(items, text, lambda attributes: redactor.attributes(attributes, Findings()))


def summary(found: Score) -> dict[str, Any]:
    """Return the score as figures: rates are shares between 0 and 1."""
    sentences = [name for name in found.total if name.startswith("sentence: ")]
    kinds = [*KINDS, "sentences without values"]
    phone_base = sum(found.total[kind] for kind in PHONE_KINDS)
    phone_alarms = sum(count for (kind, rule), count in found.alarms.items() if kind in PHONE_KINDS and "phone" in rule)
    return {
        "leaks": _sum(found, TYPES),
        "leaks without phone numbers": _sum(found, [name for name in TYPES if name not in PHONES]),
        "leaks in carriers and of vendors kept back": {
            "items": sum(found.reserved_total[name] for name in TYPES),
            "failed": sum(found.reserved_failed[name] for name in TYPES),
            "rate": _rate(
                sum(found.reserved_failed[name] for name in TYPES), sum(found.reserved_total[name] for name in TYPES)
            ),
        },
        "hard negatives altered": _sum(found, kinds),
        "phone false alarms": {"items": phone_base, "failed": phone_alarms, "rate": _rate(phone_alarms, phone_base)},
        "context words lost": round(found.words_lost / max(1, found.words), 5),
        "types": [_row(found, name) | _reserved(found, name) for name in TYPES],
        "no target": [_row(found, name) for name in (*WEAK, "key_apart")],
        "sentences": [_row(found, name) for name in sentences],
        "negatives": [_row(found, kind) for kind in kinds],
        "carriers": _carriers(found),
        "misses": _misses(found),
    }


def _row(found: Score, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "items": found.total[name],
        "failed": found.failed[name],
        "rate": _rate(found.failed[name], found.total[name]),
    }


def _reserved(found: Score, name: str) -> dict[str, Any]:
    return {"kept back": found.reserved_total[name], "kept back failed": found.reserved_failed[name]}


def _sum(found: Score, names: Any) -> dict[str, Any]:
    items, failed = sum(found.total[name] for name in names), sum(found.failed[name] for name in names)
    return {"items": items, "failed": failed, "rate": _rate(failed, items)}


def _rate(failed: int, items: int) -> float:
    return round(failed / items, 5) if items else 0.0


def _carriers(found: Score) -> list[dict[str, Any]]:
    """Return the carriers by their leaks, those of types with a target only."""
    total, failed = Counter[str](), Counter[str]()
    for item in found.seen:
        total[item.carrier] += item.type in TYPES
    for failure in found.failures:
        failed[failure.item.carrier] += failure.item.type in TYPES
    rows = [
        {"name": name, "items": count, "failed": failed[name], "rate": _rate(failed[name], count)}
        for name, count in total.items()
        if count
    ]
    return sorted(rows, key=lambda row: (-float(row["rate"]), str(row["name"])))


def _misses(found: Score) -> list[dict[str, Any]]:
    """Return the most frequent kinds of miss with a sample each; the values are made up."""
    groups: dict[tuple[str, str], list[Failure]] = defaultdict(list)
    for failure in found.failures:
        if failure.item.type in TYPES and not failure.item.is_reserved:
            groups[failure.item.type, _detail(failure.item)].append(failure)
    ranked = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return [
        {
            "type": kind,
            "what": what,
            "count": len(group),
            "carrier": group[0].item.carrier,
            "became": _cut(group[0]),
        }
        for (kind, what), group in ranked[:25]
    ]


def _detail(item: Item) -> str:
    return item.planted[0].detail if item.planted else ""


def _cut(failure: Failure) -> str:
    """Return the piece of the output around what survived; of long secrets only the start."""
    secret = max(failure.item.planted[0].secrets, key=len) if failure.item.planted else failure.item.text
    piece = secret[: max(4, len(secret) // 2)]
    at = failure.output.find(piece)
    if at >= 0 and failure.item.planted and len(secret) > _LONG:
        return f"{failure.output[max(0, at - 40) : at + _LONG // 2]}...".replace("\n", "\\n")
    return failure.output[max(0, at - 40) : max(0, at - 40) + 130].replace("\n", "\\n")


def show(figures_: dict[str, Any]) -> None:
    """Print the tables."""
    for key in _TOTALS:
        total = figures_[key]
        print(f"{key:<44} {total['failed']:>6} of {total['items']:>6}  {total['rate']:8.2%}")
    print(f"{'context words lost':<44} {figures_['context words lost']:26.2%}")
    for table in ("types", "no target", "sentences", "negatives"):
        print(f"\n{table:<44} {'items':>6} {'failed':>6}")
        for row in figures_[table]:
            print(f"{row['name']:<44} {row['items']:>6} {row['failed']:>6}  {row['rate']:8.2%}")
    print("\ncarriers with most leaks")
    for row in figures_["carriers"][:12]:
        print(f"{row['name']:<44} {row['items']:>6} {row['failed']:>6}  {row['rate']:8.2%}")


def _print_failures(found: Score) -> None:
    """Print what was missed or altered wrongly, grouped; without what is kept back."""
    groups: dict[tuple[str, str], list[Failure]] = defaultdict(list)
    for failure in found.failures:
        if not failure.item.is_reserved or failure.item.is_negative:
            groups[failure.item.type, _detail(failure.item)].append(failure)
    for (kind, what), group in sorted(groups.items(), key=lambda entry: (entry[0][0], -len(entry[1]))):
        print(f"\n## {kind}: {what or 'all'}, {len(group)} times")
        for failure in group[:_SHOWN]:
            raw = failure.item.text or str(failure.item.attributes)
            print(f"- {failure.item.carrier}: {raw[:300]!r}\n  -> {_cut(failure)!r}")


def main(arguments: list[str]) -> None:
    """Print the tables; write the file, or, with a seed, print every kind of miss."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, help="another set: prints misses, writes nothing")
    seed = parser.parse_args(arguments).seed
    if seed is None:
        result = measure()
        show(result)
        print(f"\non the wire: {result['otlp']}\n-> {figures.write('evaluation', result)}")
        return
    redactor = default_redactor()
    found = _scored(redactor, generate(seed, SIZE))
    show(summary(found))
    _print_failures(found)


if __name__ == "__main__":
    main(sys.argv[1:])
