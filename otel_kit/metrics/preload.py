"""Whether this process only loads the application for others: the master of a pre-forking server."""

from __future__ import annotations

import sys
from types import FrameType


def is_preload_master() -> bool:
    """Whether the application is being loaded in a master that will fork its workers and serve nothing itself.

    gunicorn with ``--preload`` loads it within ``Arbiter.setup``, without it within a worker that ``spawn_worker`` has
    forked; uWSGI's master has the worker id 0.
    """
    functions = set()
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__") == "gunicorn.arbiter":
            functions.add(frame.f_code.co_name)
        frame = frame.f_back
    if functions:
        return "spawn_worker" not in functions
    uwsgi = sys.modules.get("uwsgi")
    worker_id = getattr(uwsgi, "worker_id", None)
    return callable(worker_id) and worker_id() == 0
