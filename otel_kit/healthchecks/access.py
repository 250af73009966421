"""Who may see the inside: whoever sends the key as a bearer token (RFC 6750)."""

from __future__ import annotations

import hashlib
import hmac
import logging
from enum import Enum, auto
from pathlib import Path

from otel_kit.settings.health_options import HealthOptions

_log = logging.getLogger(__name__)
_LONGEST_KEY = 4096


class Caller(Enum):
    """What a request may be told."""

    ANONYMOUS = auto()
    AUTHORISED = auto()
    REFUSED = auto()


class Access:
    """Knows the key, by its hash. Immutable: other settings make another one."""

    def __init__(self, options: HealthOptions) -> None:
        key = options.key or _from_file(options.key_file)
        self._digest = _digest(key) if key else None

    def caller(self, authorization: str | None) -> Caller:
        """Return who sent this header. A bearer token that is not the key is refused, as any is without a key."""
        scheme, _, token = (authorization or "").strip().partition(" ")
        if scheme.lower() != "bearer":
            return Caller.ANONYMOUS
        # Hashes are as long as each other: neither content nor length of the key shows in the time this takes.
        fits = hmac.compare_digest(_digest(token.strip()), self._digest or b"")
        return Caller.AUTHORISED if fits else Caller.REFUSED


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def _from_file(path: str | None) -> str | None:
    if path is None:
        return None
    try:
        with Path(path).open(encoding="utf-8") as file:
            key = file.read(_LONGEST_KEY).strip()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        _log.warning("health.key_file cannot be read (%s): nobody sees the internals of /health", why)
        return None
    if not key:
        _log.warning("health.key_file is empty: nobody sees the internals of /health")
    return key or None
