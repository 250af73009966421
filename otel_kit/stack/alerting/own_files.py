"""The user's own rule files and boards in a folder: where they lie, and everything that is wrong with them."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final

from otel_kit.errors import ConfigError, Fault
from otel_kit.stack import boards
from otel_kit.stack.alerting.checking import Advice
from otel_kit.stack.alerting.own_rules import faults_of_rule_file, recorded_in
from otel_kit.stack.live.panels import read

RULES: Final = Path("alerts") / "own"
"""The user's own rule files, in the format of Prometheus; below it ``loki/`` for those on logs."""
RULES_ON_LOGS: Final = RULES / "loki"
BOARDS: Final = Path("grafana") / "dashboards" / "own"
UNREAD: Final = "promql-parser is not installed, so queries were not read: pip install 'otel-kit[stack]'"

_ENDINGS: Final = (".yml", ".yaml")


def rule_files(folder: Path) -> list[Path]:
    """Return the rule files of one folder, without those below it."""
    return [path for path in sorted(folder.glob("*")) if path.suffix in _ENDINGS and path.is_file()]


def files_in(folder: Path) -> list[Path]:
    """Return all own rule files and boards of a user's folder."""
    boards_there = sorted(path for path in (folder / BOARDS).rglob("*.json") if path.is_file())
    return [*rule_files(folder / RULES), *rule_files(folder / RULES_ON_LOGS), *boards_there]


def queries_are_read() -> bool:
    """Tell whether what reads queries is installed; where it is not, only the form of files is checked."""
    return importlib.util.find_spec("promql_parser") is not None


def faults_of(
    paths: Collection[Path], metrics: Collection[str] | None, variables: Mapping[str, str] | None = None
) -> dict[Path, list[Fault]]:
    """Return what is wrong with each file; boards end in ``.json``. What one records, and their uids, all may name.

    ``metrics`` are the user's own; None: nobody knows them, so only the form is checked, as without ``promql-parser``.
    ``variables`` fill in ``${STACK_...}`` of rules; None: rules are taken as they are.
    """
    queries = metrics is not None and queries_are_read()
    rules = [path for path in paths if path.suffix != ".json"]
    known = frozenset(metrics or ()).union(*map(recorded_in, rules))
    found = {}
    around = None
    for path in paths:
        try:
            if path.suffix != ".json":
                found[path] = faults_of_rule_file(path, known, queries=queries, variables=variables)
                continue
            around = around or boards.shipped(known, [uid for one in paths for uid in _uids(one)])
            found[path] = boards.faults_of(path, around, queries=queries)
        except ConfigError as error:
            found[path] = list(error.faults)
    return found


def stops(path: Path, fault: Fault) -> bool:
    """Tell whether a server would not start with it, or not read any rules: what else is wrong harms nothing around."""
    return path.suffix != ".json" and not isinstance(fault, Advice)


def _uids(path: Path) -> Iterator[str]:
    """Yield the uid of a board, to which others may lead."""
    if path.suffix == ".json":
        with contextlib.suppress(OSError, ValueError):  # said by the check of the file
            yield str(read(path.read_text("utf-8")).get("uid"))
