"""Names in pipelines that stand for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from otel_kit.errors import Fault, nearest
from otel_kit.stack.check.layers import Merged, names

# A connector is the exporter of one pipeline and the receiver of another.
_SECTIONS: Final = {
    "receivers": ("receivers", "connectors"),
    "processors": ("processors",),
    "exporters": ("exporters", "connectors"),
}


def undefined(merged: Merged) -> Iterator[Fault]:
    """Yield a fault for each name in a pipeline that no section defines."""
    for pipeline, row in merged.pipelines().items():
        for role, sections in _SECTIONS.items():
            known = [name for section in sections for name in merged.section(section)]
            for name in names(row, role):
                if name in known:
                    continue
                close = nearest(name, known)
                yield Fault(
                    merged.where("service", "pipelines", pipeline, role),
                    f"pipeline {pipeline} names {name} in {role}, which no file defines",
                    f"did you mean {close}?" if close else "",
                    "" if close else f"Define it under {' or '.join(sections)}, or load the overlay that does.",
                )
