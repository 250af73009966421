"""What the set is made of: values, the items that carry them, and what has survived in an output."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SHARE = 0.6
"""A value has leaked when this share of it stands in the output in one piece ..."""
LONG = 32
"""... or, of a long secret, so many characters."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a type.

    ``secret`` is the part that must not survive: of an e-mail address the part before the ``@``, as masks keep the
    domain. ``exact`` says that only the whole secret counts, as masks of addresses keep the network. ``before`` and
    ``after`` come along wherever the value stands in free text. ``keys`` are names that its fields have; with
    ``needs_key`` it makes no sense without one of them or without ``before``.
    """

    type: str
    text: str
    secret: str = ""
    before: str = ""
    after: str = ""
    keys: tuple[str, ...] = ()
    needs_key: bool = False
    exact: bool = False
    detail: str = ""

    @property
    def hidden(self) -> str:
        """The part that must not survive."""
        return self.secret or self.text


@dataclass(frozen=True, slots=True)
class Planted:
    """A value in an item: where it stands in the text, and the forms of its secret that must not survive."""

    type: str
    start: int
    end: int
    secrets: tuple[str, ...]
    exact: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to redact: a text, or attributes. Without ``planted`` it must come out as it went in."""

    type: str
    carrier: str
    text: str = ""
    attributes: Mapping[str, Any] | None = None
    planted: tuple[Planted, ...] = ()
    words: tuple[str, ...] = field(default=())
    is_late: bool = False  # of a carrier or word that came into the set when the rules were finished

    @property
    def is_reserved(self) -> bool:
        """Whether its carrier, or the vendor of its token, is one of the quarter that only the final figures use.

        Whoever writes rules is told of misses among the others only, so that what is found here was not learnt here.
        """
        names = [self.carrier] + [one.detail for one in self.planted if one.type == "vendor_token"]
        return self.is_late or self.type.startswith("late") or any(zlib.crc32(name.encode()) % 4 == 0 for name in names)

    @property
    def is_negative(self) -> bool:
        """Whether nothing in it is to be redacted."""
        return not self.planted


def survives(planted: Planted, output: str) -> bool:
    """Whether too much of a planted value stands in the output."""
    return any(has_piece(secret, output, exact=planted.exact) for secret in planted.secrets)


def has_piece(secret: str, output: str, *, exact: bool = False) -> bool:
    """Whether 60 % of the secret, or 32 characters of a long one, stand in the output in one piece."""
    if exact:
        return secret in output
    wanted = min(LONG, math.ceil(len(secret) * SHARE))
    return any(secret[at : at + wanted] in output for at in range(len(secret) - wanted + 1))
