"""Who runs over a folder already: another command's components, or what one left behind that was killed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import psutil

from otel_kit.stack.native.components import TEMPO

_SIGN: Final = "STACK_LOKI_DATA"


def complaint(state: Path) -> str:
    """Return a text that names the processes over this folder, as far as this user may see them."""
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if Path(process.environ().get(_SIGN, "")).is_relative_to(state):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    shown = ", ".join(f"{process.info['name']} {process.pid}" for process in found) or "processes of somebody else"
    text = f"another stack runs over {state}: {shown}. Stop it, or name another folder with --state"
    if found:
        text += f"; if its command was killed, end what it left: {_command(found)}"
    return text


def _command(processes: Sequence[psutil.Process]) -> str:
    """Return a shell's command. Tempo does not end when it is asked to, see components."""
    ids = " ".join(str(process.pid) for process in processes)
    deaf = " ".join(str(process.pid) for process in processes if process.info["name"] == TEMPO)
    return f"kill {ids}; sleep 8; kill -9 {deaf}" if deaf else f"kill {ids}"
