"""Cases of alert rules (alerts/cases) as test files of promtool.

``python -m tests.stack.alert_cases [FAMILY or RULE ...]`` runs them and says how long each family takes. With
``--move`` it says which thresholds no case notices: a hundred times as high, and a hundredth, and all cases pass.
"""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from otel_kit.stack import assets
from otel_kit.stack.alerting import declaration, objective_rules
from otel_kit.stack.alerting.declaration import Declaration
from otel_kit.stack.alerting.durations import duration_text, seconds_of
from otel_kit.stack.alerting.expansion import Alert, alerts_of, places_of
from otel_kit.stack.alerting.families import FAMILIES
from otel_kit.stack.alerting.rule import Rule
from otel_kit.stack.alerting.rule_file import rule_file
from otel_kit.stack.rendering import render

ROOT = assets.root()
CASES = ROOT / "alerts" / "cases"
KINDS = ("fires", "quiet", "resolves", "reset", "missing")
FAMILY_OF = {rule.name: family for family, rules in FAMILIES.items() for rule in rules}
# What a case file says beside the user's section.
_OF_THE_FILE = ("cases", "evaluate")
_WITH_RECORDS = "objectives"


@dataclasses.dataclass(frozen=True)
class CaseFile:
    """``declared`` is what the file says as a user would; ``evaluate`` how often promtool evaluates."""

    rule: str
    declared: Declaration
    cases: Sequence[Mapping[str, Any]]
    evaluate: str

    @property
    def runnable(self) -> list[Mapping[str, Any]]:
        """The cases with series; the others say why there are none."""
        return [case for case in self.cases if "because" not in case]


def prometheus_rules() -> Iterator[tuple[str, Rule]]:
    """Yield family and rule of all that Prometheus evaluates."""
    for family, rules in FAMILIES.items():
        yield from ((family, rule) for rule in rules if rule.engine == "prometheus")


def read(name: str, folder: Path) -> CaseFile:
    """Return the cases of one rule; ``folder`` takes what the file declares."""
    data = yaml.safe_load((CASES / f"{name}.yaml").read_text("utf-8"))
    section = folder / f"{name}.alerting.yaml"
    section.write_text(yaml.safe_dump({key: data[key] for key in data if key not in _OF_THE_FILE}), "utf-8")
    return CaseFile(name, declaration.load(section, own=True), data["cases"], data.get("evaluate", "1m"))


def write(
    file: CaseFile, folder: Path, change: Callable[[Alert], Alert] = lambda alert: alert, *, flipped: bool = False
) -> list[Path]:
    """Write the test files of one rule: one for the cases, which do without the second alert that escalates.

    ``flipped``: one for each case, with expectations that are wrong, each of which has to fail.
    """
    alerts = [change(one) for one in alerts_of(file.declared) if one.name == file.rule and not one.escalates]
    rules = folder / f"{file.rule}.rules.yml"
    rules.write_text(render(rule_file(alerts), {}, rules.name), "utf-8")
    rule_files = [rules.name]
    if FAMILY_OF[file.rule] == _WITH_RECORDS:
        records = folder / f"{file.rule}.records.yml"
        made = objective_rules.render(file.declared.objectives, defaults=file.declared.default_objectives)
        records.write_text(render(made, {}, records.name), "utf-8")
        rule_files.insert(0, records.name)
    groups = [[case] for case in file.runnable] if flipped else [file.runnable]
    written = []
    for number, cases in enumerate(groups):
        path = folder / f"{file.rule}.{number}.test.yml"
        tests = [_test(file.rule, case, flipped) for case in cases]
        path.write_text(
            yaml.safe_dump({"rule_files": rule_files, "evaluation_interval": file.evaluate, "tests": tests}), "utf-8"
        )
        written.append(path)
    return written


def moved(file: CaseFile, threshold: str, factor: float) -> CaseFile:
    """Return the same cases with a threshold so many times as high; one that is a duration is another one."""
    chosen = file.declared.thresholds[threshold]
    value = chosen.value
    far = duration_text(seconds_of(value) * factor) if isinstance(value, str) else value * factor or factor
    values = {**file.declared.thresholds, threshold: dataclasses.replace(chosen, value=far)}
    return dataclasses.replace(file, declared=dataclasses.replace(file.declared, thresholds=values))


def promtool_test(promtool: Path, *files: Path) -> subprocess.CompletedProcess[str]:
    """Run the tests of files in one folder."""
    return run_promtool(promtool, "test", "rules", *files)


def run_promtool(promtool: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run promtool; what it says and its status come back."""
    return subprocess.run([str(promtool), *map(str, arguments)], capture_output=True, text=True, check=False)


def _test(rule: str, case: Mapping[str, Any], flipped: bool) -> dict[str, Any]:
    firing = f'ALERTS{{alertname="{rule}",alertstate="firing"'
    times = list(case["firing"].items())
    asked = [_asked(f"count({firing}}}) or vector(0)", at, count + flipped) for at, count in times]
    if "labels" in case:
        carried = "".join(f',{name}="{value}"' for name, value in case["labels"].items())
        asked.append(_asked(f"count({firing}{carried}}}) > bool 0 or vector(0)", times[-1][0], int(not flipped)))
    series = [{"series": name, "values": values} for name, values in (case.get("series") or {}).items()]
    return {
        "name": f"{rule}: {case['kind']}: {case.get('name', '')}",
        "interval": case.get("interval", "1m"),
        # Without any series promtool has no time to evaluate at.
        "input_series": series or [{"series": "something_else", "values": "0x600"}],
        "promql_expr_test": asked,
    }


def _asked(expr: str, at: str, value: int) -> dict[str, Any]:
    return {"expr": expr, "eval_time": at, "exp_samples": [{"labels": "{}", "value": value}]}


def _main(chosen: Sequence[str]) -> int:
    build = [sys.executable, str(ROOT / "backends" / "build_natively.py"), "promtool"]
    promtool = Path(subprocess.run(build, capture_output=True, text=True, check=True).stdout.strip())
    names: dict[str, list[str]] = {}
    only = [one for one in chosen if one != "--move"]
    for family, rule in prometheus_rules():
        if (CASES / f"{rule.name}.yaml").is_file() and (not only or family in only or rule.name in only):
            names.setdefault(family, []).append(rule.name)
    run = _unnoticed if "--move" in chosen else _failures
    with TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda family: run(promtool, Path(folder), family, names[family]), names))
    return 1 if any(found) else 0


def _failures(promtool: Path, folder: Path, family: str, names: Sequence[str]) -> bool:
    files = [read(name, folder) for name in names]
    started = time.monotonic()
    ran = promtool_test(promtool, *(path for file in files for path in write(file, folder)))
    seconds = time.monotonic() - started
    print(f"{family}: {len(names)} rules, {sum(len(file.runnable) for file in files)} cases, {seconds:.1f} s")
    if ran.returncode:
        print(ran.stdout, ran.stderr, sep="\n")
    return ran.returncode != 0


def _unnoticed(promtool: Path, folder: Path, family: str, names: Sequence[str]) -> bool:
    rules = {rule.name: rule for rule in FAMILIES[family]}
    survived = False
    for name in names:
        file = read(name, folder)
        for threshold in sorted(places_of(rules[name]) & file.declared.thresholds.keys()):
            changed = (write(moved(file, threshold, factor), folder) for factor in (100, 0.01))
            if all(promtool_test(promtool, *paths).returncode == 0 for paths in changed):
                print(f"{family}: no case of {name} notices {threshold}")
                survived = True
    return survived


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
