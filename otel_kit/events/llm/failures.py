"""Kinds of failures: what an alert or a person asks first, the same word for every client library."""

from __future__ import annotations

import asyncio
import re
from typing import Any, Final, Literal

from otel_kit import semconv
from otel_kit.events.llm.fields import field
from otel_kit.logs.exceptions import exception_type

Kind = Literal[
    "rate_limit", "quota", "timeout", "overloaded", "authentication", "connection", "content_filter", "request",
    "server", "other",
]  # fmt: skip
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{0,63}|[1-5][0-9][0-9]")
# HTTP statuses as the providers document them: 529 is Anthropic's "overloaded".
_BY_STATUS: Final[dict[int, Kind]] = {
    401: "authentication",
    402: "quota",
    403: "authentication",
    408: "timeout",
    429: "rate_limit",
    503: "overloaded",
    504: "timeout",
    529: "overloaded",
}
# Parts of the names of classes, of the exception and what it inherits from; the first that fits.
_BY_NAME: Final[tuple[tuple[str, Kind], ...]] = (
    ("ratelimit", "rate_limit"),
    ("throttl", "rate_limit"),
    ("toomanyrequests", "rate_limit"),
    ("resourceexhausted", "rate_limit"),
    ("quota", "quota"),
    ("spendlimit", "quota"),
    ("timeout", "timeout"),
    ("deadlineexceeded", "timeout"),
    ("overloaded", "overloaded"),
    ("serviceunavailable", "overloaded"),
    ("authentication", "authentication"),
    ("permissiondenied", "authentication"),
    ("credentials", "authentication"),
    ("contentfilter", "content_filter"),
    ("connection", "connection"),
    ("connect", "connection"),
    ("internalserver", "server"),
    ("badrequest", "request"),
)


def kind_of(error: BaseException | str) -> Kind:
    """Return the kind of a failure, by its HTTP status, else by the names of its classes. Never raises."""
    if isinstance(error, str):
        return _by_name([error])
    if field(error, "code") == "insufficient_quota":
        return "quota"
    status = _status_of(error)
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status is not None:
        return "server" if status >= 500 else "request"
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ConnectionError):
        return "connection"
    return _by_name([cls.__name__ for cls in type(error).__mro__])


def type_of(error: BaseException | str) -> str:
    """Return the ``error.type``: the class of an exception, or a word; of a sentence, which may be any, ``_OTHER``."""
    if isinstance(error, BaseException):
        return exception_type(error)
    return error if _WORD.fullmatch(error) else semconv.OTHER


def is_abandonment(error: BaseException | None) -> bool:
    """Whether this is no failure: a generator that was closed, a task that was cancelled."""
    return isinstance(error, (GeneratorExit, asyncio.CancelledError))


def _by_name(names: list[str]) -> Kind:
    for name in names:
        bare = name.replace("_", "").lower()
        for part, kind in _BY_NAME:
            if part in bare:
                return kind
    return "other"


def _status_of(error: Any) -> int | None:
    """Return the HTTP status that client libraries put on their exceptions: OpenAI, Anthropic, httpx, botocore."""
    response = field(error, "response")
    for status in (
        field(error, "status_code"),
        field(response, "status_code"),
        field(field(response, "ResponseMetadata"), "HTTPStatusCode"),
        field(error, "code"),
    ):
        if isinstance(status, int) and not isinstance(status, bool) and 400 <= status < 600:
            return status
    return None
