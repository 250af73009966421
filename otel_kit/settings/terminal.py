"""What the environment says about terminals."""

from __future__ import annotations

import os


def wants_colour() -> bool:
    """Return whether a terminal may get colours: not with ``NO_COLOR`` (no-color.org), nor on a dumb terminal."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
