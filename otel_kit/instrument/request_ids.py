"""The request id: a trusted caller's own if it is well-formed, else a new one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from otel_kit.ids import new_request_id

_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{1,64}")


def request_id_of(headers: Sequence[str] | None, trusted: bool) -> tuple[str, str | None]:
    """Return the request's id, and what a stranger claimed it to be when that is well-formed."""
    claimed = headers[0] if headers else None
    if claimed is None or not _WELL_FORMED.fullmatch(claimed):
        return new_request_id(), None
    return (claimed, None) if trusted else (new_request_id(), claimed)
