"""What the kit itself says: in its log, in kit.status(), and in the line at exit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.surfaces.cell import Cell, mail, not_sent

WAY = "the kit itself"
NEVER_SAID = "The kit's own messages leave it out, with or without redaction."
ALWAYS = "A backend's words are redacted by the shipped policy in any case."
SURFACES = (
    "endpoint: user and password",
    "endpoint: query",
    "endpoint: header",
    "bad setting: endpoint",
    "bad setting: unknown key",
    "conflicting setting: endpoint",
    "conflicting setting: header",
    "fault of a processor",
    "backend that is not ready",
)


def _cells() -> Iterator[Cell]:
    for surface in SURFACES:
        yield replace(not_sent(surface, WAY, NEVER_SAID), outlet="stderr")
    yield mail("bad setting: value", WAY, outlet="stderr")
    yield mail("bad policy: example", WAY, outlet="stderr", why_not_raw="Without redaction no policy is read.")
    yield mail("fault of a callback, in the log of OpenTelemetry", WAY, outlet="stderr")
    words = {"why_not_raw": ALWAYS}
    yield mail("refusal by the backend, in the log", WAY, outlet="stderr", **words)
    yield mail("refusal by the backend, in kit.status()", WAY, outlet="status", **words)


CELLS = tuple(_cells())
