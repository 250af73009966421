"""The keys that the gateway's ``ingest_guard`` lets in: made, listed and revoked in the JSON file that it reads.

The file holds the SHA-256 of each key and never the key itself; the guard reads it again when it changes.
"""

from __future__ import annotations

from otel_kit.stack.keys.file import create, read, revoke
from otel_kit.stack.keys.key import OLD_AFTER, Key, Limits

__all__ = ["OLD_AFTER", "Key", "Limits", "create", "read", "revoke"]
