"""What became of a batch of records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """``written`` and ``dropped`` (by reason) are settled, ``kept`` are to be offered again later.

    Records in none of the three were not for this sink. ``error`` says why not all were written, without a value of
    any record.
    """

    written: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    kept: Sequence[Any] = ()
    error: str = ""
