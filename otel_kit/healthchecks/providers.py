"""What a provider's answer to a cheap, documented request says: reachable, key accepted, rate-limited."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from otel_kit.healthchecks.fetch import FetchError, Request, Response, fetch
from otel_kit.healthchecks.results import HEALTHY, Outcome, degraded, unhealthy
from otel_kit.healthchecks.running import TimedCheck

# A key, or a function that returns the one in force: access tokens are renewed every hour.
Secret: TypeAlias = str | Callable[[], str]
# Reads a provider's own words for a failure out of its JSON; None: the status says it all.
Judge = Callable[[int, Mapping[str, Any]], Outcome | None]

KEY_REFUSED = "the key is refused"
RATE_LIMITED = "rate limited"


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider's cheap request and how to read the answer.

    ``{key}`` in ``headers`` and ``path`` stands for the key. ``proof`` is a member that the JSON of a good answer has,
    so that a login page of a proxy is not taken for the provider.
    """

    name: str
    path: str
    headers: Mapping[str, str]
    proof: str = ""
    method: str = "GET"
    body: bytes | None = None
    judge: Judge = lambda _status, _answer: None


def check_of(provider: Provider, key: Secret, base_url: str, headers: Mapping[str, str] | None) -> TimedCheck:
    """Return the check; ``base_url`` and more ``headers`` are the user's. The key is in no result and no ``repr``."""
    base = base_url.rstrip("/") if provider.path else base_url

    def probe(timeout_s: float) -> Outcome:
        try:
            secret = key() if callable(key) else key
            path = provider.path.replace("{key}", secret)
            sent = {name: value.replace("{key}", secret) for name, value in provider.headers.items()}
            request = Request(base + path, provider.method, {**sent, **(headers or {})}, provider.body)
        except Exception as error:
            return unhealthy(f"the key cannot be had ({type(error).__name__})")
        try:
            return verdict(provider, fetch(request, timeout_s))
        except FetchError as error:
            return unhealthy(str(error))

    return TimedCheck(provider.name, probe)


def verdict(provider: Provider, response: Response) -> Outcome:
    """Return what the answer says; texts of the answer itself are not shown."""
    answer = _json_object(response)
    own = provider.judge(response.status, answer)
    if own is not None:
        return own
    status = response.status
    if status in (401, 403):
        return unhealthy(f"{KEY_REFUSED} (HTTP {status})")
    if status == 429:
        return degraded(f"{RATE_LIMITED} (HTTP 429)")
    if not 200 <= status < 300:
        advice = ": is the base URL right?" if status in (301, 302, 307, 308, 404) else ""
        return unhealthy(f"HTTP {status}{advice}")
    if provider.proof and provider.proof not in answer:
        return unhealthy("the answer is not the provider's: is the base URL right?")
    return HEALTHY


def _json_object(response: Response) -> Mapping[str, Any]:
    try:
        found = json.loads(response.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
