"""The JSON API and the page, as one ASGI application: one module for each topic of the page."""

from otel_kit.local.api.application import new_api
from otel_kit.local.api.viewer import Viewer

__all__ = ["Viewer", "new_api"]
