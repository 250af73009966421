"""What the kit's decorators of functions record, and what goes into a queue's message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.surfaces.cell import Cell, card, mail, not_sent, password

TRACED = "@traced"
CARRIER = "inject()"
ALLOWED = "Only names that `baggage.allow` lists leave."
CAPTURE = "Only arguments that `capture` names are recorded."
ARGUMENT = "otel_kit.function.argument"


def _traced() -> Iterator[Cell]:
    yield mail("argument: text", TRACED)
    yield card("argument: whole number", TRACED)
    yield mail("argument: in a list", TRACED)
    yield mail("argument: an object's text", TRACED)
    yield password("argument: the name says it", TRACED, f"{ARGUMENT}.password=[REDACTED:password]")
    yield not_sent("argument that is not captured", TRACED, CAPTURE)
    yield mail("exception: message", TRACED)
    yield mail("span: name", TRACED)
    yield mail("attribute of the decorator", TRACED)


def _carrier() -> Iterator[Cell]:
    for surface in ("bound value", "baggage"):
        cell = mail(f"message header: {surface}", CARRIER, outlet="headers")
        shown = cell.shown.replace("a***@", "a%2A%2A%2A%40")
        yield replace(cell, shown=shown, raw=cell.raw.replace("@", "%40"))
        yield not_sent(f"message header: {surface} that is not allowed", CARRIER, ALLOWED, outlet="headers")
    yield mail("message header: trace state", CARRIER, outcome="removed", shown="", outlet="headers")


CELLS = (*_traced(), *_carrier())
