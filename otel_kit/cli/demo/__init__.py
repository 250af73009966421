"""``otel-kit demo``: the example shop under traffic, sent to a viewer of its own; ``--check`` proves what it shows."""

from otel_kit.cli.demo.command import add_parser

__all__ = ["add_parser"]
