"""What the user wants of the rules: the section ``alerting`` of otel-kit.yaml, or a file of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from otel_kit.errors import ConfigError, Fault, nearest
from otel_kit.settings.document import Document, read_document
from otel_kit.settings.model import Settings
from otel_kit.stack.alerting import objectives
from otel_kit.stack.alerting.durations import duration_text, seconds_of
from otel_kit.stack.alerting.families import FAMILIES
from otel_kit.stack.alerting.rule import Rule, Severity
from otel_kit.stack.alerting.thresholds import UNITS, Threshold
from otel_kit.stack.alerting.thresholds import load as load_thresholds

SECTION: Final = "alerting"
_CHOSEN: Final[tuple[Severity, ...]] = ("critical", "warning", "info")
_METRIC: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_DURATION: Final = "a duration such as 0s, 90s or 1h30m"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """``thresholds`` are all there are, with the user's values; ``services`` has for each service those of its own.

    ``durations`` are the ``for`` of rules by name, ``metrics`` the user's own metrics, which own rules may name.
    ``interval`` is that of every group of rules; empty: each rule's own.
    """

    thresholds: Mapping[str, Threshold]
    services: Mapping[str, Mapping[str, Threshold]] = field(default_factory=dict)
    disabled: frozenset[str] = frozenset()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    durations: Mapping[str, str] = field(default_factory=dict)
    metrics: tuple[str, ...] = ()
    objectives: tuple[objectives.Objective, ...] = ()
    default_objectives: bool = True
    interval: str = ""


def load(
    file: Path | None,
    *,
    own: bool = False,
    thresholds: Mapping[str, Threshold] | None = None,
    families: Mapping[str, Sequence[Rule]] = FAMILIES,
) -> Declaration:
    """Return what ``file`` declares over the shipped ``thresholds``; None: nothing.

    ``own``: the file holds nothing else, so the head ``alerting:`` may be missing.

    Raises:
        ConfigError: every fault, with file and line.
    """
    shipped = load_thresholds() if thresholds is None else thresholds
    if file is None:
        return Declaration(thresholds=shipped)
    document = read_document(file)
    data = document.data
    section, path = (data if own else None), tuple[str, ...]()
    if isinstance(data, dict) and SECTION in data:
        section, path = data[SECTION], (SECTION,)
    if section is None:
        # Settings of services, such as `alerts`, are no misspelt section.
        others = data.keys() - {SECTION, *(one.name for one in fields(Settings))} if isinstance(data, dict) else ()
        if close := nearest(SECTION, others):
            raise ConfigError(
                [Fault(f"{close} in {document.where(close)}", "is no section", f"did you mean {SECTION}?")]
            )
        return Declaration(thresholds=shipped)
    reader = _Reader(document, path, shipped, {rule.name: rule for rules in families.values() for rule in rules})
    declared = reader.declaration(section)
    if reader.faults:
        raise ConfigError(reader.faults)
    return declared


class _Reader:
    """Reads one section; what is wrong goes to ``faults``."""

    def __init__(
        self,
        document: Document,
        path: tuple[str, ...],
        thresholds: Mapping[str, Threshold],
        rules: Mapping[str, Rule],
    ) -> None:
        self._document = document
        self._path = path
        self._thresholds = thresholds
        self._rules = rules
        self.faults: list[Fault] = []

    def declaration(self, section: Any) -> Declaration:
        """Return the section as a declaration."""
        readers: Mapping[str, Callable[[Any], Any]] = {
            "thresholds": lambda value: {**self._thresholds, **self._values(value, ("thresholds",))},
            "services": self._services,
            "disabled": lambda value: frozenset(self._known_rules(value, "disabled")),
            "severities": lambda value: self._by_rule(value, "severities", _severity, f"{', '.join(_CHOSEN)} are"),
            "durations": lambda value: self._by_rule(value, "durations", _duration, _DURATION),
            "metrics": self._metrics,
            "objectives": lambda _: objectives.read(self._document, (*self._path, "objectives"), self.faults),
            "default_objectives": lambda value: self._checked(value, ("default_objectives",), _flag, "true or false"),
            "interval": lambda value: self._checked(value, ("interval",), _positive, "a duration above zero") or "",
        }
        found: dict[str, Any] = {"thresholds": self._thresholds}
        for key, value in self._map(section, (), "keys of alerting").items():
            if key not in readers:
                mend = "" if self._path else f"Other settings beside them need the head `{SECTION}:`."
                self._unknown(
                    (key,), "is no key of alerting", key, (*readers, *(() if self._path else (SECTION,))), mend
                )
            elif value is not None:
                found[key] = readers[key](value)
        return Declaration(**found)

    def _services(self, value: Any) -> Mapping[str, Mapping[str, Threshold]]:
        found: dict[str, Mapping[str, Threshold]] = {}
        for name, own in self._map(value, ("services",), "a map by service").items():
            if not name or _CONTROL.search(name):
                self._fault(("services", name), "is no name of a service")
            else:
                found[name] = self._values(own, ("services", name), per_service=True)
        return found

    def _values(self, value: Any, path: tuple[str, ...], *, per_service: bool = False) -> dict[str, Threshold]:
        found = {}
        for name, raw in self._map(value, path, "a map of thresholds").items():
            place = (*path, name)
            threshold = self._thresholds.get(name)
            if threshold is None:
                self._unknown(place, "is no threshold", name, self._thresholds)
            elif per_service and not threshold.per_service:
                self._fault(place, "cannot be set for one service", "it holds for all", "Put it under thresholds.")
            else:
                made = self._checked(raw, place, threshold.having, UNITS[threshold.unit].wanted)
                found.update({} if made is None else {name: made})
        return found

    def _by_rule(self, value: Any, key: str, parse: Callable[[Any], Any], wanted: str) -> dict[str, Any]:
        rows = self._map(value, (key,), "a map by rule")
        known = self._known_rules(list(rows), key)
        read = {name: self._checked(rows[name], (key, name), parse, wanted) for name in known}
        return {name: one for name, one in read.items() if one is not None}

    def _known_rules(self, value: Any, key: str) -> list[str]:
        names = self._texts(value, key, "a list of rules")
        for name in names:
            if name not in self._rules:
                self._unknown((key, name), f"names the unknown rule {name!r}", name, self._rules)
        return [name for name in names if name in self._rules]

    def _metrics(self, value: Any) -> tuple[str, ...]:
        names = self._texts(value, "metrics", "a list of names as Prometheus has them")
        for name in names:
            if not _METRIC.fullmatch(name):
                self._fault(("metrics",), f"has {name!r}", "names as Prometheus has them: orders_total")
        return tuple(names)

    def _texts(self, value: Any, key: str, wanted: str) -> list[str]:
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return list(value)
        self._fault((key,), f"is {_shown(value)}", f"{wanted} is needed")
        return []

    def _map(self, value: Any, path: tuple[str, ...], wanted: str) -> Mapping[str, Any]:
        if value is None or isinstance(value, dict):
            return value or {}
        self._fault(path, f"is {_shown(value)}", f"{wanted} is needed")
        return {}

    def _checked(self, raw: Any, path: tuple[str, ...], parse: Callable[[Any], Any], wanted: str) -> Any:
        try:
            return parse(raw)
        except (ValueError, TypeError, OverflowError):
            self._fault(path, f"is {_shown(raw)}", wanted)
            return None

    def _unknown(self, path: tuple[str, ...], what: str, name: str, known: Iterable[str], mend: str = "") -> None:
        close = nearest(name, known)
        hint = f"did you mean {close}?" if close else "`otel-kit alerts check --list` names all there are"
        self._fault(path, what, hint, mend)

    def _fault(self, path: tuple[str, ...], what: str, wanted: str = "", mend: str = "") -> None:
        place = (*self._path, *path)
        key = ".".join(place) or SECTION
        self.faults.append(Fault(f"{key} in {self._document.where(*place)}", what, wanted, mend))


def _severity(raw: Any) -> Severity:
    return _CHOSEN[_CHOSEN.index(raw)]


def _duration(raw: Any) -> str:
    return duration_text(seconds_of(raw))


def _positive(raw: Any) -> str:
    if (seconds := seconds_of(raw)) <= 0:
        raise ValueError
    return duration_text(seconds)


def _flag(raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise TypeError
    return raw


def _shown(value: Any) -> str:
    return repr(value)[:60] if isinstance(value, str | int | float | None) else f"a {type(value).__name__}"
