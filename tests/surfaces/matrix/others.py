"""What comes from providers of somebody else, which were there before the kit: the kit's own lane beside them."""

from __future__ import annotations

from collections.abc import Iterator

from tests.surfaces.cell import Cell, mail, not_sent, password, two_mails

WAY = "other providers"
ALWAYS = "It redacts in any case: the setting is the kit's."
FILTERED = "What a View takes off a point; the kit's own provider has no Views."


def _cells() -> Iterator[Cell]:
    yield mail("span name", WAY)
    yield mail("attribute: text", WAY)
    yield password("attribute: the key says it", WAY)
    yield mail("trace state", WAY, outcome="removed", shown="")
    yield mail("body: text", WAY)
    yield mail(
        "metric: name by a View", WAY, shown="metrics.name=a***@metric-name-by-a-view.other-providers.example.com"
    )
    yield mail("exemplar: filtered attribute", WAY, note=FILTERED)
    yield password("exemplar: filtered, the key says it", WAY, note=FILTERED)
    for kind in ("counter", "histogram", "exponential histogram", "gauge"):
        yield two_mails(f"points that become one: {kind}", WAY)
    yield mail("scope: schema URL", WAY)
    yield mail("resource: attribute", WAY)
    yield not_sent("resource: service.instance.id", WAY, "The kit writes the id of its own instance there.")
    yield mail("resource: schema URL", WAY)
    for exporter in ("ConsoleSpanExporter", "ConsoleLogRecordExporter", "ConsoleMetricExporter"):
        yield mail(f"{exporter} within redacting()", WAY, outlet="stdout", why_not_raw=ALWAYS)


CELLS = tuple(_cells())
