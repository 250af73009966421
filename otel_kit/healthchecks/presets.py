"""Presets for providers of AI, calendars and messaging: reachable, key accepted, nothing spent, nothing sent.

Each asks what the provider's own reference describes, named above its row; docs/health.md says which were only tried
against stand-ins of the documented answers.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from otel_kit.healthchecks.providers import KEY_REFUSED, RATE_LIMITED, Provider, Secret, check_of
from otel_kit.healthchecks.results import Outcome, degraded, unhealthy
from otel_kit.healthchecks.running import TimedCheck

_BEARER = {"authorization": "Bearer {key}"}
_GOOGLE_LIMITS = {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded"}
# Meta's Graph API, "Handling Errors" and "Rate limits": tokens that are not valid or may not do this, and limits.
_META_REFUSALS = {10, 102, 190, *range(200, 300)}
_META_LIMITS = {4, 17, 32, 341, 613, 80007, 80008, 130429}


def openai(
    key: Secret, *, base_url: str = "https://api.openai.com/v1", headers: Mapping[str, str] | None = None
) -> TimedCheck:
    """Return a check of OpenAI, or of any server with its API at ``base_url``: lists the models."""
    return check_of(_OPENAI, key, base_url, headers)


def azure_openai(
    endpoint: str, key: Secret, *, api_version: str = "2024-10-21", headers: Mapping[str, str] | None = None
) -> TimedCheck:
    """Return a check of Azure OpenAI at ``endpoint`` (``https://NAME.openai.azure.com``): lists the models."""
    path = f"/openai/models?api-version={quote(api_version, safe='')}"
    return check_of(Provider("azure_openai", path, {"api-key": "{key}"}, "data"), key, endpoint, headers)


def anthropic(
    key: Secret, *, base_url: str = "https://api.anthropic.com", headers: Mapping[str, str] | None = None
) -> TimedCheck:
    """Return a check of Anthropic: lists one model."""
    return check_of(_ANTHROPIC, key, base_url, headers)


def gemini(key: Secret, *, base_url: str = "https://generativelanguage.googleapis.com") -> TimedCheck:
    """Return a check of Google's Gemini API: lists one model."""
    return check_of(_GEMINI, key, base_url, None)


def mistral(key: Secret, *, base_url: str = "https://api.mistral.ai") -> TimedCheck:
    """Return a check of Mistral: lists the models."""
    return check_of(_MISTRAL, key, base_url, None)


def google_calendar(token: Secret, *, base_url: str = "https://www.googleapis.com/calendar/v3") -> TimedCheck:
    """Return a check of Google Calendar: lists one calendar. ``token`` is an OAuth access token, or makes one."""
    return check_of(_GOOGLE_CALENDAR, token, base_url, None)


def microsoft_calendar(
    token: Secret, *, user: str | None = None, base_url: str = "https://graph.microsoft.com/v1.0"
) -> TimedCheck:
    """Return a check of Microsoft Graph: lists one calendar, of ``user`` for application tokens, else of ``/me``."""
    owner = "/me" if user is None else f"/users/{quote(user, safe='@')}"
    path = f"{owner}/calendars?%24top=1&%24select=id"
    return check_of(Provider("microsoft_calendar", path, _BEARER, "value"), token, base_url, None)


def caldav(url: str, user: str, password: Secret) -> TimedCheck:
    """Return a check of a CalDAV server: asks for a property of ``url``, RFC 4918 section 9.1."""

    def authorization() -> str:
        return _basic(user, password)

    return check_of(_CALDAV, authorization, url, None)


def slack(token: Secret, *, base_url: str = "https://slack.com/api") -> TimedCheck:
    """Return a check of Slack: ``auth.test``."""
    return check_of(_SLACK, token, base_url, None)


def twilio(
    account_sid: str, secret: Secret, *, api_key_sid: str | None = None, base_url: str = "https://api.twilio.com"
) -> TimedCheck:
    """Return a check of Twilio: fetches the account, which must be active.

    ``secret`` is the account's token, or that of the API key ``api_key_sid``. Such a key may not read the account
    (Twilio, error 20003): one of the account's phone numbers is listed then.
    """

    def authorization() -> str:
        return _basic(api_key_sid or account_sid, secret)

    account = f"/2010-04-01/Accounts/{quote(account_sid, safe='')}"
    path, proof = f"{account}.json", "status"
    if api_key_sid is not None:
        path, proof = f"{account}/IncomingPhoneNumbers.json?PageSize=1", "incoming_phone_numbers"
    provider = Provider("twilio", path, {"authorization": "{key}"}, proof, judge=_twilio)
    return check_of(provider, authorization, base_url, None)


def telegram(token: Secret, *, base_url: str = "https://api.telegram.org") -> TimedCheck:
    """Return a check of a Telegram bot: ``getMe``."""
    return check_of(_TELEGRAM, token, base_url, None)


def whatsapp(
    token: Secret, phone_number_id: str, *, version: str = "v23.0", base_url: str = "https://graph.facebook.com"
) -> TimedCheck:
    """Return a check of WhatsApp's Cloud API: fetches the id of the sender's phone number."""
    path = f"/{quote(version, safe='')}/{quote(phone_number_id, safe='')}?fields=id"
    return check_of(Provider("whatsapp", path, _BEARER, "id", judge=_meta), token, base_url, None)


def sendgrid(key: Secret, *, base_url: str = "https://api.sendgrid.com") -> TimedCheck:
    """Return a check of SendGrid: lists what the key may do."""
    return check_of(_SENDGRID, key, base_url, None)


def _basic(user: str, password: Secret) -> str:
    secret = password() if callable(password) else password
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()


def _google(status: int, answer: Mapping[str, Any]) -> Outcome | None:
    """Calendar API, "Handle API errors": limits are 403 or 429. Gemini answers 400 to a key that is not valid."""
    error = answer.get("error")
    if status < 400 or not isinstance(error, dict):
        return None
    told = [error.get(kind) for kind in ("errors", "details")]
    items = [item for items in told if isinstance(items, list) for item in items if isinstance(item, dict)]
    reasons = {item["reason"] for item in items if isinstance(item.get("reason"), str)}
    if reasons & _GOOGLE_LIMITS:
        return degraded(f"{RATE_LIMITED} (HTTP {status})")
    return unhealthy(f"{KEY_REFUSED} (HTTP {status})") if "API_KEY_INVALID" in reasons else None


def _slack(status: int, answer: Mapping[str, Any]) -> Outcome | None:
    """Slack answers 200 to failures; "ok" and "error" say it."""
    if status != 200 or answer.get("ok") is not False:
        return None
    error = answer.get("error")
    if error in ("ratelimited", "rate_limited"):
        return degraded(RATE_LIMITED)
    if error in ("fatal_error", "internal_error", "service_unavailable", "request_timeout"):
        return unhealthy(f"Slack says {error}")
    return unhealthy(KEY_REFUSED)


def _twilio(status: int, answer: Mapping[str, Any]) -> Outcome | None:
    state = answer.get("status")
    if status == 200 and state in ("suspended", "closed"):
        return unhealthy(f"the account is {state}")
    return None


def _telegram(status: int, answer: Mapping[str, Any]) -> Outcome | None:
    """Telegram answers 401 to a token that was revoked, 404 to one that never was one."""
    if status == 404 and answer.get("ok") is False:
        return unhealthy(f"{KEY_REFUSED} (HTTP 404)")
    return None


def _meta(status: int, answer: Mapping[str, Any]) -> Outcome | None:
    error = answer.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    if not isinstance(code, int):
        return None
    if code in _META_REFUSALS:
        return unhealthy(f"{KEY_REFUSED} (HTTP {status})")
    return degraded(f"{RATE_LIMITED} (HTTP {status})") if code in _META_LIMITS else None


# OpenAI, API reference, "List models".
_OPENAI = Provider("openai", "/models", _BEARER, "data")
# Anthropic, API reference, "List Models".
_ANTHROPIC = Provider(
    "anthropic", "/v1/models?limit=1", {"x-api-key": "{key}", "anthropic-version": "2023-06-01"}, "data"
)
# Gemini API reference, "models.list"; the key in a header, because URLs are logged.
_GEMINI = Provider("gemini", "/v1beta/models?pageSize=1", {"x-goog-api-key": "{key}"}, "models", judge=_google)
# Mistral, API reference, "List Models".
_MISTRAL = Provider("mistral", "/v1/models", _BEARER, "data")
# Calendar API reference, "CalendarList: list".
_GOOGLE_CALENDAR = Provider("google_calendar", "/users/me/calendarList?maxResults=1", _BEARER, "kind", judge=_google)
_CALDAV = Provider(
    "caldav", "", {"authorization": "{key}", "depth": "0", "content-type": "application/xml; charset=utf-8"},
    method="PROPFIND",
    body=b'<?xml version="1.0"?><propfind xmlns="DAV:"><prop><resourcetype/></prop></propfind>',
)  # fmt: skip
# Slack Web API, "auth.test".
_SLACK = Provider("slack", "/auth.test", _BEARER, "ok", method="POST", body=b"", judge=_slack)
# Telegram Bot API, "getMe"; the token is part of the path there.
_TELEGRAM = Provider("telegram", "/bot{key}/getMe", {}, "ok", judge=_telegram)
# SendGrid API reference, "Retrieve a list of scopes for which this user has access".
_SENDGRID = Provider("sendgrid", "/v3/scopes", _BEARER, "scopes")
