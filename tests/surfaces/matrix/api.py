"""What the API of OpenTelemetry takes: each signal's own texts, and what stands around them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.surfaces.cell import Cell, card, encoded, key, mail, not_sent, password, token, two_mails
from tests.surfaces.matrix.attributes import NO_LOCALS, attribute_cells

NO_LINK_STATE = "OpenTelemetry's encoder does not send it; other processors get it without such entries."
RESOURCE = "all signals"
RESOURCES = {"traces": "resource_spans", "logs": "resource_logs", "metrics": "resource_metrics"}
ITEMS = {"traces": "spans", "logs": "log_records", "metrics": "data_points"}


def _attributes(way: str) -> Iterator[Cell]:
    yield from attribute_cells(way)
    yield password(
        "attribute: JSON in a string", way, f'"{key("attribute: JSON in a string", way)}":"[REDACTED:password]"'
    )
    yield mail("URL: path", way, before="https://shop.example/customers/", after="/orders")
    yield mail("URL: query", way, before="https://shop.example/?page=1&to=")
    yield encoded("URL: query, percent-encoded", way, 1, before="https://shop.example/?to=")
    yield encoded("URL: query, percent-encoded twice", way, 2, before="https://shop.example/?to=")
    yield mail("URL: fragment", way, before="https://shop.example/#to=")
    yield password("URL: user and password", way, "https://ada:[REDACTED:url_password]@shop.example/")
    yield mail(
        "SQL literal", way, before=f"SELECT * FROM {way} WHERE mail = '", after="'", shown=f"FROM {way} WHERE mail = ?"
    )
    yield password(
        "header", way, f"{ITEMS[way]}.attributes.http.request.header.authorization=Bearer [REDACTED:authorization]"
    )
    yield password("cookie", way, f"{ITEMS[way]}.attributes.http.request.header.cookie=basket=[REDACTED:cookie]")


def _around(way: str) -> Iterator[Cell]:
    for part in ("name", "version", "schema URL"):
        yield mail(f"scope: {part}", way)
    yield mail("scope: attribute", way)
    for cell in _resource():
        shown = f"{RESOURCES[way]}.resource.attributes.{cell.shown}"
        yield replace(cell, way=way, shown=shown)


def _resource() -> Iterator[Cell]:
    """Yield the cells of the resource, which all signals share."""
    for name, surface in (
        ("owner", "attribute"), ("service.name", "service.name"), ("service.instance.id", "service.instance.id")
    ):  # fmt: skip
        cell = mail(f"resource: {surface}", RESOURCE)
        yield replace(cell, shown=f"{name}={cell.shown}")
    cell = mail("resource: the key itself", RESOURCE)
    yield replace(cell, shown=f"{cell.shown}=1")
    yield password("resource: the key says it", RESOURCE)


def _exceptions(way: str) -> Iterator[Cell]:
    yield mail("exception: message", way, before="no mail to ")
    yield card("exception: cause", way)
    yield token("exception: note", way)
    yield mail("exception: in a group", way)
    yield mail("exception: source line", way)
    yield not_sent("exception: local variables", way, NO_LOCALS)


def _traces() -> Iterator[Cell]:
    way = "traces"
    yield mail("span name", way, before="mail to ")
    yield from _attributes(way)
    yield mail("event: name", way)
    yield mail("event: attribute", way)
    yield password("event: the key says it", way)
    yield mail("event: nested map", way)
    yield mail("event: the key itself", way)
    yield mail("link: attribute", way)
    yield password("link: the key says it", way)
    yield mail("link: the key itself", way)
    yield not_sent("link: trace state", way, NO_LINK_STATE)
    yield card("status text", way)
    yield mail("trace state", way, outcome="removed", shown="")
    yield password("trace state, the key says it", way, "", outcome="removed")
    yield card("trace state, its key", way, outcome="removed", shown="")
    yield from _exceptions(way)
    yield mail("bound context", way)
    yield from _around(way)


def _logs() -> Iterator[Cell]:
    way = "logs"
    yield mail("body: text", way, before="mail to ")
    yield mail("body: map", way)
    yield password("body: map, the key says it", way)
    yield mail("body: map, the key itself", way)
    yield card("body: list", way)
    yield mail("body: bytes", way)
    yield from _attributes(way)
    yield mail("event: name", way)
    yield mail("severity text", way)
    yield from _exceptions(way)
    yield mail("bound context", way)
    yield from _around(way)


def _metrics() -> Iterator[Cell]:
    way = "metrics"
    yield from _attributes(way)
    for kind in ("counter", "up-down counter", "gauge", "histogram", "observable counter", "observable gauge"):
        yield two_mails(f"points that become one: {kind}", way)
    name = token("metric: name", way)
    yield replace(name, shown=f"metrics.name=n.{name.shown.replace(' ', '/')}")
    yield mail("metric: description", way)
    yield mail("metric: unit", way)
    yield from _around(way)


CELLS = (*_traces(), *_logs(), *_metrics())
