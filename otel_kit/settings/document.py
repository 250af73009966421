"""A YAML file as plain values, with the line of every key: errors can then say where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from otel_kit.errors import ConfigError, Fault

Path_ = tuple[str | int, ...]
_MAX_BYTES = 1 << 20  # a settings or policy file is small; a larger one is a mistake, not a setting


@dataclass(frozen=True, slots=True)
class Document:
    """What a YAML file says. ``lines`` maps the path of each key or list item to its line, counted from 1."""

    name: str
    data: Any
    lines: Mapping[Path_, int] = field(default_factory=dict)

    def where(self, *path: str | int) -> str:
        """Return ``file:line`` of the nearest known place on ``path``."""
        for end in range(len(path), -1, -1):
            line = self.lines.get(path[:end])
            if line is not None:
                return f"{self.name}:{line}"
        return self.name


def read_document(path: Path) -> Document:
    """Read one YAML file.

    Raises:
        ConfigError: it cannot be read, is larger than 1 MiB, is not YAML, or names a key twice.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError([Fault(str(path), f"cannot be read: {reason}", "a readable YAML file is needed")]) from error
    if len(raw) > _MAX_BYTES:
        raise ConfigError([Fault(str(path), f"has {len(raw)} bytes", f"at most {_MAX_BYTES} are read")])
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError([Fault(str(path), f"is not UTF-8 (byte {error.start})", "save it as UTF-8")]) from error
    return parse_document(text, str(path))


def parse_document(text: str, name: str) -> Document:
    """Parse YAML text; ``name`` is what errors call it.

    Raises:
        ConfigError: it is not YAML or names a key twice.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}:{mark.line + 1}" if mark else name
        problem = getattr(error, "problem", None) or "cannot be parsed"
        raise ConfigError([Fault(where, f"is not valid YAML: {problem}")]) from error
    if node is None:
        return Document(name, {}, {})
    lines: dict[Path_, int] = {}
    faults: list[Fault] = []
    data = _plain(node, (), lines, faults, name, depth=0)
    if faults:
        raise ConfigError(faults)
    return Document(name, data, lines)


def _plain(node: yaml.Node, path: Path_, lines: dict[Path_, int], faults: list[Fault], name: str, depth: int) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if depth > 32:
        # An alias that contains itself would recurse for ever.
        faults.append(Fault(f"{name}:{node.start_mark.line + 1}", "is nested deeper than 32 levels"))
        return None
    if isinstance(node, yaml.MappingNode):
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = _scalar(key_node)
            where = f"{name}:{key_node.start_mark.line + 1}"
            if not isinstance(key, str):
                faults.append(Fault(where, f"has the key {key!r}", "keys are text", "Put it in quotes."))
                continue
            if key in result:
                faults.append(Fault(where, f"names the key {key!r} twice", mend="Remove one of them."))
                continue
            lines[(*path, key)] = key_node.start_mark.line + 1
            result[key] = _plain(value_node, (*path, key), lines, faults, name, depth + 1)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*path, index), lines, faults, name, depth + 1) for index, child in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node, deep=True)
    finally:
        loader.dispose()
