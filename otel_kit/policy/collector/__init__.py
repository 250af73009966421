"""The policy as a configuration of the Collector: one file, rendered, never edited."""

from otel_kit.policy.collector.document import Rendered, render

__all__ = ["Rendered", "render"]
