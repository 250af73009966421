"""Places in the texts of rules: ``${name}``; a ``$`` before anything else belongs to the text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

SERVICE: Final = "service"
BY_PLACE: Final = "by"

_PLACE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
# What stack/rendering.py fills in when the file is placed: addresses of this installation.
_LATER: Final = ("STACK_", "OTELCOL_")


def places_in(text: str) -> frozenset[str]:
    """Return the names of all places of a text, without the variables that are filled in later."""
    return frozenset(name for name in _PLACE.findall(text) if not name.startswith(_LATER))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return the text with the places that ``values`` knows filled in; the others stay."""
    return _PLACE.sub(lambda match: values.get(match[1], match[0]), text)
