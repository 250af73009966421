"""The keys that a new stack needs: the first service's, and one for each part of it that sends to the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from otel_kit.stack import keys
from otel_kit.stack.initialise.options import STOCK, overlays_of
from otel_kit.stack.initialise.writing import write_private

_EMPTY: Final = b'{"version": 1, "keys": []}\n'
_OWN_TENANT: Final = "otel-kit"


def make_keys(secrets: Path, tenant: str, variables: Mapping[str, str]) -> str | None:
    """Make what is missing; return the text of the first service's key if it was made now.

    The stock image compares the keys themselves: for it they are written down as well.

    Raises:
        ConfigError: the key file cannot be used.
        OSError: a file cannot be written.
    """
    file = secrets / "collector" / "keys.json"
    tokens = secrets / "collector" / "tokens"
    is_stock = variables.get("STACK_COLLECTOR_IMAGE") == STOCK
    first = None
    if not file.exists() or (is_stock and not tokens.exists()):
        _, first = keys.create(file, tenant, note="the first key")
    own = [_own_key(file, secrets / "agent" / "gateway.key", "agent")]
    if not (secrets / "agent" / "keys.json").exists():
        write_private(secrets / "agent" / "keys.json", _EMPTY)
    if "notifications" in overlays_of(variables):
        own.append(_own_key(file, secrets / "alerts" / "history.key", "alertmanager"))
    if is_stock and not tokens.exists():
        lines = [f"{first} {tenant}", *(f"{text} {_OWN_TENANT}" for text in own)]
        write_private(tokens, ("\n".join(lines) + "\n").encode())
    return first


def _own_key(file: Path, target: Path, note: str) -> str:
    """Return the text of a key of the stack's own, made if it is not there."""
    if not target.exists():
        _, text = keys.create(file, _OWN_TENANT, note=note)
        write_private(target, text.encode())
    return target.read_text("utf-8").strip()
