"""Ids of traces, spans and requests."""

from __future__ import annotations

import re

from opentelemetry.sdk.trace.id_generator import IdGenerator

from otel_kit.chance import generator

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# The shortest numbers of cards; one id in thirty has such a run.
_LIKE_A_CARD = re.compile(r"[0-9]{12}")


class OwnIdGenerator(IdGenerator):
    """Ids for spans and traces. Thread-safe."""

    def generate_span_id(self) -> int:
        """Return a random 64-bit id that is not zero."""
        return generator.getrandbits(64) or self.generate_span_id()

    def generate_trace_id(self) -> int:
        """Return a random 128-bit id that is not zero."""
        return generator.getrandbits(128) or self.generate_trace_id()

    def is_trace_id_random(self) -> bool:
        """All bits are random (W3C Trace Context level 2, random-trace-id flag)."""
        return True


def new_request_id() -> str:
    """Return 128 random bits in hexadecimal, without a run of digits that redaction could take for a card's."""
    drawn = f"{generator.getrandbits(128):032x}"
    return new_request_id() if _LIKE_A_CARD.search(drawn) else drawn


def is_request_id(text: str) -> bool:
    """Whether a text may serve as a request id: it ends up in headers, logs and searches."""
    return _REQUEST_ID.fullmatch(text) is not None
