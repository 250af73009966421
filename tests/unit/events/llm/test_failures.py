"""What failed, in one word, whichever library says it."""

from __future__ import annotations

import asyncio
from typing import Any

import anthropic
import httpx2
import openai
import pytest

from otel_kit.events.llm.failures import is_abandonment, kind_of

_REQUEST = httpx2.Request("POST", "http://127.0.0.1/v1/chat/completions")


def _status(library: Any, name: str, status: int, body: Any = None) -> Exception:
    error = getattr(library, name)
    made: Exception = error("refused", response=httpx2.Response(status, request=_REQUEST), body=body)
    return made


class ClientError(Exception):
    """As botocore raises it."""

    def __init__(self) -> None:
        self.response = {"ResponseMetadata": {"HTTPStatusCode": 429}}


class ThrottlingException(Exception):
    """As botocore names it."""


class Trap(Exception):
    """Raises when it is asked for anything."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name) if name.startswith("__") else RuntimeError("trap")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (_status(openai, "RateLimitError", 429), "rate_limit"),
        (_status(openai, "RateLimitError", 429, {"code": "insufficient_quota"}), "quota"),
        (_status(openai, "AuthenticationError", 401), "authentication"),
        (_status(openai, "BadRequestError", 400), "request"),
        (_status(openai, "InternalServerError", 500), "server"),
        (openai.APITimeoutError(request=_REQUEST), "timeout"),
        (openai.APIConnectionError(request=_REQUEST), "connection"),
        (openai.ContentFilterFinishReasonError(), "content_filter"),
        (_status(anthropic, "RateLimitError", 429), "rate_limit"),
        (_status(anthropic, "OverloadedError", 529), "overloaded"),
        (anthropic.APITimeoutError(request=_REQUEST), "timeout"),
        (httpx2.ReadTimeout("slow"), "timeout"),
        (httpx2.ConnectError("refused"), "connection"),
        (TimeoutError(), "timeout"),
        (ConnectionResetError(), "connection"),
        (ClientError(), "rate_limit"),
        (ThrottlingException(), "rate_limit"),
        (Trap(), "other"),
        (ValueError("429"), "other"),
        ("rate_limit_exceeded", "rate_limit"),
        ("whatever", "other"),
    ],
)
def test_the_kind_of_a_failure(error: BaseException | str, kind: str) -> None:
    """By status, else by the names of its classes; never by its text, which anybody may write."""
    assert kind_of(error) == kind


def test_closing_and_cancelling_are_no_failures() -> None:
    """They say that nobody wants the rest."""
    abandoned = [is_abandonment(error) for error in (GeneratorExit(), asyncio.CancelledError(), ValueError(), None)]

    assert abandoned == [True, True, False, False]
