"""A URL answers as expected."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from otel_kit.healthchecks.fetch import FetchError, Request, fetch
from otel_kit.healthchecks.results import HEALTHY, Outcome, unhealthy
from otel_kit.healthchecks.running import TimedCheck

_SHOWN_BODY = 1 << 16  # enough to look a word up


def http(
    url: str,
    *,
    expect: int | Collection[int] = range(200, 300),
    contains: str | None = None,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    cafile: str | None = None,
) -> TimedCheck:
    """Return a check that ``url`` answers with a status of ``expect`` and, if given, a text that ``contains`` names.

    Redirects are not followed: a login page is no answer. ``headers`` and the URL's password are shown nowhere.
    """
    wanted = {expect} if isinstance(expect, int) else expect

    def probe(timeout_s: float) -> Outcome:
        request = Request(url, method, dict(headers or {}), max_body=_SHOWN_BODY)
        try:
            response = fetch(request, timeout_s, cafile=cafile)
        except FetchError as error:
            return unhealthy(str(error))
        if response.status not in wanted:
            return unhealthy(f"HTTP {response.status}")
        if contains is not None and contains.encode() not in response.body:
            return unhealthy("the text that is wanted is not in the answer")
        return HEALTHY

    return TimedCheck("http", probe)
