"""The tables of docs/collector.md: variables of the gateway, of an agent and of TLS; what redaction costs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks import figures
from otel_kit.stack import assets
from otel_kit.stack.variables import VARIABLES

FILES = ("gateway.yaml", "agent.yaml", "overlays/lgtm.yaml", "overlays/tls.yaml", "overlays/mtls.yaml")
"""The configurations whose variables stand in the table; the other overlays have a page of their own."""

_READ = re.compile(r"\$\{env:(OTELCOL_\w+)")
_RATES, _COSTS = "each CPU second", "CPU time against no redaction"


def variables() -> Iterator[str]:
    """Yield the table of variables, in the order of ``otel_kit.stack.variables``."""
    readers = {file: set(_READ.findall((assets.root() / "collector" / file).read_text())) for file in FILES}
    yield "| variable | default | meaning |"
    yield "|---|---|---|"
    for row in VARIABLES:
        if files := [file for file, read in readers.items() if row.name in read]:
            by = ", ".join(f"`{Path(file).stem}`" for file in files)
            required = "none, required" if FILES[0] in files else f"none, required by {by}"
            default = required if row.default is None else f"`{row.default}`" if row.default else ""
            yield f"| `{row.name}` | {default} | {row.sentence} |"


def costs() -> Iterator[str]:
    """Yield the figures of ``python -m benchmarks.collector``."""
    result = figures.read("collector")
    if result is None:
        yield "Not measured yet: `python -m benchmarks.collector`."
        return
    versions = result["versions"]
    yield f"Policy `{versions['policy']}`, {versions['machine']}."
    yield ""
    (first, spans), (second, records) = result["figures"].items()
    yield f"| | {first}, each CPU second | {second}, each CPU second | CPU time against no redaction |"
    yield "|---|---|---|---|"
    for name, cost in spans[_COSTS].items():
        rates = [_two(kind[_RATES][name]["median"]) for kind in (spans, records)]
        yield f"| {name} | {rates[0]} | {rates[1]} | {cost:.0f}, {records[_COSTS][name]:.0f} |"


def _two(rate: float) -> str:
    """Return a rate to two digits: the rest is noise."""
    return f"{float(f'{rate:.2g}'):,.0f}"
