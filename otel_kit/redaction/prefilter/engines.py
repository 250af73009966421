"""Which steps a text calls: told by the needles in it, and by hyperscan as soon as that is there and has its database.

Both only prove absence; what is found is found by the same steps, so that the two give equal output and one can take
the other's place at any moment.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import threading
import weakref
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final, Literal

from otel_kit.redaction.prefilter.database_name import writers
from otel_kit.redaction.prefilter.hyperscan_engine import HyperscanFinder, compiled_finder, loaded_finder
from otel_kit.redaction.prefilter.needle_index import NeedleIndex
from otel_kit.redaction.prefilter.scanner import Step

WORTH_COMPILING: Final = 200  # texts; as many are a few dozen requests
EngineName = Literal["stdlib", "hyperscan"]


def has_hyperscan() -> bool:
    """Whether the extra ``fast`` is installed."""
    return importlib.util.find_spec("hyperscan") is not None


class Engine:
    """The prefilter of one policy's scanners. Thread-safe, and right in a forked child.

    It works as soon as it has its steps. After ``start`` the first text loads hyperscan's database if the state folder
    has it, which takes less than to derive the needles. Otherwise a background thread compiles it as soon as there is
    enough to scan: that takes seconds of a processor, and a process that ends before has no use for it. A child that is
    forked meanwhile goes on with needles and begins anew.
    """

    def __init__(self) -> None:
        self._steps: tuple[Step, ...] = ()
        self._index: NeedleIndex | None = None
        self._find = self._first
        self._done = threading.Event()
        self._failure: Exception | None = None
        self._wanted = False
        self._opened = threading.Lock()  # never let go: who comes second does something else
        self._begun = threading.Lock()
        self._scanned = 0
        self._state_folder: Path | None = None

    @property
    def name(self) -> EngineName:
        """Return which engine answers now."""
        return "hyperscan" if isinstance(getattr(self._find, "__self__", None), HyperscanFinder) else "stdlib"

    @property
    def failure(self) -> Exception | None:
        """Return why hyperscan does not answer, if it was started and failed."""
        return self._failure

    def serve(self, steps: Sequence[Step]) -> None:
        """Take the steps whose needles and signs decide; to be called once, before the first text."""
        self._steps = tuple(steps)

    def called(self, text: str) -> Collection[int]:
        """Return the numbers of the steps that may have something to do in ``text``."""
        return self._find(text)

    def start(self, state_folder: Path | None = None, *, wait: bool = False) -> None:
        """Let hyperscan take over when it has its database, or, with ``wait``, before returning.

        The database is loaded from the state folder with the first text. If it is not there, a thread begins to compile
        it with a later text, see ``WORTH_COMPILING``, and keeps it there.
        """
        if self._wanted or not has_hyperscan():
            return
        self._wanted = True
        with contextlib.suppress(Exception):  # the compiling thread will say so
            # Now and not with the first text: what it defines by evaluating text would, while Ctrl-C ends the program,
            # make Python forget that it was Ctrl-C and exit with another status.
            importlib.import_module("hyperscan")
        self._state_folder = state_folder
        _ENGINES.add(self)
        if state_folder is not None:
            with contextlib.suppress(OSError):
                writers()
        if wait:
            self._compile()
        else:
            self._find = self._opening

    def wait_ready(self, timeout_s: float) -> bool:
        """Wait until hyperscan answers or has failed, beginning now; False if neither happened in time."""
        if self._wanted and not self._done.is_set() and self._find in (self._opening, self._counting):
            self._begin()
        return not self._wanted or self._done.wait(timeout_s)

    def _opening(self, text: str) -> Collection[int]:
        if self._opened.acquire(blocking=False):
            self._find = self._counting  # before loading: nothing takes the place of what is loaded
            try:
                finder = loaded_finder(self._steps, self._needles, self._state_folder)
            except Exception:  # the compiling thread will say so
                finder = None
            if finder is not None:
                self._find = finder.steps_for
                self._done.set()
                return finder.steps_for(text)
        return self._counting(text)

    def _counting(self, text: str) -> Collection[int]:
        self._scanned += 1
        if self._scanned > WORTH_COMPILING:
            self._begin()
        return self._needles().steps_for(text)

    def _first(self, text: str) -> Collection[int]:
        """The needles are derived when the first text comes, not at start-up."""
        index = self._needles()
        if self._find == self._first:
            self._find = index.steps_for
        return index.steps_for(text)

    def _needles(self) -> NeedleIndex:
        if self._index is None:
            self._index = NeedleIndex(self._steps)
        return self._index

    def _begin(self) -> None:
        if not self._begun.acquire(blocking=False):
            return  # another thread was faster
        self._find = self._needles().steps_for
        threading.Thread(target=self._compile, name="otel-kit-redaction-compile", daemon=True).start()

    def _compile(self) -> None:
        try:
            self._find = compiled_finder(self._steps, self._needles, self._state_folder).steps_for
        except Exception as error:  # whatever it is, the needles go on
            self._failure = error
        self._done.set()

    def after_fork(self) -> None:
        """In a child: the compiling thread is gone; begin anew with the first text."""
        if self._done.is_set():
            return
        self._done = threading.Event()
        self._opened = threading.Lock()
        self._begun = threading.Lock()
        self._find = self._opening


_ENGINES: weakref.WeakSet[Engine] = weakref.WeakSet()


def _after_fork() -> None:
    for engine in list(_ENGINES):
        engine.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
