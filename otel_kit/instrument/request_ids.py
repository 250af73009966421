"""The request id: a trusted caller's own if it is well-formed, else a new one."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence

_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{1,64}")


def request_id_of(headers: Sequence[str] | None, trusted: bool) -> tuple[str, str | None]:
    """Return the request's id, and what a stranger claimed it to be when that is well-formed."""
    claimed = headers[0] if headers else None
    if claimed is None or not _WELL_FORMED.fullmatch(claimed):
        return uuid.uuid4().hex, None
    return (claimed, None) if trusted else (uuid.uuid4().hex, claimed)
