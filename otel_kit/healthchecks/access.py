"""Who may see the inside: whoever sends the key as a bearer token (RFC 6750)."""

from __future__ import annotations

import hashlib
import hmac
import logging
from dataclasses import dataclass, field
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
    """Knows the key, by its hash; follows the key's file when it is replaced. Thread-safe."""

    def __init__(self, options: HealthOptions) -> None:
        self._path = None if options.key or options.key_file is None else Path(options.key_file)
        self._known = _Known(None, _digest(options.key) if options.key else None)
        if self._path is not None:
            self._known = _read(self._path)

    def caller(self, authorization: str | None) -> Caller:
        """Return who sent this header. A bearer token that is not the key is refused, as any is without a key."""
        scheme, _, token = (authorization or "").strip().partition(" ")
        if scheme.lower() != "bearer":
            return Caller.ANONYMOUS
        if self._path is not None and _fingerprint(self._path) != self._known.fingerprint:
            self._known = _read(self._path)
        # Hashes are as long as each other: neither content nor length of the key shows in the time this takes.
        fits = hmac.compare_digest(_digest(token.strip()), self._known.digest or b"")
        return Caller.AUTHORISED if fits else Caller.REFUSED


@dataclass(frozen=True, slots=True)
class _Known:
    """A key's hash, None without a key, and what its file looked like."""

    fingerprint: tuple[int, ...] | None
    digest: bytes | None = field(repr=False)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def _fingerprint(path: Path) -> tuple[int, ...] | None:
    """Return what changes when a file is replaced or written; None when it is not there."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _read(path: Path) -> _Known:
    fingerprint = _fingerprint(path)
    try:
        with path.open(encoding="utf-8") as file:
            key = file.read(_LONGEST_KEY).strip()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        _log.warning("health.key_file cannot be read (%s): nobody sees the internals of /health", why)
        return _Known(fingerprint, None)
    if not key:
        _log.warning("health.key_file is empty: nobody sees the internals of /health")
    return _Known(fingerprint, _digest(key) if key else None)
