"""What redaction costs: microseconds per record and per span by engine and by pack, and on hostile input.

``python -m benchmarks redaction``. Times are CPU times of one thread. The engines and the plain search rule by rule,
their base, take turns in shuffled order within each round, so that ratios hold where absolute times do not.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks import figures
from benchmarks.redaction_hostile import PIECES, hostile_texts
from benchmarks.redaction_texts import records, span
from otel_kit.policy.load import load_policy
from otel_kit.policy.model import Policy
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.prefilter.engines import has_hyperscan
from otel_kit.redaction.redactor import Redactor, compile_policy

_ROUNDS = 9
_RECORDS = 240  # of each round; new ones in each, so that no memory helps
_BASE_RECORDS = 24
_MIB = 1 << 20
_PROBE = 1 << 15  # hostile texts are probed at this size; the worst are run in full
_WORST = 4

Work = Callable[[], int]  # returns how many items it worked on


def measure() -> dict[str, Any]:
    """Return every figure. Takes some minutes, most of them for hostile input."""
    policy = load_policy()
    engines = _engines(policy)
    result: dict[str, Any] = {"rules": len(policy.rules), "engines": list(engines)}
    result |= _records(engines, "255-byte record, us", dirty_share=0.0)
    result |= _records(engines, "255-byte record, 5 % dirty, us", dirty_share=0.05)
    result |= _spans(engines)
    result["by pack, 255-byte record, us"] = _by_pack(policy)
    return result | _hostile(engines, policy)


def _engines(policy: Policy) -> dict[str, Redactor]:
    engines = {"standard library": compile_policy(policy)}
    if has_hyperscan():
        engines["fast"] = compile_policy(policy)
        engines["fast"].start_engine("hyperscan", wait=True)
    return engines


def _rounds(works: Mapping[str, Work]) -> dict[str, list[float]]:
    """Return microseconds per item of each work, round by round, in shuffled order."""
    order = random.Random(1)
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(_ROUNDS + 1):
        for name in order.sample(sorted(works), k=len(works)):
            start = time.process_time()
            count = works[name]()
            times[name].append((time.process_time() - start) / count * 1e6)
    return {name: samples[1:] for name, samples in times.items()}  # the first round warms up


def _spreads(times: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    return {name: figures.spread(samples) for name, samples in times.items()}


def _records(engines: Mapping[str, Redactor], title: str, *, dirty_share: float) -> dict[str, Any]:
    seeds = itertools.count(100)
    plain = engines["standard library"].scanner

    def redact(redactor: Redactor) -> int:
        texts = records(_RECORDS, dirty_share=dirty_share, seed=next(seeds))
        for text in texts:
            redactor.text(text, Findings())
        return len(texts)

    def search() -> int:
        texts = records(_BASE_RECORDS, dirty_share=dirty_share, seed=next(seeds))
        for text in texts:
            plain.unfiltered(text, Findings())
        return len(texts)

    def make() -> int:
        return len(records(_RECORDS, dirty_share=dirty_share, seed=next(seeds)))

    works: dict[str, Work] = {name: functools.partial(redact, redactor) for name, redactor in engines.items()}
    times = _rounds(works | {"every rule searched": search, "making the texts": make})
    made = times.pop("making the texts")
    net = {name: [one - own for one, own in zip(samples, made, strict=True)] for name, samples in times.items()}
    base = net["every rule searched"]
    ratios = {
        name: round(statistics.median(b / n for b, n in zip(base, net[name], strict=True)), 1) for name in engines
    }
    return {title: _spreads(net), f"{title.removesuffix(', us')}, times faster than every rule searched": ratios}


def _spans(engines: Mapping[str, Redactor]) -> dict[str, Any]:
    numbers = itertools.count(1000)
    same = span(1)

    def repeated(redactor: Redactor) -> int:
        for _ in range(400):
            redactor.attributes(same, Findings())
        return 400

    def fresh(redactor: Redactor) -> int:
        spans = [span(next(numbers)) for _ in range(200)]
        start = time.process_time()
        for one in spans:
            redactor.attributes(one, Findings())
        spent.append((time.process_time() - start) / 200 * 1e6)
        return 200

    spent: list[float] = []
    result: dict[str, Any] = {
        "added per span of 20 attributes, all values known, us": _spreads(
            _rounds({name: functools.partial(repeated, redactor) for name, redactor in engines.items()})
        )
    }
    new: dict[str, Any] = {}
    for name, redactor in engines.items():
        spent.clear()
        for _ in range(_ROUNDS):
            fresh(redactor)
        new[name] = figures.spread(spent)
    result["added per span of 20 attributes, us"] = new  # three values new
    return result


def _by_pack(policy: Policy) -> dict[str, Any]:
    """Return what the key classes alone cost, and each pack of rules with them."""
    packs = ["none", *dict.fromkeys(rule.pack for rule in policy.rules)]
    result: dict[str, Any] = {}
    for pack in packs:
        rules = tuple(rule for rule in policy.rules if rule.pack == pack)
        engines = _engines(dataclasses.replace(policy, rules=rules))
        figures_of_pack = _records(engines, pack, dirty_share=0.0)[pack]
        result[pack] = {name: figures_of_pack[name] for name in engines} | {"rules": len(rules)}
    return result


def _hostile(engines: Mapping[str, Redactor], policy: Policy) -> dict[str, Any]:
    """Return the seconds that 1 MiB of the worst texts takes, and how the time grows with the length."""
    texts = {f"{rule.id} {number}": text for rule in policy.rules for number, text in enumerate(_probes(rule))}
    texts |= {repr(piece): (piece * (_PROBE // len(piece) + 1))[:_PROBE] for piece in PIECES}
    worst: dict[str, Any] = {}
    growth: dict[str, Any] = {}
    slowest: dict[str, Any] = {}
    for name, redactor in engines.items():
        probed = sorted(((_seconds(redactor, text), title) for title, text in texts.items()), reverse=True)
        rows: dict[str, float] = {}
        for _, title in probed[:_WORST]:
            whole = texts[title] * (_MIB // _PROBE)
            half, full = _seconds(redactor, whole[: _MIB // 2]), _seconds(redactor, whole)
            rows[title] = round(full, 3)
            growth[name] = max(growth.get(name, 0.0), round(full / half, 2))
        worst[name] = max(rows.values())
        slowest[name] = rows
    return {
        "hostile texts": len(texts),
        "hostile 1 MB, worst, s": worst,
        "hostile 1 MB, slowest texts, s": slowest,
        "hostile, time for twice the length, worst": growth,
    }


def _probes(rule: Any) -> list[str]:
    return hostile_texts(rule, _PROBE)


def _seconds(redactor: Redactor, text: str) -> float:
    best = float("inf")
    for _ in range(2):
        start = time.process_time()
        redactor.scanner.scan(text, Findings())
        best = min(best, time.process_time() - start)
    return best


def main() -> None:
    """Print all figures."""
    for line in figures.lines(measure()):
        print(line)


if __name__ == "__main__":
    main()
