"""``otel-kit stack check --live``: whether a stack that runs does what it is there for, asked through its Grafana."""

from otel_kit.stack.live.findings import Finding, Outcome
from otel_kit.stack.live.run import Target, check

__all__ = ["Finding", "Outcome", "Target", "check"]
