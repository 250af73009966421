"""The environment beyond the settings: what must be written before instrumentations read it, and what others set."""

from __future__ import annotations

import os
from collections.abc import Mapping

_STABILITY = "OTEL_SEMCONV_STABILITY_OPT_IN"


def opt_into_stable_conventions() -> None:
    """Ask the instrumentations for the stable HTTP and database names, unless the user chose.

    Contrib reads the variable once, when the first instrumentor starts: this must come before.
    """
    os.environ.setdefault(_STABILITY, "http,database")


def child_environment(**changes: str) -> Mapping[str, str]:
    """Return a copy of this process' environment with ``changes``, for a child process."""
    return {**os.environ, **changes}
