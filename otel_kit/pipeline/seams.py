"""The types that the pipeline's parts hand to each other; later work replaces one side of a seam only.

items --encode--> Encoded --put--> Queue --peek--> Lease --send--> Delivered | Retry | Rejected | TooLarge
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor
from otel_kit.settings import Signal

_WORDS = 1000  # of a backend, that are looked at; beyond what is shown, so that no value is cut before it is found


class Item(NamedTuple):
    """One serialised Span, LogRecord or Metric message, and how many records (for metrics: points) it holds."""

    data: bytes
    records: int


@dataclass(frozen=True, slots=True)
class ScopeItems:
    """Items of one instrumentation scope. ``scope`` is a serialised InstrumentationScope message."""

    scope: bytes
    schema_url: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Encoded:
    """OTLP bytes in per-record units, so that they can be split, stored and accounted for one by one.

    ``resource`` is a serialised Resource message, ``policy`` the id of the redaction policy that shaped the items,
    ``count`` the records in all scopes and ``size`` about the bytes of the request.
    """

    signal: Signal
    lane: str
    policy: str
    resource: bytes
    schema_url: str
    scopes: tuple[ScopeItems, ...]
    count: int
    size: int

    def request(self) -> bytes:
        """Return a serialised ExportTraceServiceRequest, ExportLogsServiceRequest or ExportMetricsServiceRequest.

        The three share their field numbers down to the items (opentelemetry-proto 1.x: Resource* 1 resource,
        2 scope_*, 3 schema_url; Scope* 1 scope, 2 items, 3 schema_url), so one assembly serves all. Requests
        concatenate to a valid one, as all protobuf messages with repeated fields do.
        """
        parts = [_field(1, self.resource)]
        for scope in self.scopes:
            members = [_field(1, scope.scope)]
            members += [_field(2, item.data) for item in scope.items]
            if scope.schema_url:
                members.append(_field(3, scope.schema_url.encode()))
            parts.append(_field(2, b"".join(members)))
        if self.schema_url:
            parts.append(_field(3, self.schema_url.encode()))
        return _field(1, b"".join(parts))

    def halves(self) -> tuple[Encoded, Encoded] | None:
        """Return the two halves by number of items, or None when there is one item only."""
        flat = [(scope, item) for scope in self.scopes for item in scope.items]
        if len(flat) < 2:
            return None
        middle = len(flat) // 2
        return self._with(flat[:middle]), self._with(flat[middle:])

    def _with(self, flat: Sequence[tuple[ScopeItems, Item]]) -> Encoded:
        grouped: dict[int, tuple[ScopeItems, list[Item]]] = {}
        for scope, item in flat:
            grouped.setdefault(id(scope), (scope, []))[1].append(item)
        scopes = tuple(replace(scope, items=tuple(items)) for scope, items in grouped.values())
        return replace(self, scopes=scopes, count=count_of(scopes), size=size_of(self.resource, scopes))


def count_of(scopes: Sequence[ScopeItems]) -> int:
    """Return the number of records in ``scopes``."""
    return sum(item.records for scope in scopes for item in scope.items)


def size_of(resource: bytes, scopes: Sequence[ScopeItems]) -> int:
    """Return the bytes of a request with these parts, give or take its length prefixes."""
    return len(resource) + sum(len(scope.scope) + sum(len(item.data) + 4 for item in scope.items) for scope in scopes)


def _field(number: int, payload: bytes) -> bytes:
    """Return a length-delimited protobuf field (protobuf encoding guide, wire type 2)."""
    return bytes(((number << 3) | 2,)) + _varint(len(payload)) + payload


def _varint(value: int) -> bytes:
    if value < 0x80:
        return bytes((value,))
    out = bytearray()
    while value >= 0x80:
        out.append((value & 0x7F) | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


@dataclass(frozen=True, slots=True)
class Delivered:
    """The backend has it; ``rejected`` records it refused by partial success, with its reason."""

    rejected: int = 0
    why: str = ""


def shown(reply: str) -> str:
    """Return a backend's words for a log line or a status: one line, short, redacted: it may quote what it was sent."""
    line = "".join(character if character.isprintable() else " " for character in reply[:_WORDS])
    return default_redactor().text(line, Findings())[:200]


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now. ``after_s`` is the backend's wish (``Retry-After``, RetryInfo), else None."""

    after_s: float | None
    why: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The backend will never take it."""

    count: int
    why: str


@dataclass(frozen=True, slots=True)
class TooLarge:
    """The request is larger than the backend takes: split it."""

    why: str


Outcome = Delivered | Retry | Rejected | TooLarge


class Sender(Protocol):
    """Sends one request. Retry lives in the worker, never here.

    ``send`` is called by one thread at a time, blocks at most ``timeout_s`` and does not raise.
    """

    @property
    def target(self) -> str:
        """Where it sends, for messages to a person; holds no secret."""

    def send(self, encoded: Encoded, timeout_s: float) -> Outcome:
        """Send and say what became of it."""

    def close(self) -> None:
        """Close the connection; a later ``send`` opens a new one."""

    def after_fork(self) -> None:
        """Forget the parent's connection without touching it."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The oldest entry of a queue, lent until ``ack`` or ``nack``."""

    encoded: Encoded
    ticket: int


@dataclass(frozen=True, slots=True)
class QueueStats:
    """What waits."""

    entries: int
    count: int
    size: int


class Queue(Protocol):
    """Holds what is encoded until it is delivered. All methods are thread-safe and do not block on I/O of a network."""

    def put(self, encoded: Encoded) -> bool:
        """Take an entry; False when it is full and the entry was not taken."""

    def peek(self, max_bytes: int) -> Lease | None:
        """Lend the oldest entry, or None. An entry larger than ``max_bytes`` is lent alone."""

    def ack(self, lease: Lease) -> None:
        """The lent entry is done with: forget it."""

    def nack(self, lease: Lease, remainder: Sequence[Encoded] = ()) -> None:
        """Give the lent entry back, or what remains of it, to the head of the queue."""

    def stats(self) -> QueueStats:
        """Return what waits, lent entries included."""

    def drain(self) -> Iterator[Encoded]:
        """Remove and yield everything."""

    def after_fork(self) -> None:
        """Be empty in a forked child, whose parent sends what was waiting."""
