"""Answers of the API: JSON that is never cached, and one form for every error."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from otel_kit.local import jsontext
from otel_kit.local.filters import BadFilter
from otel_kit.local.store.reading import QueryTooSlow

NO_STORE: Mapping[str, str] = {"Cache-Control": "no-store"}


def json_answer(value: Any, status: int = 200) -> Response:
    """Return ``value`` as JSON."""
    return Response(jsontext.encode(value), status, NO_STORE, "application/json")


def error_answer(status: int, field: str, message: str) -> Response:
    """Return an error; ``field`` names the parameter that is to blame, empty if none is."""
    return json_answer({"error": {"field": field, "message": message}}, status)


def error_handlers() -> dict[Any, Callable[[Request, Exception], Awaitable[Response]]]:
    """Return what answers for each kind of exception that the API raises."""
    return {
        BadFilter: _bad_filter,
        QueryTooSlow: _too_slow,
        sqlite3.Error: _unreadable,
        HTTPException: _http_error,
    }


async def _bad_filter(_request: Request, error: Exception) -> Response:
    assert isinstance(error, BadFilter)
    return error_answer(422, error.field, str(error))


async def _too_slow(_request: Request, _exception: Exception) -> Response:
    return error_answer(503, "to", "the search took too long; choose a shorter time range or a further filter")


async def _unreadable(_request: Request, error: Exception) -> Response:
    return error_answer(503, "", f"the store cannot be read: {error}")


async def _http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = error_answer(error.status_code, "", str(error.detail))
    response.headers.update(error.headers or {})
    return response
