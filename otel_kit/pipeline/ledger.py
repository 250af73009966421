"""The account of every record: created = delivered + rejected + dropped + waiting, exactly, per signal."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from otel_kit.settings import Signal

# Reasons for a drop.
QUEUE_FULL = "queue_full"
ENCODE_FAILED = "encode_failed"
TOO_LARGE = "too_large"
EXIT = "exit"
SHUT_DOWN = "shut_down"
DROP_REASONS = (QUEUE_FULL, ENCODE_FAILED, TOO_LARGE, EXIT, SHUT_DOWN)


@dataclass(frozen=True, slots=True)
class Account:
    """One signal's figures since the process started; for metrics a record is a point."""

    created: int
    encoded: int
    delivered: int
    retried: int
    rejected: int
    dropped: Mapping[str, int]
    last_error: str = ""

    @property
    def waiting(self) -> int:
        """Records that are neither delivered nor lost yet."""
        return self.created - self.settled

    @property
    def settled(self) -> int:
        """Records whose fate is decided."""
        return self.delivered + self.rejected + sum(self.dropped.values())


class Ledger:
    """Counts one signal. Thread-safe; each method is a few increments under a lock."""

    def __init__(self, signal: Signal) -> None:
        self.signal: Signal = signal
        # Re-entrant: a signal handler that logs may interrupt the holder on its own thread.
        self._lock = threading.RLock()
        self._reset()

    def _reset(self) -> None:
        self._created = self._encoded = self._delivered = self._retried = self._rejected = 0
        self._dropped: Counter[str] = Counter()
        self._last_error = ""

    def created(self, count: int = 1) -> None:
        """Records entered the pipeline."""
        with self._lock:
            self._created += count

    def encoded(self, count: int) -> None:
        """Records became bytes."""
        with self._lock:
            self._encoded += count

    def delivered(self, count: int, rejected: int = 0, why: str = "") -> None:
        """The backend answered: it has ``count`` records and refused ``rejected`` more."""
        with self._lock:
            self._delivered += count
            self._rejected += rejected
            self._last_error = why if rejected else ""

    def retried(self, count: int, why: str) -> None:
        """A request failed and its records will be sent again."""
        with self._lock:
            self._retried += count
            self._last_error = why

    def rejected(self, count: int, why: str) -> None:
        """The backend refused records for good."""
        with self._lock:
            self._rejected += count
            self._last_error = why

    def dropped(self, count: int, reason: str) -> None:
        """The kit gave records up."""
        if count:
            with self._lock:
                self._dropped[reason] += count

    def account(self) -> Account:
        """Return the figures as they are now, consistent with each other."""
        with self._lock:
            return Account(
                self._created,
                self._encoded,
                self._delivered,
                self._retried,
                self._rejected,
                dict(self._dropped),
                self._last_error,
            )

    def after_fork(self) -> None:
        """Start from zero: a child does not repeat its parent's counts, and its parent's lock may be held."""
        self._lock = threading.RLock()
        self._reset()
