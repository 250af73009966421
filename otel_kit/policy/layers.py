"""Policy files as layers: each row is merged field by field by its id, then read into the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from otel_kit.errors import Fault, nearest
from otel_kit.policy.fields import CLASS_FIELDS, KEY_FIELDS, RULE_FIELDS, PolicyField, Reader, one_of, texts
from otel_kit.policy.hostile import slow_reasons
from otel_kit.policy.model import KeyClass, Policy, Rule
from otel_kit.policy.re2 import complaints, groups
from otel_kit.policy.vocabulary import DATA_CLASSES, MINIMUM_CLASSES, STRUCTURED
from otel_kit.settings.document import Document

VERSION = 1
SECTIONS = (
    "version", "packs", "classes", "minimum_class", "rules", "keys", "public", "internal", "structured", "allow",
)  # fmt: skip
ALLOW_LISTS = ("keys", "values")
_ID = "abcdefghijklmnopqrstuvwxyz0123456789_.-"
_MEANING = frozenset(
    {"pattern", "group", "literals", "encodings", "action", "keep", "fallback", "mode", "validator", "context"}
)
_EXAMPLES = ("examples", "counter_examples")
SHIPPED = "otel_kit/policy/packs/"
_FASTER = "shorten its repeats, let neighbours have no character in common, or put a literal before them"


@dataclass(slots=True)
class _Row:
    """One rule, key class or data class on its way through the layers; ``broken``: a field could not be read."""

    origin: str
    broken: bool = False
    values: dict[str, Any] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Layers:
    """What the documents say so far."""

    faults: list[Fault]
    rules: dict[str, _Row] = field(default_factory=dict)
    keys: dict[str, _Row] = field(default_factory=dict)
    classes: dict[str, _Row] = field(default_factory=dict)
    packs: dict[str, bool] = field(default_factory=dict)
    minimum_class: str = MINIMUM_CLASSES[0]
    lists: dict[str, list[str]] = field(default_factory=lambda: {"public": [], "internal": []})
    structured: dict[str, list[str]] = field(default_factory=dict)
    allow: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in ALLOW_LISTS})
    allow_rules: dict[str, list[str]] = field(default_factory=dict)
    allow_where: dict[str, str] = field(default_factory=dict)

    def add(self, document: Document) -> None:
        data = document.data
        if not isinstance(data, dict):
            self.faults.append(Fault(document.where(), "is no policy", "a map with rules, keys or allow is needed"))
            return
        for section in data:
            if section not in SECTIONS:
                self._unknown(document, (section,), section, SECTIONS)
        if data.get("version", VERSION) != VERSION:
            self.faults.append(Fault(document.where("version"), "names another version", f"{VERSION} is needed"))
        self._rows(document, "rules", self.rules, RULE_FIELDS)
        self._rows(document, "keys", self.keys, KEY_FIELDS)
        self._rows(document, "classes", self.classes, CLASS_FIELDS)
        self._packs(document)
        if "minimum_class" in data:
            read = self._read(document, ("minimum_class",), data["minimum_class"], one_of(MINIMUM_CLASSES))
            self.minimum_class = read or self.minimum_class
        for name, target in self.lists.items():
            value = data.get(name)
            target += self._read(document, (name,), [] if value is None else value, texts)
        for name, value in self._map(document, "structured").items():
            if name in STRUCTURED:
                self.structured.setdefault(name, []).extend(self._read(document, ("structured", name), value, texts))
            else:
                self._unknown(document, ("structured", name), name, STRUCTURED)
        self._allow(document)

    def _allow(self, document: Document) -> None:
        for name, value in self._map(document, "allow").items():
            if name in self.allow:
                self.allow[name] += self._read(document, ("allow", name), value, texts)
            elif name != "rules":
                self._unknown(document, ("allow", name), name, (*ALLOW_LISTS, "rules"))
            elif not isinstance(value, dict):
                fault = Fault(document.where("allow", "rules"), "allow.rules is no map", "rule: [keys] is needed")
                self.faults.append(fault)
            else:
                for rule, keys in value.items():
                    path = ("allow", "rules", rule)
                    self.allow_rules.setdefault(rule, []).extend(self._read(document, path, keys, texts))
                    self.allow_where[rule] = document.where(*path)

    def _packs(self, document: Document) -> None:
        for name, value in self._map(document, "packs").items():
            known = {row.values.get("pack", "user") for row in self.rules.values()}
            if name not in known:
                self._unknown(document, ("packs", name), name, sorted(known))
            elif type(value) is not bool:
                self.faults.append(
                    Fault(document.where("packs", name), f"packs.{name} cannot be used", "true or false is needed")
                )
            else:
                self.packs[name] = value

    def _rows(self, document: Document, section: str, rows: dict[str, _Row], known: Mapping[str, PolicyField]) -> None:
        for name, values in self._map(document, section).items():
            where = document.where(section, name)
            if section == "classes" and name not in DATA_CLASSES:
                self._unknown(document, (section, name), name, DATA_CLASSES)
                continue
            if not name or any(character not in _ID for character in name) or len(name) > 64:
                self.faults.append(Fault(where, f"has the id {name!r}", "lower case, digits and _ . - are possible"))
                continue
            if not isinstance(values, dict):
                self.faults.append(Fault(where, f"{name} is no map of fields", f"one of {', '.join(known)} is needed"))
                continue
            row = rows.setdefault(name, _Row(where))
            if _MEANING & values.keys():
                # Another pattern or mask has other examples: those of the layer below say nothing about it.
                for examples in _EXAMPLES:
                    row.values.pop(examples, None)
            if values.keys() & (_MEANING | set(_EXAMPLES)):
                row.origin = where
            for key, value in values.items():
                path = (section, name, key)
                if key not in known:
                    self._unknown(document, path, key, known)
                    continue
                faults = len(self.faults)
                row.values[key] = self._read(document, path, value, known[key].read)
                row.broken |= len(self.faults) > faults
                row.where[key] = document.where(*path)

    def _map(self, document: Document, section: str) -> dict[str, Any]:
        value = document.data.get(section)
        if value is None or isinstance(value, dict):
            return value or {}
        self.faults.append(Fault(document.where(section), f"{section} is no map", "names with a colon are needed"))
        return {}

    def _read(self, document: Document, path: tuple[str, ...], value: Any, reader: Reader) -> Any:
        try:
            return reader(value)
        except ValueError as error:
            self.faults.append(Fault(document.where(*path), f"{'.'.join(path)} cannot be used", str(error)))
            return ()

    def _unknown(
        self, document: Document, path: tuple[str, ...], name: str, known: Sequence[str] | Mapping[str, Any]
    ) -> None:
        near = nearest(str(name), known)
        mend = f"Did you mean {near}?" if near else f"Known are {', '.join(known)}."
        named = ".".join(map(str, path))
        self.faults.append(Fault(document.where(*path), f"names {named}, which is unknown", mend=mend.rstrip(".")))


def merged(documents: Sequence[Document], faults: list[Fault]) -> Policy:
    """Return the policy of ``documents``, the later over the earlier; what cannot be used is added to ``faults``."""
    layers = _Layers(faults)
    for document in documents:
        layers.add(document)
    classes = _data_classes(layers.classes, faults)
    packs = {name for name, enabled in layers.packs.items() if not enabled}
    for allowed, where in layers.allow_where.items():
        if allowed not in layers.rules and allowed not in layers.keys:
            near = nearest(allowed, [*layers.rules, *layers.keys])
            wanted = f"did you mean {near}" if near else "the id of a rule or key class is needed"
            faults.append(Fault(where, f"allow.rules names {allowed}, which is unknown", wanted))
    return Policy(
        rules=tuple(
            rule
            for name, row in layers.rules.items()
            if row.values.get("pack", "user") not in packs and (rule := _rule(name, row, layers)) is not None
        ),
        keys=tuple(
            one for name, row in layers.keys.items() if (one := _key_class(name, row, classes, faults)) is not None
        ),
        classes=tuple(classes.items()),
        public=tuple(dict.fromkeys(layers.lists["public"])),
        internal=tuple(dict.fromkeys(layers.lists["internal"])),
        minimum_class=layers.minimum_class,
        structured=tuple((kind, tuple(dict.fromkeys(names))) for kind, names in layers.structured.items()),
        allow_keys=tuple(dict.fromkeys(layers.allow["keys"])),
        allow_values=tuple(dict.fromkeys(layers.allow["values"])),
        allow_rules=tuple((rule, tuple(dict.fromkeys(keys))) for rule, keys in layers.allow_rules.items()),
        version=VERSION,
    )


def _data_classes(rows: Mapping[str, _Row], faults: list[Fault]) -> dict[str, str]:
    for name, row in rows.items():
        if not row.values.get("action"):
            faults.append(Fault(row.origin, f"data class {name} has no action", "without one its values would pass"))
    return {name: row.values["action"] for name, row in rows.items() if row.values.get("action")}


def _rule(name: str, row: _Row, layers: _Layers) -> Rule | None:
    values, faults = dict(row.values), layers.faults
    if not values.pop("enabled", True):
        return None
    pattern = values.get("pattern")
    if not pattern:
        if "pattern" not in values:
            near = nearest(name, layers.rules.keys() - {name})
            mend = f"Did you mean {near}?" if near else ""
            faults.append(Fault(row.origin, f"rule {name} has no pattern", "a new rule needs one", mend))
        return None
    # Those of the packs are held by tests: start-up stays fast.
    shipped = row.where["pattern"].startswith(SHIPPED)
    problems = [] if shipped else complaints(pattern)
    faults.extend(
        Fault(row.where["pattern"], f"the pattern of rule {name} {problem}", "the RE2 subset is possible")
        for problem in problems
    )
    checked = shipped and row.where.get("group", SHIPPED).startswith(SHIPPED)
    if row.broken:
        return None
    if not problems and not checked and values.get("group", 0) > groups(pattern):
        problems = [f"rule {name} has no group {values['group']}"]
        faults.append(Fault(row.where["group"], problems[0], f"the pattern has {groups(pattern)}"))
    if not problems and not shipped:
        refusable = any(values.get(check) for check in ("validator", "context", "literals"))
        problems = slow_reasons(pattern, refusable=refusable)
        faults.extend(Fault(row.where["pattern"], f"the pattern of rule {name} {what}", _FASTER) for what in problems)
    return None if problems else Rule(id=name, origin=row.origin, **values)


def _key_class(name: str, row: _Row, classes: Mapping[str, str], faults: list[Fault]) -> KeyClass | None:
    values = dict(row.values)
    if not values.pop("enabled", True):
        return None
    if not any(values.get(way) for way in ("words", "endings", "exact")):
        faults.append(Fault(row.origin, f"key class {name} names no keys", "words, endings or exact are needed"))
        return None
    if row.broken:
        return None
    data_class = values.pop("class", "confidential")
    if "action" not in values:
        if data_class not in classes:
            faults.append(Fault(row.origin, f"key class {name} has no action", f"nor has its class {data_class}"))
            return None
        values["action"] = classes[data_class]
    return KeyClass(id=name, data_class=data_class, origin=row.origin, **values)
