"""Presets against stand-ins: what is asked is what the providers' references say, and no key shows anywhere."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from otel_kit.healthchecks import presets
from otel_kit.healthchecks.results import Outcome, Status
from otel_kit.healthchecks.running import TimedCheck
from tests.unit.healthchecks.stand_in import Canned, StandIn

KEY = "k3y-never-shown"
TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Case:
    """One preset: the check against a base URL, the request that it must send, a good answer."""

    make: Callable[[str, Any], TimedCheck]
    method: str
    path: str
    header: tuple[str, str]
    good: Canned
    more: tuple[tuple[Canned, Status, str], ...] = field(default=())


def _basic(user: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{KEY}".encode()).decode()


BEARER = ("authorization", f"Bearer {KEY}")
REFUSED, LIMITED = "the key is refused", "rate limited"
# Calendar API, "Handle API errors".
GOOGLE_LIMIT = {"error": {"code": 403, "errors": [{"domain": "usageLimits", "reason": "rateLimitExceeded"}]}}
GOOGLE_FORBIDDEN = {"error": {"code": 403, "errors": [{"domain": "global", "reason": "forbidden"}]}}
GEMINI_BAD_KEY = {
    "error": {"code": 400, "status": "INVALID_ARGUMENT", "details": [{"@type": "x", "reason": "API_KEY_INVALID"}]}
}
META_BAD_TOKEN = {"error": {"type": "OAuthException", "code": 190, "message": "Error validating access token"}}
META_LIMIT = {"error": {"code": 80007, "message": "Rate limit hit"}}

CASES: dict[str, Case] = {
    "openai": Case(
        lambda url, key: presets.openai(key, base_url=f"{url}/v1"), "GET", "/v1/models", BEARER,
        Canned(body={"object": "list", "data": []}),
    ),
    "azure_openai": Case(
        lambda url, key: presets.azure_openai(f"{url}/", key), "GET", "/openai/models?api-version=2024-10-21",
        ("api-key", KEY), Canned(body={"data": []}),
    ),
    "anthropic": Case(
        lambda url, key: presets.anthropic(key, base_url=url), "GET", "/v1/models?limit=1", ("x-api-key", KEY),
        Canned(body={"data": [], "has_more": True}),
    ),
    "gemini": Case(
        lambda url, key: presets.gemini(key, base_url=url), "GET", "/v1beta/models?pageSize=1",
        ("x-goog-api-key", KEY), Canned(body={"models": []}),
        ((Canned(400, GEMINI_BAD_KEY), Status.UNHEALTHY, REFUSED),),
    ),
    "mistral": Case(
        lambda url, key: presets.mistral(key, base_url=url), "GET", "/v1/models", BEARER, Canned(body={"data": []})
    ),
    "google_calendar": Case(
        lambda url, key: presets.google_calendar(key, base_url=url), "GET",
        "/users/me/calendarList?maxResults=1", BEARER, Canned(body={"kind": "calendar#calendarList"}),
        (
            (Canned(403, GOOGLE_LIMIT), Status.DEGRADED, LIMITED),
            (Canned(403, GOOGLE_FORBIDDEN), Status.UNHEALTHY, REFUSED),
        ),
    ),
    "microsoft_calendar": Case(
        lambda url, key: presets.microsoft_calendar(key, base_url=url), "GET",
        "/me/calendars?%24top=1&%24select=id", BEARER, Canned(body={"value": []}),
    ),
    "microsoft_calendar of a user": Case(
        lambda url, key: presets.microsoft_calendar(key, user="a b@c.example", base_url=url), "GET",
        "/users/a%20b@c.example/calendars?%24top=1&%24select=id", BEARER, Canned(body={"value": []}),
    ),
    "caldav": Case(
        lambda url, key: presets.caldav(f"{url}/dav/", "anna", key), "PROPFIND", "/dav/",
        ("authorization", _basic("anna")), Canned(207, b"<multistatus/>"),
    ),
    "slack": Case(
        lambda url, key: presets.slack(key, base_url=f"{url}/api"), "POST", "/api/auth.test", BEARER,
        Canned(body={"ok": True, "team": "T"}),
        (
            (Canned(200, {"ok": False, "error": "invalid_auth"}), Status.UNHEALTHY, REFUSED),
            (Canned(200, {"ok": False, "error": "ratelimited"}), Status.DEGRADED, LIMITED),
            (Canned(200, {"ok": False, "error": "internal_error"}), Status.UNHEALTHY, "Slack says internal_error"),
            (Canned(200, {"ok": False, "error": ["x"]}), Status.UNHEALTHY, REFUSED),
        ),
    ),
    "twilio": Case(
        lambda url, key: presets.twilio("AC1", key, base_url=url), "GET", "/2010-04-01/Accounts/AC1.json",
        ("authorization", _basic("AC1")), Canned(body={"sid": "AC1", "status": "active"}),
        ((Canned(200, {"status": "suspended"}), Status.UNHEALTHY, "the account is suspended"),),
    ),
    "twilio by an API key": Case(
        lambda url, key: presets.twilio("AC1", key, api_key_sid="SK1", base_url=url), "GET",
        "/2010-04-01/Accounts/AC1/IncomingPhoneNumbers.json?PageSize=1", ("authorization", _basic("SK1")),
        Canned(body={"incoming_phone_numbers": []}),
    ),
    "telegram": Case(
        lambda url, key: presets.telegram(key, base_url=url), "GET", f"/bot{KEY}/getMe", ("accept", "*/*"),
        Canned(body={"ok": True, "result": {}}),
        ((Canned(404, {"ok": False, "error_code": 404}), Status.UNHEALTHY, REFUSED),),
    ),
    "whatsapp": Case(
        lambda url, key: presets.whatsapp(key, "1065", base_url=url), "GET", "/v23.0/1065?fields=id", BEARER,
        Canned(body={"id": "1065"}),
        (
            (Canned(400, META_BAD_TOKEN), Status.UNHEALTHY, REFUSED),
            (Canned(400, META_LIMIT), Status.DEGRADED, LIMITED),
            (Canned(400, {"error": {"code": 200}}), Status.UNHEALTHY, REFUSED),
            (Canned(400, {"error": {"code": 100}}), Status.UNHEALTHY, "HTTP 400"),
            (Canned(400, {"error": {"code": {"x": 1}}}), Status.UNHEALTHY, "HTTP 400"),
        ),
    ),
    "sendgrid": Case(
        lambda url, key: presets.sendgrid(key, base_url=url), "GET", "/v3/scopes", BEARER,
        Canned(body={"scopes": ["mail.send"]}),
    ),
}  # fmt: skip

# What any provider may answer.
COMMON: tuple[tuple[Canned, Status, str], ...] = (
    (Canned(401, {"error": f"bad key {KEY}"}), Status.UNHEALTHY, REFUSED),
    (Canned(403), Status.UNHEALTHY, REFUSED),
    (Canned(429, headers={"retry-after": "20"}), Status.DEGRADED, LIMITED),
    (Canned(500, b"<html>"), Status.UNHEALTHY, "HTTP 500"),
    (Canned(503), Status.UNHEALTHY, "HTTP 503"),
    (Canned(302, headers={"location": "http://127.0.0.1:9/"}), Status.UNHEALTHY, "HTTP 302: is the base URL right?"),
)
WRONG_BODIES = (b"<html>welcome to the hotel</html>", b"[]", b"null", b'"data"', b"[" * 100_000, b"\xff\xfe", b"")


def run(case: Case, server: StandIn, key: Any = KEY) -> Outcome:
    """Run the preset once."""
    answer = case.make(server.url, key).probe(TIMEOUT_S)
    assert isinstance(answer, Outcome)
    return answer


@pytest.mark.parametrize("name", CASES)
def test_the_documented_request_is_sent_and_its_answer_is_health(stand_in: StandIn, name: str) -> None:
    """Method, path and the key's header, and no body that would cost anything."""
    case = CASES[name]
    stand_in.answer = case.good

    outcome = run(case, stand_in)

    assert outcome.status is Status.HEALTHY, outcome
    (asked,) = stand_in.asked
    assert (asked.method, asked.path, asked.headers[case.header[0]]) == (case.method, case.path, case.header[1])
    assert asked.method == "PROPFIND" or asked.body == b""


@pytest.mark.parametrize("name", CASES)
def test_what_failures_mean(stand_in: StandIn, name: str) -> None:
    """Key refused, rate-limited, out of order: told apart, without the answer's own text."""
    case = CASES[name]
    for canned, status, reason in (*COMMON, *case.more):
        stand_in.answer = canned
        outcome = run(case, stand_in)
        assert outcome.status is status, (canned, outcome)
        assert outcome.reason.startswith(reason), (canned, outcome)
        assert KEY not in outcome.reason


@pytest.mark.parametrize("name", [name for name in CASES if name != "caldav"])
def test_a_page_of_somebody_else_is_not_taken_for_the_provider(stand_in: StandIn, name: str) -> None:
    """A captive portal answers 200 to everything."""
    for body in WRONG_BODIES:
        stand_in.answer = Canned(200, body)
        outcome = run(CASES[name], stand_in)
        assert (outcome.status, outcome.reason[:30]) == (Status.UNHEALTHY, "the answer is not the provider")


@pytest.mark.parametrize("name", CASES)
def test_unreachable(stand_in: StandIn, name: str) -> None:
    """Nobody listens."""
    check = CASES[name].make("http://127.0.0.1:9", KEY)
    outcome = check.probe(TIMEOUT_S)
    assert outcome == Outcome(Status.UNHEALTHY, "connection refused")


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("key", [f"{KEY}\r\nx-evil: 1", f"{KEY} with spaces", f"{KEY}\x00", f"{KEY}ü\ud800", ""])
def test_a_key_that_is_none_shows_nowhere(stand_in: StandIn, name: str, key: str) -> None:
    """Libraries put what they refuse into their exceptions; none of it comes out, and no header is smuggled in."""
    stand_in.answer = Canned(401)
    check = CASES[name].make(stand_in.url, key)

    outcome = check.probe(TIMEOUT_S)

    assert isinstance(outcome, Outcome)
    assert outcome.status is Status.UNHEALTHY
    assert KEY not in outcome.reason + repr(check)
    assert all("x-evil" not in asked.headers for asked in stand_in.asked)


@pytest.mark.parametrize("name", CASES)
def test_a_key_may_be_a_function(stand_in: StandIn, name: str) -> None:
    """Access tokens are renewed; one that cannot be had is a failure with no text of its own."""
    case = CASES[name]
    stand_in.answer = case.good

    def broken() -> str:
        raise RuntimeError(KEY)

    assert run(case, stand_in, lambda: KEY).status is Status.HEALTHY
    assert run(case, stand_in, broken) == Outcome(Status.UNHEALTHY, "the key cannot be had (RuntimeError)")
