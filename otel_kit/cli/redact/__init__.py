"""``otel-kit redact``: a user's own data through the redaction, one line out for each line in."""

from otel_kit.cli.redact.command import add_parser

__all__ = ["add_parser"]
