"""The keys that a new stack needs: the first service's, and one for each part of it that sends to the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from otel_kit.stack import keys
from otel_kit.stack.initialise.options import STOCK, overlays_of
from otel_kit.stack.initialise.writing import new_secret, write_private

_EMPTY: Final = b'{"version": 1, "keys": []}\n'
OWN_TENANT: Final = "otel-kit"
TOKENS: Final = "collector/tokens"
"""The keys of the stock image, in the clear: only there while it is the one that runs."""
_AGENT_TOKENS: Final = "agent/tokens"
_FILE: Final = "collector/keys.json"
_AGENT: Final = "agent/gateway.key"
_HEADER: Final = "Authorization: Bearer "
_HISTORY: Final = "alerts/history.key"


def make_own(secrets: Path, variables: Mapping[str, str]) -> None:
    """Make the keys of the stack's own senders that are missing: the agent's, and Alertmanager's for its history.

    Raises:
        ConfigError: the key file cannot be used.
        OSError: a file cannot be written.
    """
    # The agent sends the line as it stands there.
    _own_key(secrets, _AGENT, "agent", _HEADER)
    if not (secrets / "agent" / "keys.json").exists():
        write_private(secrets / "agent" / "keys.json", _EMPTY)
    if variables.get("STACK_COLLECTOR_IMAGE") == STOCK and not (secrets / _AGENT_TOKENS).exists():
        # Nobody sends to the agent, but the stock image does not start without one.
        write_private(secrets / _AGENT_TOKENS, new_secret())
    if has_history(variables):
        _own_key(secrets, _HISTORY, "alertmanager")


def make_first(secrets: Path, tenant: str, variables: Mapping[str, str]) -> str | None:
    """Make a key for a service if there is none, and return its text, which is nowhere else; None if there is one.

    The stock image compares the keys themselves: for it they are written down as well.

    Raises:
        ConfigError: the key file cannot be used.
        OSError: a file cannot be written.
    """
    file, tokens = secrets / _FILE, secrets / TOKENS
    is_stock = variables.get("STACK_COLLECTOR_IMAGE") == STOCK
    if any(key.tenant != OWN_TENANT for key in keys.read(file)) and (tokens.exists() or not is_stock):
        return None
    _, first = keys.create(file, tenant, note="the first key")
    if is_stock:
        agent = (secrets / _AGENT).read_text("utf-8").strip().removeprefix(_HEADER)
        write_private(tokens, f"{first} {tenant}\n{agent} {OWN_TENANT}\n".encode())
    return first


def change_image(secrets: Path, variables: Mapping[str, str]) -> str | None:
    """Take away the keys in the clear where no image reads them; return what a change of image means for services.

    Called before the keys are made.

    Raises:
        ConfigError: the key file cannot be used.
        OSError: a file cannot be taken away.
    """
    tokens = secrets / TOKENS
    if variables.get("STACK_COLLECTOR_IMAGE") == STOCK:
        if tokens.exists() or all(key.tenant == OWN_TENANT for key in keys.read(secrets / _FILE)):
            return None
        return (
            "Keys of before do not open the upstream image, which knows those in secrets/collector/tokens only: "
            "give every service the key below, or put a line there for each."
        )
    (secrets / _AGENT_TOKENS).unlink(missing_ok=True)
    if not tokens.exists():
        return None
    tokens.unlink()
    return (
        "secrets/collector/tokens, with keys in the clear, was taken away. The one that init made is still valid: "
        "`otel-kit keys list` and `revoke`, if others may have read it. Lines of your own there are of no use any more."
    )


def has_history(variables: Mapping[str, str]) -> bool:
    """Tell whether Alertmanager's notifications are kept: its overlay is chosen and the image can load it."""
    return "notifications" in overlays_of(variables) and variables.get("STACK_COLLECTOR_IMAGE") != STOCK


def _own_key(secrets: Path, name: str, note: str, head: str = "") -> None:
    if not (secrets / name).exists():
        _, text = keys.create(secrets / _FILE, OWN_TENANT, note=note)
        write_private(secrets / name, f"{head}{text}".encode())
