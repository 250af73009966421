"""The environment variables of the demo's processes: the caller's, without what would send telemetry elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

from otel_kit.cli.demo.example import examples_folder, package_folder
from otel_kit.settings.environment import child_environment

_LOOPBACK = "127.0.0.1,localhost"
# Of the caller's own settings only this reaches the services: a demo must not send to somebody's real endpoint.
_KEPT = "OTEL_KIT_REDACTION_"
# A second or less from an event to the page.
_DELAYS_MS = {
    "OTEL_BSP_SCHEDULE_DELAY": "300",
    "OTEL_BLRP_SCHEDULE_DELAY": "300",
    "OTEL_METRIC_EXPORT_INTERVAL": "1000",
}
# A service that was not up at the first look shall not count as down for long.
_HEALTH = {"OTEL_KIT_HEALTH_INTERVAL": "2s"}


def demo_environment(state_folder: Path, **changes: str) -> dict[str, str]:
    """Return the environment for a child that runs in a folder of its own and keeps its state in ``state_folder``."""
    inherited = child_environment()
    kept = {name: value for name, value in inherited.items() if not name.startswith("OTEL_") or name.startswith(_KEPT)}
    path = [str(examples_folder()), str(package_folder().parent), inherited.get("PYTHONPATH", "")]
    return {
        **kept,
        **_DELAYS_MS,
        **_HEALTH,
        "PYTHONPATH": os.pathsep.join(filter(None, path)),
        "PYTHONUNBUFFERED": "1",
        "OTEL_KIT_STATE_DIR": str(state_folder),
        "NO_PROXY": _LOOPBACK,
        "no_proxy": _LOOPBACK,
        **changes,
    }
