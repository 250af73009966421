"""Who runs over a folder already: another command's components, or what one left behind that was killed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import psutil

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
        ids = " ".join(str(process.pid) for process in found)
        text += f"; if its command was killed, end what it left: kill {ids}"
    return text
