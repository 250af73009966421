"""The ends and forks of a process: each host grants another last moment, these are all of them.

ASGI servers end by the lifespan (see ``instrument.lifespan``), interpreters by atexit, plain scripts by SIGTERM's
default action, forked workers of multiprocessing by ``os._exit`` after their finalisers.
"""

from __future__ import annotations

import atexit
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import util as multiprocessing_util
from types import FrameType


@dataclass(frozen=True, slots=True)
class Acts:
    """What to do. Each limits its own time and does not raise."""

    at_exit: Callable[[], object]
    on_terminate: Callable[[], object]
    before_fork: Callable[[], object]
    after_fork_in_parent: Callable[[], object]
    after_fork: Callable[[], object]


class ProcessHooks:
    """Registers the acts once per process and takes back what can be taken back."""

    def __init__(self, acts: Acts) -> None:
        self._acts = acts
        self._active = False
        self._registered_forks = False
        self._took_sigterm = False

    def install(self) -> None:
        """Register everything; a second call changes nothing."""
        if self._active:
            return
        self._active = True
        atexit.register(self._acts.at_exit)
        if not self._registered_forks:
            self._registered_forks = True
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(
                    before=lambda: self._act(self._acts.before_fork),
                    after_in_parent=lambda: self._act(self._acts.after_fork_in_parent),
                    after_in_child=lambda: self._act(self._acts.after_fork),
                )
            # os.register_at_fork runs too early for this: multiprocessing clears its finalisers afterwards.
            multiprocessing_util.register_after_fork(self, ProcessHooks._finalize_child)
        self._take_sigterm()

    def remove(self) -> None:
        """Give back what was taken; fork hooks stay registered and do nothing."""
        self._active = False
        atexit.unregister(self._acts.at_exit)
        if self._took_sigterm and threading.current_thread() is threading.main_thread():
            if signal.getsignal(signal.SIGTERM) == self._on_sigterm:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
            self._took_sigterm = False

    def _act(self, act: Callable[[], object]) -> None:
        if self._active:
            act()

    def _finalize_child(self) -> None:
        if self._active:
            multiprocessing_util.Finalize(None, self._acts.at_exit, exitpriority=1000)

    def _take_sigterm(self) -> None:
        """Take SIGTERM only where nobody has: a server that is running or about to run has its own handler."""
        if threading.current_thread() is not threading.main_thread():
            return
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, self._on_sigterm)
            self._took_sigterm = True

    def _on_sigterm(self, number: int, _frame: FrameType | None) -> None:
        self._acts.on_terminate()
        # Die as the sender of the signal expects: by the signal.
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
