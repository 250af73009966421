"""What came of an event that had to arrive before the call returned."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delivered:
    """The endpoint has accepted the record."""

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Pending:
    """The record was not accepted yet, or nobody can tell; ``reason`` says why. It is sent again as any other."""

    reason: str

    def __bool__(self) -> bool:
        return False
