"""The tables of docs/evaluation.md and the figures of the README, from ``benchmarks/results/*.json``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from benchmarks import figures
from docs.privacy_page import NAMES

_TARGETS = {
    "leaks": "<= 1 %",
    "leaks without phone numbers": "",
    "leaks in carriers and of vendors kept back": "",
    "hard negatives altered": "<= 0.1 %",
    "phone false alarms": "<= 0.3 %",
}
_SHOWN_MISSES = 15
_ENGINES = ("fast", "standard library")
_COSTS = {
    "log record of 255 bytes, every one new": "255-byte record, us",
    "span of 20 attributes": "added per span of 20 attributes, us",
    "span of 20 attributes, values seen before": "added per span of 20 attributes, all values known, us",
}
_HOSTILE = "hostile 1 MB, worst, s"
_RATIOS = {
    "whole request: redaction on / off": "request, redaction on ({engine}) / off",
    "CPU added to a request: otel-kit with redaction / contrib without": (
        "added, kit with redaction ({engine}) / contrib without"
    ),
}


def totals() -> Iterator[str]:
    """Yield the sums with the targets."""
    result = figures.read("evaluation")
    if result is None:
        yield from _missing("evaluation")
        return
    data = result["figures"]
    yield f"Policy `{result['versions']['policy']}`, {_versions(result['versions'])}."
    yield ""
    rows: list[tuple[object, ...]] = []
    for name, target in _TARGETS.items():
        row = data[name]
        rows.append((name, f"{row['items']:,}", f"{row['failed']:,}", f"{row['rate']:.2%}", target))
    wire = data["otlp"]
    rows.append(("leaks on the wire besides those", f"{wire['items']:,}", wire["leaked here only"], "", "0"))
    if engines := data.get("engines differ"):
        rows.append(
            ("outputs that differ between the two engines", f"{engines['items']:,}", engines["differ"], "", "0")
        )
    rows.append(("context words lost", "", "", f"{data['context words lost']:.2%}", ""))
    yield from _table(("", "items", "failed", "rate", "target"), rows)


def types() -> Iterator[str]:
    """Yield leaks by type: those with a target, sentences, those without a target."""
    result = figures.read("evaluation")
    if result is None:
        yield from _missing("evaluation")
        return
    data = result["figures"]
    rows = [(_name(row), *_counts(row), f"{row['kept back failed']} of {row['kept back']}") for row in data["types"]]
    rows += [(row["name"].replace("sentence: ", "in sentences: "), *_counts(row), "") for row in data["sentences"]]
    rows += [(f"*{_name(row)}*", *_counts(row), "") for row in data["no target"]]
    yield from _table(("type", "items", "leaked", "rate", "kept back: leaked"), rows)


def negatives() -> Iterator[str]:
    """Yield hard negatives altered by kind."""
    result = figures.read("evaluation")
    if result is None:
        yield from _missing("evaluation")
        return
    rows = [(row["name"], row["items"], row["failed"]) for row in result["figures"]["negatives"]]
    yield from _table(("kind", "items", "altered"), rows)


def misses() -> Iterator[str]:
    """Yield the most frequent kinds of miss."""
    result = figures.read("evaluation")
    if result is None:
        yield from _missing("evaluation")
        return
    rows = [
        (NAMES[row["type"]], _cell(row["what"]), row["count"], row["carrier"], f"`{_cell(row['became'])}`")
        for row in result["figures"]["misses"][:_SHOWN_MISSES]
    ]
    yield from _table(("type", "what", "times", "a carrier", "what came out, in part"), rows)


def readme() -> Iterator[str]:
    """Yield the README's figures: cost by engine, leaks, false alarms."""
    names = ("redaction", "web", "evaluation")
    results = {name: figures.read(name) for name in names}
    if missing := [name for name, result in results.items() if result is None]:
        yield from _missing(" ".join(missing))
        return
    cost, web, found = (dict(results[name] or {})["figures"] for name in names)
    versions = dict(results["redaction"] or {})["versions"]
    rows: list[tuple[object, ...]] = [
        (title, *(f"{cost[key][engine]['median']:.1f} us" for engine in _ENGINES)) for title, key in _COSTS.items()
    ]
    rows.append(("1 MB of the worst input found", *(f"{cost[_HOSTILE][engine]:.1f} s" for engine in _ENGINES)))
    rows += [
        (title, *(f"{web['ratios'][ratio.format(engine=engine)]['median']:.2f}" for engine in _ENGINES))
        for title, ratio in _RATIOS.items()
    ]
    leaks, altered = found["leaks"], found["hard negatives altered"]
    for title, row in (
        (f"{leaks['items']:,} made-up values of 22 types: leaked", leaks),
        (f"{altered['items']:,} harmless look-alikes: altered", altered),
    ):
        rows.append((title, *[f"{row['rate']:.2%}"] * len(_ENGINES)))
    yield from _table(("", f"`[fast]`, hyperscan {versions['hyperscan']}", "standard library"), rows)
    yield ""
    sdk, rules = versions["opentelemetry-sdk"], cost["rules"]
    yield f"CPU time of one thread, medians; Python {versions['python']}, OpenTelemetry SDK {sdk}, {rules} rules,"
    yield f"policy `{versions['policy']}`, {versions['cpus']} shared virtual CPUs: compare ratios, not times."


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(str(cell) for cell in row)} |"


def _missing(names: str) -> Iterator[str]:
    yield f"Not measured yet: `python -m benchmarks {names}`."


def _counts(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return f"{row['items']:,}", str(row["failed"]), f"{row['rate']:.1%}"


def _versions(versions: Mapping[str, Any]) -> str:
    engine = f"hyperscan {versions['hyperscan']}" if versions["hyperscan"] else "without hyperscan"
    sdk = versions["opentelemetry-sdk"]
    return f"Python {versions['python']}, OpenTelemetry SDK {sdk}, {engine}, {versions['cpus']} CPUs"


def _name(row: Mapping[str, Any]) -> str:
    return str(NAMES.get(row["name"], row["name"]))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("`", "'")
