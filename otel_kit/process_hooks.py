"""The ends and forks of a process: each host grants another last moment, these are all of them.

ASGI servers end by the lifespan (see ``instrument.lifespan``), interpreters by atexit, plain scripts by SIGTERM's
default action, forked workers of multiprocessing by ``os._exit`` after their finalisers.
"""

from __future__ import annotations

import _thread
import atexit
import os
import signal
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing import util as multiprocessing_util
from types import FrameType

_ONE_END_S = 10.0  # a lifespan, the interpreter and a signal that end this close together are one end
_FROZEN_S = 0.3  # a delivery that nothing holds up has ended by then


@dataclass(frozen=True, slots=True)
class Acts:
    """What to do. Each limits its own time and does not raise."""

    at_exit: Callable[[], object]
    on_terminate: Callable[[], object]
    before_fork: Callable[[], object]
    after_fork_in_parent: Callable[[], object]
    after_fork: Callable[[], object]


class ExitBudget:
    """The time that the end of a process may take, shared by its last moments, which follow each other."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._spent_at: float | None = None
        self._spoke_at: float | None = None

    def left(self) -> float:
        """Return the seconds that may be spent now: none right after they were spent for nothing."""
        recently = self._spent_at is not None and time.monotonic() - self._spent_at < _ONE_END_S
        return 0.0 if recently else self._seconds

    def spent(self) -> None:
        """The time is used up, and there is still something to deliver."""
        self._spent_at = time.monotonic()

    def may_speak(self) -> bool:
        """Whether nothing was said about this end yet; from now on it was."""
        before, self._spoke_at = self._spoke_at, time.monotonic()
        return before is None or self._spoke_at - before >= _ONE_END_S


class ProcessHooks:
    """Registers the acts once per process and takes back what can be taken back."""

    def __init__(self, acts: Acts) -> None:
        self._acts = acts
        self._active = False
        self._registered_forks = False
        self._took_sigterm = False
        self._terminating = False

    def install(self) -> None:
        """Register everything; a second call changes nothing."""
        if self._active:
            return
        self._active = True
        atexit.register(self._acts.at_exit)
        if not self._registered_forks:
            self._registered_forks = True
            self._register_forks()
            if parent_process() is not None:
                self._finalize_child()  # a child of multiprocessing that starts the kit itself
        self._take_sigterm()

    def remove(self) -> None:
        """Give back what was taken; fork hooks stay registered and do nothing."""
        self._active = False
        atexit.unregister(self._acts.at_exit)
        if self._took_sigterm and threading.current_thread() is threading.main_thread():
            if signal.getsignal(signal.SIGTERM) == self._on_sigterm:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
            self._took_sigterm = False

    def _register_forks(self) -> None:
        if hasattr(os, "register_at_fork"):
            # What is registered there stays for ever: it must not keep a kit alive that was shut down.
            this = weakref.ref(self)

            def hook(act: Callable[[Acts], Callable[[], object]]) -> Callable[[], None]:
                def run() -> None:
                    hooks = this()
                    if hooks is not None and hooks._active:
                        act(hooks._acts)()

                return run

            os.register_at_fork(
                before=hook(lambda acts: acts.before_fork),
                after_in_parent=hook(lambda acts: acts.after_fork_in_parent),
                after_in_child=hook(lambda acts: acts.after_fork),
            )
        # os.register_at_fork runs too early for this: multiprocessing clears its finalisers afterwards.
        multiprocessing_util.register_after_fork(self, ProcessHooks._finalize_child)

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
        """Deliver on a thread and die by the signal, as its sender expects.

        The interrupted code may hold a lock that the delivery needs, of the SDK or of a stream. So after a short wait
        it goes on, and the signal comes once more when the delivery has ended. A second signal of the sender's own
        ends the process at once.
        """
        first, self._terminating = not self._terminating, True
        ended = threading.Lock()
        ended.acquire()

        def deliver() -> None:
            try:
                self._acts.on_terminate()
            finally:
                ended.release()
                os.kill(os.getpid(), number)

        if first:
            try:
                # Not threading.Thread: its start takes a lock that the interrupted code may hold.
                _thread.start_new_thread(deliver, ())
            except RuntimeError:
                self._acts.on_terminate()
            else:
                if not ended.acquire(timeout=_FROZEN_S):
                    return
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
