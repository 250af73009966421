"""``otel-kit health``: how several services are, in one table, once or again and again."""

from otel_kit.cli.health.command import add_parser

__all__ = ["add_parser"]
