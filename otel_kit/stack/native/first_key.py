"""The key that the first start makes, so that a service of this machine can send at once."""

from __future__ import annotations

import os
from typing import Final

from otel_kit.stack import keys
from otel_kit.stack.native.layout import Layout

_TENANT: Final = "main"
_HISTORY: Final = "history.key"


def make(layout: Layout) -> None:
    """Make a key and keep its text beside the key file; nothing if an earlier start has done so.

    Keys that were made before the first start stay, and the first start makes its own nevertheless.

    Raises:
        ConfigError: it cannot be written.
    """
    texts = (layout.first_key, layout.alert_secrets / _HISTORY)
    if layout.keys_file.exists() and any(path.exists() for path in texts):
        return
    _, text = keys.create(layout.keys_file, _TENANT, note="made by the first `otel-kit stack up`")
    # Alertmanager sends the history of its notifications with it.
    for path in texts:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(text + "\n")


def text(layout: Layout) -> str | None:
    """Return the text of that key; None if it was removed, or is another's business."""
    try:
        return layout.first_key.read_text("ascii").strip() or None
    except FileNotFoundError:
        return None
