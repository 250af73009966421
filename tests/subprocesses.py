"""Fresh Python processes for what one process can do only once, such as setting OpenTelemetry's globals."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


def child_environ(env: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment for a child: this process's (the tests' clean one), warnings as errors, and ``env``."""
    inherited = dict(os.environ)  # noqa: TID251 - the environment that the fixture has cleaned
    # Start and stop are events of their own: tests of them switch them on again.
    own = {"PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": "1", "OTEL_KIT_EVENTS_LIFECYCLE": "false"}
    return {**inherited, **own, **(env or {})}


def run_python(
    code: str, env: Mapping[str, str] | None = None, *, cwd: Path | None = None, timeout_s: float = 40.0
) -> subprocess.CompletedProcess[str]:
    """Run ``code`` (dedented) in a new interpreter and return its output; the exit status is not checked."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=child_environ(env),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
