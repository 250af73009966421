"""A folder that `otel-kit stack init` wrote, for tests; its files are those of this checkout."""

from __future__ import annotations

from pathlib import Path

from otel_kit.stack import assets
from otel_kit.stack.initialise import Done, Options, initialise

RELEASE = "1.0.0"


def initialised(folder: Path, **options: object) -> Done:
    """Write a stack into ``folder``, or run again over it."""
    return initialise(folder, Options(**options), assets.root(), RELEASE)  # type: ignore[arg-type]
