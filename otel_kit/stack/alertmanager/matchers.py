"""One condition on the labels of an alert, as Alertmanager writes it: ``name=value``, ``!=``, ``=~``, ``!~``."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

_TEXT: Final = re.compile(r"\s*(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*(?P<operator>=~|!~|!=|=)(?P<value>.*)", re.DOTALL)
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True, slots=True)
class Matcher:
    """A label's name, and the value or anchored RE2 expression that it has to have, or not."""

    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True

    def __str__(self) -> str:
        operator = ("=" if self.is_equal else "!") + ("~" if self.is_regex else "=" if not self.is_equal else "")
        return f"{self.name}{operator}{json.dumps(self.value, ensure_ascii=False)}"

    def as_json(self) -> dict[str, Any]:
        """Return it as Alertmanager's API v2 takes it."""
        return {"name": self.name, "value": self.value, "isRegex": self.is_regex, "isEqual": self.is_equal}


def read(text: str) -> Matcher:
    """Return the matcher that a person wrote; the value may stand in quotation marks.

    Raises:
        ValueError: it is none.
    """
    match = _TEXT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no matcher")
    value = match["value"].strip()
    if _QUOTED.fullmatch(value):
        value = json.loads(value)
    operator = match["operator"]
    return Matcher(match["name"], value, is_regex="~" in operator, is_equal=not operator.startswith("!"))


def of_json(found: dict[str, Any]) -> Matcher:
    """Return a matcher of the API's answer."""
    return Matcher(found["name"], found["value"], bool(found.get("isRegex")), bool(found.get("isEqual", True)))
