"""A YAML file as plain values, with the line of every key: errors can then say where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from otel_kit.errors import ConfigError, Fault

Path_ = tuple[str | int, ...]
_MAX_BYTES = 1 << 20  # a settings or policy file is small; a larger one is a mistake, not a setting
_MAX_DEPTH = 32
_MAX_NODES = 100_000  # a few nested aliases can stand for billions of values
_TEXT = "tag:yaml.org,2002:str"


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


def read_document(path: Path, faults: list[Fault] | None = None, *, merges: bool = False) -> Document:
    """Read one YAML file. With ``faults`` what is wrong in parts of it is added there, and the rest comes back.

    ``merges``: ``<<`` takes in the keys of another mapping, as in YAML 1.1; otherwise it is a fault.

    Raises:
        ConfigError: it cannot be read, is larger than 1 MiB or is not YAML; without ``faults`` also if it names a key
            twice or holds what cannot be read as a value.
    """
    try:
        raw = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ConfigError([Fault(str(path), f"cannot be read: {reason}", "a readable YAML file is needed")]) from error
    if len(raw) > _MAX_BYTES:
        raise ConfigError([Fault(str(path), f"has {len(raw)} bytes", f"at most {_MAX_BYTES} are read")])
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError([Fault(str(path), f"is not UTF-8 (byte {error.start})", "save it as UTF-8")]) from error
    return parse_document(text, str(path), faults, merges=merges)


def parse_document(text: str, name: str, faults: list[Fault] | None = None, *, merges: bool = False) -> Document:
    """Parse YAML text; ``name`` is what errors call it, the others as with ``read_document``.

    Raises:
        ConfigError: it is not YAML; without ``faults`` also if it names a key twice or holds what cannot be read.
    """
    try:
        node = _compose(text)
    except RecursionError as error:
        raise ConfigError([Fault(name, "is nested too deep", "a settings file has a few levels")]) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}:{mark.line + 1}" if mark else name
        problem = getattr(error, "problem", None) or "cannot be parsed"
        raise ConfigError([Fault(where, f"is not valid YAML: {problem}")]) from error
    if node is None:
        return Document(name, {}, {})
    lines: dict[Path_, int] = {}
    found: list[Fault] = []
    data = _Reader(name, lines, found, merges=merges).plain(node, ())
    if faults is not None:
        faults += found
    elif found:
        raise ConfigError(found)
    return Document(name, data, lines)


try:
    from yaml.cyaml import CParser  # type: ignore[attr-defined]  # the stubs' __all__ leaves it out
except ImportError:  # PyYAML without libyaml
    _Fast: type[Any] | None = None
else:

    class _FastLoader(Composer, CParser, SafeConstructor, Resolver):
        """libyaml's parser under PyYAML's own composer: yaml.CSafeLoader's overflows the stack on deep nesting."""

        def __init__(self, stream: Any) -> None:
            CParser.__init__(self, stream)
            Composer.__init__(self)
            SafeConstructor.__init__(self)
            Resolver.__init__(self)

    _Fast = _FastLoader


def _compose(text: str) -> yaml.Node | None:
    """Return the document's root; what libyaml refuses is read again by PyYAML, whose words the errors have."""
    if _Fast is not None:
        try:
            return yaml.compose(text, Loader=_Fast)
        except yaml.YAMLError:
            pass
    return yaml.compose(text, Loader=yaml.SafeLoader)


class _Reader:
    """Turns nodes into plain values, noting lines and faults on the way."""

    def __init__(self, name: str, lines: dict[Path_, int], faults: list[Fault], *, merges: bool) -> None:
        self._name = name
        self._lines = lines
        self._faults = faults
        self._merges = merges
        self._merging: list[yaml.Node] = []
        self._nodes_left = _MAX_NODES
        self._constructor = SafeConstructor()

    def plain(self, node: yaml.Node, path: Path_) -> Any:
        """Return the value of ``node``, which stands at ``path``."""
        line = node.start_mark.line + 1
        self._lines.setdefault(path, line)
        self._nodes_left -= 1
        if self._nodes_left == 0:
            self._fault(line, f"holds more than {_MAX_NODES} values, aliases counted each time")
        if self._nodes_left <= 0:
            return None
        if len(path) > _MAX_DEPTH:
            # An alias that contains itself would recurse for ever.
            self._fault(line, f"is nested deeper than {_MAX_DEPTH} levels")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(child, (*path, index)) for index, child in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        result: dict[str, Any] = {}
        merged: list[yaml.Node] = []
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag == "tag:yaml.org,2002:merge":
                if self._merges:
                    merged.append(value_node)
                else:
                    self._fault(line, "merges with '<<'", "each setting stands for itself", "Write the keys out.")
                continue
            key = self._scalar(key_node)
            if not isinstance(key, str):
                self._fault(line, f"has the key {key!r}", "keys are text", "Put it in quotes.")
                continue
            if key in result:
                self._fault(line, f"names the key {key!r} twice", mend="Remove one of them.")
                continue
            self._lines[(*path, key)] = line
            result[key] = self.plain(value_node, (*path, key))
        for source in merged:
            self._merge(source, path, result)
        return result

    def _merge(self, node: yaml.Node, path: Path_, result: dict[str, Any]) -> None:
        """Take in the keys that are not there yet, with the lines on which they stand."""
        if isinstance(node, yaml.SequenceNode) and all(isinstance(child, yaml.MappingNode) for child in node.value):
            for child in node.value:
                self._merge(child, path, result)
        elif any(node is one for one in self._merging):
            self._fault(node.start_mark.line + 1, "merges with '<<' a mapping into itself")
        elif isinstance(node, yaml.MappingNode):
            lines: dict[Path_, int] = {}
            outer, self._lines = self._lines, lines
            self._merging.append(node)
            taken = self._mapping(node, path)
            self._merging.pop()
            self._lines = outer
            for key in taken.keys() - result.keys():
                result[key] = taken[key]
                start = (*path, key)
                outer.update({place: line for place, line in lines.items() if place[: len(start)] == start})
        else:
            self._fault(node.start_mark.line + 1, "merges with '<<' what is no mapping")

    def _scalar(self, node: yaml.Node) -> Any:
        if node.tag == _TEXT and isinstance(node, yaml.ScalarNode):
            return node.value
        constructor = self._constructor
        try:
            return constructor.construct_object(node, deep=True)
        except (yaml.YAMLError, ValueError, TypeError, AttributeError) as error:
            # A tag that is not YAML's own, a date such as 2026-02-31; AttributeError: PyYAML on "!!timestamp x". The
            # text of anything but a YAMLError may hold the value.
            problem = getattr(error, "problem", None) or "it is not what it looks like"
            self._fault(
                node.start_mark.line + 1, f"has a value that cannot be read: {problem}", mend="Put it in quotes."
            )
            return None
        finally:
            constructor.constructed_objects.clear()
            constructor.recursive_objects.clear()

    def _fault(self, line: int, what: str, wanted: str = "", mend: str = "") -> None:
        self._faults.append(Fault(f"{self._name}:{line}", what, wanted, mend))
