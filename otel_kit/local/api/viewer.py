"""What the API reads from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from otel_kit.local.commits import Commits
from otel_kit.local.intake import Intake
from otel_kit.local.recorder import Recorder
from otel_kit.local.store.reading import Readers
from otel_kit.local.store.retention import Limits
from otel_kit.redaction.redactor import Redactor


@dataclass(frozen=True, slots=True)
class Viewer:
    """The parts of a running viewer. ``now`` and ``started`` are nanoseconds since the epoch."""

    readers: Readers
    recorder: Recorder
    intake: Intake
    commits: Commits
    now: Callable[[], int]
    path: Path
    limits: Limits
    endpoints: dict[str, str | None]
    redactor: Callable[[], Redactor]
    started: int
    origins: frozenset[str]
