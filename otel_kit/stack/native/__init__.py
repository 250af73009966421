"""The stack as processes of this machine: the same files as in containers, only addresses and folders differ."""

from __future__ import annotations

from otel_kit.stack.native.layout import Layout
from otel_kit.stack.native.processes import ComponentFailed, Interrupted
from otel_kit.stack.native.stack import Addresses, Options, Stack
from otel_kit.stack.native.wiring import FIXED_PORTS, PORTS

__all__ = ["FIXED_PORTS", "PORTS", "Addresses", "ComponentFailed", "Interrupted", "Layout", "Options", "Stack"]
