"""The folder for state that outlives a process: the instance's identity, the viewer's store."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

STATE_VARIABLE = "OTEL_KIT_STATE_DIR"


def state_dir(configured: str | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """Return the state folder; it may not exist yet.

    1. ``configured`` (the setting ``state.dir``), 2. ``OTEL_KIT_STATE_DIR``, 3. the platform's place for it.
    """
    env = os.environ if environ is None else environ
    chosen = configured or env.get(STATE_VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    home = Path(env.get("HOME") or os.path.expanduser("~"))
    if sys.platform == "win32":
        return Path(env.get("LOCALAPPDATA") or home / "AppData" / "Local") / "otel-kit"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "otel-kit"
    # XDG Base Directory Specification 0.8.
    return Path(env.get("XDG_STATE_HOME") or home / ".local" / "state") / "otel-kit"
