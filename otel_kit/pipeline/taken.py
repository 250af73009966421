"""A record on its way from the Guard to the lane and the sinks: redacted once, by whoever comes first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class Taken:
    """A record in an intake: raw, or a copy that is redacted already."""

    __slots__ = ("record", "redacted")

    def __init__(self, record: Any, redacted: bool) -> None:
        self.record = record
        self.redacted = redacted

    def copy(self, make: Callable[[Any], Any]) -> Any:
        """Return the redacted copy; ``make`` makes it if nobody has."""
        return self.record if self.redacted else make(self.record)


class SharedTaken(Taken):
    """A record that several threads take: its copy is made once and replaces the raw record."""

    __slots__ = ("_lock",)

    def __init__(self, record: Any, redacted: bool) -> None:
        super().__init__(record, redacted)
        self._lock = threading.Lock()

    def copy(self, make: Callable[[Any], Any]) -> Any:
        """Return the redacted copy. Thread-safe; blocks while another thread makes it."""
        if not self.redacted:  # set last, below: whoever sees it sees the copy
            with self._lock:
                if not self.redacted:
                    self.record = make(self.record)
                    self.redacted = True
        return self.record
