"""The queue in memory: bounded by bytes and records, newest dropped first, every drop counted by the caller."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence

from otel_kit.pipeline.seams import Encoded, Lease, QueueStats


class MemoryQueue:
    """A ``Queue`` that keeps its entries in memory. One reader at a time, any number of writers."""

    def __init__(self, max_bytes: int, max_items: int) -> None:
        self._max_bytes = max_bytes
        self._max_items = max_items
        self.after_fork()

    def after_fork(self) -> None:
        """Be empty and unlocked, whatever the parent's threads were doing."""
        # Re-entrant: a signal handler or finaliser that logs may interrupt the holder on its own thread.
        self._lock = threading.RLock()
        self._entries: deque[Encoded] = deque()
        self._lent: Lease | None = None
        self._tickets = 0
        self._size = 0
        self._count = 0

    def put(self, encoded: Encoded) -> bool:
        """Take an entry; False when it would exceed a bound."""
        with self._lock:
            if self._size + encoded.size > self._max_bytes or self._count + encoded.count > self._max_items:
                return False
            self._entries.append(encoded)
            self._size += encoded.size
            self._count += encoded.count
            return True

    def peek(self, max_bytes: int) -> Lease | None:
        """Lend the oldest entry; the same one again until it is acknowledged."""
        with self._lock:
            if self._lent is None and self._entries:
                self._tickets += 1
                self._lent = Lease(self._entries.popleft(), self._tickets)
            return self._lent

    def ack(self, lease: Lease) -> None:
        """Forget the lent entry."""
        with self._lock:
            if self._take_back(lease):
                self._size -= lease.encoded.size
                self._count -= lease.encoded.count

    def nack(self, lease: Lease, remainder: Sequence[Encoded] = ()) -> None:
        """Put the lent entry, or its remainder, back to the head; bounds do not apply to what was in already."""
        with self._lock:
            if self._take_back(lease):
                back = remainder or (lease.encoded,)
                self._size += sum(part.size for part in back) - lease.encoded.size
                self._count += sum(part.count for part in back) - lease.encoded.count
                self._entries.extendleft(reversed(back))

    def stats(self) -> QueueStats:
        """Return what waits, the lent entry included."""
        with self._lock:
            return QueueStats(len(self._entries) + (self._lent is not None), self._count, self._size)

    def drain(self) -> Iterator[Encoded]:
        """Remove and yield everything, the lent entry first."""
        with self._lock:
            entries = ([self._lent.encoded] if self._lent else []) + list(self._entries)
            self._entries.clear()
            self._lent = None
            self._size = self._count = 0
        yield from entries

    def _take_back(self, lease: Lease) -> bool:
        if self._lent is None or self._lent.ticket != lease.ticket:
            return False
        self._lent = None
        return True
