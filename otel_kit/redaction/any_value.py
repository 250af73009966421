"""What an attribute may be on the wire."""

from __future__ import annotations

from typing import TypeAlias, Union

# *Source:* opentelemetry-proto, common.v1.AnyValue.
AnyValue: TypeAlias = Union[bool, int, float, str, bytes, "list[AnyValue]", "dict[str, AnyValue]", None]
