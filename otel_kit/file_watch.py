"""A watch over a few small files: says when what stands in them has changed."""

from __future__ import annotations

import contextvars
import hashlib
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

_log = logging.getLogger(__name__)
_MOST_BYTES = (1 << 20) + 1  # of a file; more is no policy
_SHORTEST_S = 0.01
# A file system may keep times by the second or two: within them a change can leave time and size as they were.
_SETTLED_NS = 3_000_000_000


@dataclass(frozen=True, slots=True)
class _Look:
    """How a file looked: what ``stat`` says, whether its time is old enough to be relied on, its content's digest."""

    stat: tuple[int, int, int] | None
    is_settled: bool
    digest: bytes | None


_GONE = _Look(None, False, None)
Fingerprint = tuple[bytes | None, ...]


class FileWatch:
    """Polls files and calls ``act`` after their content has changed, on one daemon thread.

    Replacing a file by a rename counts as a change, touching it does not. A file that is gone counts when it is still
    gone at the next look: some editors delete before they write. ``act`` must not raise.
    """

    def __init__(self, paths: Sequence[Path], interval_s: float, act: Callable[[], object]) -> None:
        """Remember how the files look now; read them after this, or a change in between goes unseen."""
        self._paths = tuple(paths)
        self._interval_s = max(interval_s, _SHORTEST_S)
        self._act = act
        self._looks = dict.fromkeys(self._paths, _GONE)
        self._acted_on = self.fingerprint()
        self._was_gone = False
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def start(self) -> None:
        """Look at the interval from now on; does not block."""
        self._thread = threading.Thread(target=self._run, args=(self._stopped,), name="otel-kit policy watch")
        self._thread.daemon = True
        # A thread takes over the context that it is started in: this one must not keep a request's span.
        contextvars.Context().run(self._thread.start)

    def stop(self) -> None:
        """Look no more; a look that is being taken is finished."""
        self._stopped.set()

    def after_fork(self) -> None:
        """Go on in a child, which has no thread; what the parent had seen but not acted on is seen again."""
        was_running = self._thread is not None and not self._stopped.is_set()
        self._stopped = threading.Event()
        self._was_gone = False
        if was_running:
            self.start()

    def fingerprint(self) -> Fingerprint:
        """Return what tells the files' content of now from any other."""
        self._looks = {path: _look(path, self._looks[path]) for path in self._paths}
        return tuple(self._looks[path].digest for path in self._paths)

    def acted_on(self, fingerprint: Fingerprint) -> None:
        """Somebody else has acted on this content: it is no change any more."""
        self._acted_on = fingerprint

    def look(self) -> None:
        """Look once and act on a change."""
        digests = self.fingerprint()
        is_gone = any(now is None and before is not None for now, before in zip(digests, self._acted_on, strict=True))
        if is_gone and not self._was_gone:
            self._was_gone = True
            return
        self._was_gone = False
        if digests != self._acted_on:
            self._act()
            # Only now: a child that is forked meanwhile has yet to act.
            self._acted_on = digests

    def _run(self, stopped: threading.Event) -> None:
        while not stopped.wait(self._interval_s):
            try:
                self.look()
            except Exception as error:  # a look is total by contract; were it not, the next one must still be taken
                _log.warning("the watch over the policy failed: %s", type(error).__name__)


def _look(path: Path, before: _Look) -> _Look:
    """Look at a file; its content is read when ``stat`` cannot tell that it is the same as before."""
    try:
        status = os.stat(path)
        stat = (status.st_mtime_ns, status.st_size, status.st_ino)
        if before.is_settled and before.stat == stat:
            return before
        with path.open("rb") as file:
            digest = hashlib.sha256(file.read(_MOST_BYTES)).digest()
    except (OSError, ValueError):
        return _GONE
    return _Look(stat, time.time_ns() - status.st_mtime_ns > _SETTLED_NS, digest)
