"""The folder `.otel-kit` that commands make where they are run: what lies where in it, and that git leaves it alone."""

from __future__ import annotations

from pathlib import Path
from typing import Final

OWN_FOLDER: Final = Path(".otel-kit")
STATE: Final = OWN_FOLDER / "stack"
"""Data, logs and keys of the native stack, unless another folder is named."""
KEYS: Final = Path("secrets") / "keys.json"
"""The ingest keys, below the state of a native stack."""
KEYS_FILE: Final = STATE / KEYS
