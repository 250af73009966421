"""The file of API keys as ingest_guard reads it, written by hand: it is the contract between Python and Go."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_UNLIMITED = {"requests_per_second": 0, "burst": 0, "bytes_per_second": 0, "byte_burst": 0}


@dataclass(frozen=True)
class Key:
    """One key: what a sender shows (``text``), and what the file says of it. Without limits, unless they are given."""

    id: str
    tenant: str = "tests"
    is_trusted: bool = False
    expires: str | None = None
    limits: Mapping[str, float] = field(default_factory=lambda: dict(_UNLIMITED))
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    @property
    def text(self) -> str:
        """``otk_<id>_<43 characters of URL-safe base64>``."""
        return f"otk_{self.id}_{base64.urlsafe_b64encode(self.secret).decode().rstrip('=')}"

    @property
    def row(self) -> dict[str, Any]:
        """Its entry in the file: the hash, never the text."""
        return {
            "id": self.id,
            "tenant": self.tenant,
            "sha256": hashlib.sha256(self.text.encode()).hexdigest(),
            "created": "2026-01-01T00:00:00Z",
            "expires": self.expires,
            "trusted_redaction": self.is_trusted,
            **self.limits,
        }


def write_keys(path: Path, *keys: Key) -> None:
    """Put the keys in the place of those that were there, in one step."""
    half = path.with_name(path.name + ".part")
    half.touch(mode=0o600)
    half.write_text(json.dumps({"version": 1, "keys": [key.row for key in keys]}))
    os.replace(half, path)
