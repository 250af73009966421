"""Where the rules go: into the folders that Prometheus, Loki's ruler and Grafana read, for the engine that notifies.

With ``STACK_ALERT_ENGINE=grafana`` Prometheus and Loki get no alerts, also not the user's own, and keep their recording
rules; with ``prometheus`` Grafana is told to take out those that it may still have from before. So only one notifies.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import yaml

from otel_kit.errors import ConfigError, Fault
from otel_kit.stack.alerting import grafana, own_files, taken, windows
from otel_kit.stack.alerting.declaration import Declaration, load
from otel_kit.stack.alerting.durations import seconds_of
from otel_kit.stack.alerting.rule_file import dumped
from otel_kit.stack.alerting.writing import render as render_rules
from otel_kit.stack.board_limits import with_limits
from otel_kit.stack.rendering import render

ENGINE: Final = "STACK_ALERT_ENGINE"
FILE: Final = "STACK_ALERTING_FILE"
SETTINGS: Final = "otel-kit.yaml"
PROMETHEUS: Final = "prometheus/rules"
LOKI: Final = "loki/rules"
RULES: Final = (PROMETHEUS, LOKI)
GRAFANA: Final = "grafana/provisioning/alerting"
BOARDS: Final = "grafana/generated"

_RETENTION: Final = "STACK_RETENTION_METRICS"
_DAY_S: Final = 86_400.0
_BOARD: Final = ".json"
_RULE: Final = re.compile(r"\b(?:alert|record)\b")


def placed(folder: Path | None, variables: Mapping[str, str]) -> dict[str, str]:
    """Return the text of each rule file, and of each generated board in ``folder``, by its path below ``rendered/``.

    ``folder`` is the user's: its ``otel-kit.yaml`` may have a section ``alerting``, unless ``STACK_ALERTING_FILE``
    names another file, and ``alerts/own`` may have rules. None: what is shipped. Own boards are only checked: Grafana
    reads them where they lie.

    Raises:
        ConfigError: every fault of the section and of the own files, with file and line.
    """
    faults: list[Fault] = []
    texts: dict[str, str] = {}
    metrics: tuple[str, ...] | None = None
    try:
        declared = _declared(folder, variables)
    except ConfigError as error:
        faults += error.faults
    else:
        faults += _retention_faults(declared, variables)
        metrics = declared.metrics
        texts = {**dict(_generated(declared, variables)), **dict(_boards(folder, declared))}
    if folder is not None:
        texts |= _own(folder, variables, metrics, faults)
    if faults:
        raise ConfigError(faults)
    return texts


def evaluated(text: str, variables: Mapping[str, str]) -> str:
    """Return a rule file of Prometheus or Loki without its alerts, if it is not these two that evaluate them."""
    if not by_grafana(variables):
        return text
    document = yaml.safe_load(text)
    if not isinstance(document, dict) or not isinstance(document.get("groups"), list):
        return text
    groups = [{**group, "rules": [rule for rule in group.get("rules") or () if "alert" not in rule]}
              for group in document["groups"]]  # fmt: skip
    return dumped({**document, "groups": [group for group in groups if group["rules"]]})


def by_grafana(variables: Mapping[str, str]) -> bool:
    """Tell whether it is Grafana that evaluates alerts."""
    return variables.get(ENGINE) == "grafana"


def remarks(folder: Path | None, variables: Mapping[str, str]) -> list[str]:
    """Return what to know of what ``placed`` took: the file, one here that it did not take, windows of no use.

    Raises:
        ConfigError: the section cannot be used.
    """
    file, own = _source(folder, variables)
    lines = [taken.summary(file, own=own), taken.unused(Path(SETTINGS), file)]
    declared = _declared(folder, variables)
    lines += windows.remarks(declared, variables.get(_RETENTION) or windows.KEPT)
    files = own_files.files_in(folder) if folder is not None else []
    if files and not own_files.queries_are_read():
        lines.append(own_files.UNREAD)
    # A board that stays empty, a rule that asks for what may come yet: it is said, and the stack starts.
    checked = own_files.faults_of(files, declared.metrics, variables)
    lines += [str(one) for path, found in checked.items() for one in found if not own_files.stops(path, one)]
    if by_grafana(variables) and any(path.suffix != _BOARD for path in files):
        lines.append(f"own rules that alert are evaluated by nobody: {ENGINE}=grafana evaluates the shipped ones only")
    return [line for line in lines if line]


def _declared(folder: Path | None, variables: Mapping[str, str]) -> Declaration:
    file, own = _source(folder, variables)
    return load(file, own=own)


def _source(folder: Path | None, variables: Mapping[str, str]) -> tuple[Path | None, bool]:
    """Return the file with the section, None if there is none; and whether it holds nothing else."""
    if named := variables.get(FILE):
        return (folder or Path()) / named, True
    settings = folder / SETTINGS if folder is not None else None
    return (settings if settings is not None and settings.is_file() else None), False


def _generated(declared: Declaration, variables: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    tenant = _tenant(variables)
    for name, text in render_rules(declared).items():
        engine, _, file = name.partition("/")
        if engine == "grafana":
            if by_grafana(variables):
                yield f"{GRAFANA}/{file}", render(text, variables, name)
            continue
        filled = evaluated(render(text, variables, name), variables)
        if not _RULE.search(filled):
            continue
        # rules/ has hand-written files as well, one of them of the same name.
        prefix = "" if file == "objective-records.yml" else "alerts-"
        yield f"{PROMETHEUS if engine == 'prometheus' else f'{LOKI}/{tenant}'}/{prefix}{file}", filled
    if not by_grafana(variables):
        yield f"{GRAFANA}/removed.yaml", grafana.delete_all()


def _boards(folder: Path | None, declared: Declaration) -> Iterator[tuple[str, str]]:
    """Yield the generated boards, with lines at the user's thresholds."""
    for path in sorted((folder / BOARDS).glob("*.json")) if folder is not None else ():
        text = path.read_text("utf-8")
        # One that was edited may name what is no threshold, or be no board any more: Grafana says so of it alone.
        with contextlib.suppress(KeyError, ValueError, TypeError):
            text = with_limits(text, declared.thresholds)
        yield f"{BOARDS}/{path.name}", text


def _own(
    folder: Path, variables: Mapping[str, str], metrics: Sequence[str] | None, faults: list[Fault]
) -> dict[str, str]:
    """Return the own rules as they are evaluated; what stops a server goes to ``faults``."""
    rules = [path for path in own_files.files_in(folder) if path.suffix != _BOARD]
    checked = own_files.faults_of(rules, metrics, variables)
    wrong = {path: [one for one in found if own_files.stops(path, one)] for path, found in checked.items()}
    faults += [fault for found in wrong.values() for fault in found]
    texts: dict[str, str] = {}
    targets = {folder / own_files.RULES: PROMETHEUS, folder / own_files.RULES_ON_LOGS: f"{LOKI}/{_tenant(variables)}"}
    for path in (path for path in checked if path.parent in targets):
        target = targets[path.parent]
        name = f"{target}/own-{path.stem}{'.yml' if target == PROMETHEUS else '.yaml'}"
        if name in texts:
            faults.append(Fault(str(path), "has the name of another file of rules", "endings do not count"))
        elif not wrong[path]:
            texts[name] = evaluated(render(path.read_text("utf-8"), variables, str(path)), variables)
    return {name: text for name, text in texts.items() if _RULE.search(text)}


def _tenant(variables: Mapping[str, str]) -> str:
    return variables.get("OTELCOL_LOKI_TENANT") or "main"


def _retention_faults(declared: Declaration, variables: Mapping[str, str]) -> Iterator[Fault]:
    """Yield a fault for each objective that looks back further than Prometheus does."""
    kept = variables.get(_RETENTION) or "30d"
    try:
        days = seconds_of(kept) / _DAY_S
    except ValueError:  # in years
        return
    for one in declared.objectives:
        if one.window_days > days:
            yield Fault(
                f"objective {one.name}", f"has the window {one.window}, and Prometheus keeps metrics for {kept}",
                "what is gone is not counted", f"Set {_RETENTION}={one.window}, or shorten the window.",
            )  # fmt: skip
