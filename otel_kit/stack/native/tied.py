"""Ties a component's life to that of its command, on Linux: whoever is killed cannot stop what it started.

The kernel signals a process whose parent has ended (prctl(2), PR_SET_PDEATHSIG), if it has asked for that, which a Go
program does not. So this file is run first, asks for it, and becomes the component; what `subprocess` can do between
fork and exec is not safe beside threads. The file is run alone, without the package.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1
_CANNOT_BE_RUN = 126


def tied(command: Sequence[str], number: signal.Signals) -> list[str]:
    """Return the command line that runs ``command`` and sends it that signal when this process has ended.

    It is the command itself where that cannot be: not on Linux, and not in another thread than the main one, whose end
    the kernel would take for the process'.

    Raises:
        OSError: there is no such program.
    """
    if sys.platform != "linux" or not sys.executable or threading.current_thread() is not threading.main_thread():
        return [*command]
    if shutil.which(command[0]) is None:
        os.stat(command[0])
        raise PermissionError(f"{command[0]} is no program")
    return [sys.executable, "-I", "-S", __file__, str(int(number)), str(os.getpid()), *command]


def _become(number: int, parent: int, command: list[str]) -> None:
    import ctypes

    # Where it is forbidden the component runs as it would without.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:  # it ended before it could be asked for
        return
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by this interpreter; it would be inherited
        signal.signal(ignored, signal.SIG_DFL)
    try:
        os.execv(command[0], command)  # noqa: S606 - the command is ours
    except OSError as error:
        print(f"{command[0]} cannot be run: {error}", file=sys.stderr)
        sys.exit(_CANNOT_BE_RUN)


if __name__ == "__main__":
    _become(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
