"""What Alertmanager and Loki answer, or in one line why it cannot be used."""

from __future__ import annotations

import datetime
import re
from typing import Any, Final

from otel_kit.errors import OtelKitError
from otel_kit.stack.http_json import Answer, Api

# Python reads six digits of a second, the servers write up to nine.
_FRACTION: Final = re.compile(r"(\.\d{6})\d+")


def wanted(api: Api, who: str, answer: Answer, kind: type) -> Any:
    """Return the body of a successful answer that is of that JSON type.

    Raises:
        OtelKitError: the server refused, or something else answered.
    """
    if not answer.is_ok:
        raise OtelKitError(f"{who} at {api.base} refused it: {answer.told}{_hint(answer.status)}")
    if not isinstance(answer.body, kind):
        raise OtelKitError(f"what answers at {api.base} is not {who}")
    return answer.body


def when(text: str) -> datetime.datetime:
    """Return a time of an answer (RFC 3339)."""
    return datetime.datetime.fromisoformat(_FRACTION.sub(r"\1", text))


def _hint(status: int) -> str:
    if status == 404:
        return ". Is it the address of another server?"
    return ". Does the account or key have the right to do so?" if status in (401, 403) else ""
