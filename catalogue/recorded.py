"""``recorded.yaml``: what the components call their metrics, as ``python -m catalogue.record`` wrote it down."""

from __future__ import annotations

from pathlib import Path
from typing import Final

RECORDED: Final = Path(__file__).with_name("recorded.yaml")
