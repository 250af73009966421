"""What the pipeline asks of a sink, and the account of one. The sinks themselves know nothing of the pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


class Outcome(Protocol):
    """What became of a batch; records that are in none of the three were not for this sink."""

    @property
    def written(self) -> int:
        """Records that were written."""

    @property
    def dropped(self) -> Mapping[str, int]:
        """Records that were given up, by reason."""

    @property
    def kept(self) -> Sequence[Any]:
        """Records to offer again later, in their order."""

    @property
    def error(self) -> str:
        """Why not all were written, without any value of a record; empty when all were."""


class Sink(Protocol):
    """Writes redacted records. All of it is called on one thread at a time; nothing is raised."""

    name: str

    def write(self, records: Sequence[Any]) -> Outcome:
        """Write a batch; may block for a few seconds."""

    def idle(self) -> float | None:
        """Do a piece of other work; returns the seconds until there is more, None for none."""

    def close(self) -> None:
        """Give up what is open."""

    def after_fork(self) -> None:
        """Give up what is the parent's."""


@dataclass(frozen=True, slots=True)
class SinkAccount:
    """One sink's figures since the process started. ``waiting`` are neither written nor given up yet."""

    written: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    waiting: int = 0
    last_error: str = ""
