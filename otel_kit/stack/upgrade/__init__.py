"""``otel-kit stack upgrade``: what a new release changes in a stack's folder, without losing edits."""

from __future__ import annotations

from otel_kit.stack.upgrade.applying import apply
from otel_kit.stack.upgrade.comparing import Change, Comparison, Image, compare

__all__ = ["Change", "Comparison", "Image", "apply", "compare"]
