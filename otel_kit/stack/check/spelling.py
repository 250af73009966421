"""What the Collector reads otherwise than it is written: all of it is refused, so that the other rules see the same.

*Source:* confmap 1.64 (koanf with the delimiter ``::``), component.ID, and its YAML library, go.yaml.in/yaml/v3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from otel_kit.errors import Fault
from otel_kit.stack.check.layers import SECTIONS, Layer, Place, dotted
from otel_kit.stack.check.variables import expanded

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DELIMITER: Final = "::"
# A component's name; the Collector takes blanks around its two parts away.
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:/\S+)?")
# Byte order mark (at the start of a file it is right), and the line ends of YAML 1.1 that nobody sees.
_INVISIBLE: Final = re.compile("[\ufeff\u0085\u2028\u2029]")
# A variable's value may refer to further ones. *Source:* it is done up to 1,000 times, of which a few are meant.
_ROUNDS: Final = 8


def misread(layers: Sequence[Layer], environment: Mapping[str, str]) -> Iterator[Fault]:
    """Yield a fault for each key, tag and invisible character that the Collector may read otherwise than it stands.

    Values of variables are looked into as well. Reads the files again.
    """
    for layer in layers:
        yield from _tags(layer.document.name)
        for place, variable in _keys(layer.data, (), environment, ""):
            if told := _judged(place):
                where = layer.document.where(*place)
                what, wanted, mend = told
                yield Fault(where, f"{dotted(place[:-1])} {what}{variable}".lstrip(), wanted, mend)


def _judged(place: Place) -> tuple[str, str, str] | None:
    key = place[-1]
    if not isinstance(key, str):
        return f"has the key {key!r}", "keys are text", "Put it in quotes."
    if _DELIMITER in key or key.endswith(":"):
        return (
            f"has the key {key!r}, of which the Collector makes several levels, past the rules of this check",
            "a key is one level",
            "Write it nested, each level on a line of its own.",
        )
    if key == "<<":
        return "has the key '<<' in quotes or with a tag", "the Collector may merge it", "Write << without them."
    if _is_name(place) and not _NAME.fullmatch(key):
        return (
            f"has the name {key!r}, which the Collector reads otherwise or not at all",
            "type or type/name without blanks",
            "Rename it.",
        )
    return None


def _is_name(place: Place) -> bool:
    return (len(place) == 2 and place[0] in SECTIONS) or (len(place) == 3 and place[:2] == ("service", "pipelines"))


def _keys(value: Any, place: Place, environment: Mapping[str, str], by: str) -> Iterator[tuple[Place, str]]:
    """Yield the place of each key, those in values of variables with a remark."""
    if isinstance(value, str):
        found = _fully(value, environment)
        if isinstance(found, dict | list):
            yield from _keys(found, place, environment, f" (in the value of {value})")
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield (*place, key), by
            yield from _keys(inner, (*place, key), environment, by)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _keys(inner, (*place, number), environment, by)


def _fully(value: Any, environment: Mapping[str, str]) -> Any:
    for _round in range(_ROUNDS):
        found = expanded(value, environment)
        if not isinstance(found, str) or found == value:
            return found
        value = found
    return value


def _tags(name: str) -> Iterator[Fault]:
    try:
        text = Path(name).read_text("utf-8")
    except OSError:
        # It has just been read; what is gone by now the binary misses.
        return
    if odd := _INVISIBLE.search(text, 1):
        yield Fault(
            f"{name}:{text.count(chr(10), 0, odd.start()) + 1}",
            f"has the invisible character U+{ord(odd[0]):04X}",
            "what may end a line to one reader and not to another has no place in a configuration",
            "Take it away.",
        )
    if "!" not in text:
        return
    for token in yaml.scan(text, Loader=_LOADER):
        if isinstance(token, yaml.TagToken):
            yield Fault(
                f"{name}:{token.start_mark.line + 1}",
                "has a YAML tag (!): the Collector may read another value than this check",
                "values without tags",
                "Take the tag away, or put a value that begins with ! in quotes.",
            )
