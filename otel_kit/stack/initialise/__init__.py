"""``otel-kit stack init``: the complete, editable stack in a folder, with certificates, secrets and a key."""

from __future__ import annotations

from otel_kit.stack.initialise.options import IMAGES, Options, has_tls, overlays_of
from otel_kit.stack.initialise.run import Done, initialise, settings_of

__all__ = ["IMAGES", "Done", "Options", "has_tls", "initialise", "overlays_of", "settings_of"]
