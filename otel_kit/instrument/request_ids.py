"""The request id: a trusted caller's own if it is well-formed, else a new one."""

from __future__ import annotations

from collections.abc import Sequence

from otel_kit.ids import is_request_id, new_request_id


def request_id_of(headers: Sequence[str] | None, trusted: bool) -> tuple[str, str | None]:
    """Return the request's id, and what a stranger claimed it to be when that is well-formed."""
    claimed = headers[0] if headers else None
    if claimed is None or not is_request_id(claimed):
        return new_request_id(), None
    return (claimed, None) if trusted else (new_request_id(), claimed)
