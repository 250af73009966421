r"""The made-up personal data and secrets of the demo: what is planted, where it turns up, how it must look masked.

`traffic` plants these values; `otel-kit demo --check` looks for every one of them. All are of the kinds that are set
apart for examples and tests: domains under example.com, documentation networks, test cards, sample keys.
"""

# ruff: noqa: S105 - sample secrets are the purpose of this file
from __future__ import annotations

from dataclasses import dataclass

QUERY_EMAIL = "ines.albers@query.example.com"
ENCODED_TWICE_EMAIL = "noor.haddad@twice.example.com"
RESET_TOKEN = "9fK2mQx7Lr4TzVw1sHd8"
ID_TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJub29yIiwiaWF0IjoxNTE2MjM5MDIyfQ.c2lnbmVkLWJ5LW5vYm9keQ"
PATH_EMAIL = "tomas.vega@path.example.com"
BEARER = "5fd0c1e9a7b34c2d8e6f41"
COOKIE = "8c1f3e7a92d64b05b7aa"
HEADER_EMAIL = "lena.brandt@header.example.com"
AGENT_EMAIL = "crawler.ops@agent.example.com"
CLIENT_ADDRESS = "203.0.113.57"
BODY_EMAIL = "yara.okafor@body.example.com"
FULL_NAME = "Zoë Lindqvist"
BIRTH_DATE = "1987-04-12"
PASSWORD = "wint3r-h4rbour-19"
CARD = "4242 4242 4242 4242"
COUPON_EMAIL = "emil.novak@coupon.example.com"
LOGIN_EMAIL = "mira.castell@login.example.com"
CHAT_CARD = "5555 5555 5555 4444"
DECLINED_EMAIL = "pavel.horak@declined.example.com"
DECLINED_CARD = "4000000000000002"
CONTACT_PHONE = "+1 415-555-2671"
CONTACT_SSN = "536-22-4821"
TEXT_PHONE = "(212) 555-0187"
TEXT_SSN = "219-09-7733"
TEXT_IBAN = "DE89 3704 0044 0532 0130 00"
TEXT_ADDRESS = "198.51.100.23"
TEXT_PASSWORD = "lemon-grove-77"
DATABASE_PASSWORD = "tide-and-anchor"
BASIC_AUTH = "b2xpdjpsZW1vbi10cmVl"
AWS_KEY = "AKIAIOSFODNN7EXAMPLE"
GITHUB_TOKEN = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"
STRIPE_KEY = "sk_test_0123456789abcdefghij"
PRIVATE_KEY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"


@dataclass(frozen=True, slots=True)
class Planted:
    """One value at one place. ``masked`` is a regular expression that the text at ``surface`` must contain."""

    id: str
    value: str
    rule: str
    service: str
    surface: str
    masked: str


def _shop(id: str, value: str, rule: str, surface: str, masked: str) -> Planted:
    return Planted(id, value, rule, "shop", surface, masked)


PLANTED = (
    # URLs: query strings with one and two layers of percent-encoding, paths, calls to other services, access logs.
    _shop("query-email", QUERY_EMAIL, "email", "span.attributes.url.query", r"q=i\*\*\*%40query\.example\.com"),
    _shop("access-log-email", QUERY_EMAIL, "email", "log.body", r"GET /search\?q=i\*\*\*%40query\.example\.com.* HTTP"),
    _shop("encoded-twice", ENCODED_TWICE_EMAIL, "email", "span.attributes.url.query",
          r"\*\*\*%2540twice\.example\.com"),
    _shop("query-token", RESET_TOKEN, "token", "span.attributes.url.query", r"reset_token=\[REDACTED:token\]"),
    _shop("query-jwt", ID_TOKEN, "jwt", "span.attributes.url.query", r"state=\[REDACTED:jwt\]"),
    _shop("path-email", PATH_EMAIL, "email", "span.attributes.url.path",
          r"/customers/t\*\*\*@path\.example\.com/orders"),
    _shop("call-email", PATH_EMAIL, "email_address", "span.attributes.url.full", r"email=t\*\*\*%40path\.example\.com"),
    # Request headers, the user agent, the caller's address.
    _shop("bearer", BEARER, "authorization", "span.attributes.http.request.header.authorization",
          r"^Bearer \[REDACTED:authorization\]$"),
    _shop("cookie", COOKIE, "cookie", "span.attributes.http.request.header.cookie", r"basket=\[REDACTED:cookie\]"),
    _shop("header-email", HEADER_EMAIL, "email_address", "span.attributes.http.request.header.x-customer-email",
          r"^l\*\*\*@header\.example\.com$"),
    _shop("user-agent", AGENT_EMAIL, "email", "span.attributes.user_agent.original",
          r"mailto:c\*\*\*@agent\.example\.com"),
    _shop("client-address", CLIENT_ADDRESS, "ip", "span.attributes.client.address", r"^203\.0\.113\.0$"),
    # A JSON body that is logged.
    _shop("body-email", BODY_EMAIL, "email_address", "log.body", r'"email":"y\*\*\*@body\.example\.com"'),
    _shop("body-name", FULL_NAME, "person_name", "log.body", r'"full_name":"\[REDACTED:person_name\]"'),
    _shop("body-birth-date", BIRTH_DATE, "birth_date", "log.body", r'"birth_date":"\[REDACTED:birth_date\]"'),
    _shop("body-password", PASSWORD, "password", "log.body", r'"password":"\[REDACTED:password\]"'),
    _shop("body-card", CARD, "card_number", "log.body", r'"card_number":"4242-\*\*\*\*-\*\*\*\*-4242"'),
    # A label of a metric, typed by a customer.
    _shop("metric-label", COUPON_EMAIL, "email", "metric.attributes.shop.coupon", r"^e\*\*\*@coupon\.example\.com$"),
    # SQL text with its values in place.
    Planted("sql-literal", DECLINED_EMAIL, "sql_literal", "orders", "span.attributes.db.query.text",
            r"INSERT INTO orders VALUES \(\?, \?, \?, \?, \?\)"),
    # An exception: on the span as event and status, in the server's log as stack trace.
    Planted("exception-email", DECLINED_EMAIL, "email", "payments", "span.events.exception.message",
            r"of p\*\*\*@declined\.example\.com was"),
    Planted("exception-card", DECLINED_CARD, "card", "payments", "span.events.exception.stacktrace",
            r"card 4000-\*\*\*\*-\*\*\*\*-0002 of"),
    Planted("exception-status", DECLINED_CARD, "card", "payments", "span.status.message",
            r"card 4000-\*\*\*\*-\*\*\*\*-0002 of p\*\*\*@declined"),
    Planted("exception-log", DECLINED_CARD, "card", "payments", "log.attributes.exception.stacktrace",
            r"card 4000-\*\*\*\*-\*\*\*\*-0002 of p\*\*\*@declined"),
    # Structured attributes of a log record.
    _shop("contact-phone", CONTACT_PHONE, "phone_number", "log.attributes.ticket.contact.phone",
          r"^\+1 \(415\) \*\*\*-2671$"),
    _shop("contact-ssn", CONTACT_SSN, "social_security_number", "log.attributes.ticket.contact.ssn",
          r"^\*\*\*-\*\*-4821$"),
    # Fields of events: who got an account, who failed to log in, what was said in a chat, why an alert was raised.
    _shop("audit-email", BODY_EMAIL, "email", "log.attributes.otel_kit.audit.target", r"^y\*\*\*@body\.example\.com$"),
    _shop("security-email", LOGIN_EMAIL, "email", "log.attributes.otel_kit.security.target",
          r"^m\*\*\*@login\.example\.com$"),
    _shop("chat-card", CHAT_CARD, "card", "log.attributes.otel_kit.interaction.input.text",
          r"card 5555-\*\*\*\*-\*\*\*\*-4444"),
    Planted("alert-email", DECLINED_EMAIL, "email", "payments", "log.attributes.otel_kit.alert.reason",
            r"the last one for p\*\*\*@declined\.example\.com$"),
    # A log line behind a queue, in another thread than the request.
    Planted("queue-email", BODY_EMAIL, "email", "orders", "log.body", r"sent to y\*\*\*@body\.example\.com$"),
    # Free text, as people paste it into a support form.
    _shop("text-phone", TEXT_PHONE, "phone", "log.body", r"call \(212\) \*\*\*-0187"),
    _shop("text-ssn", TEXT_SSN, "ssn", "log.body", r"number is \*\*\*-\*\*-7733"),
    _shop("text-iban", TEXT_IBAN, "iban", "log.body", r"refund to DE\*\* \*\*\*\* 3000"),
    _shop("text-address", TEXT_ADDRESS, "ip", "log.body", r"blocked from 198\.51\.100\.0\b"),
    _shop("text-password", TEXT_PASSWORD, "password", "log.body", r"password=\[REDACTED:password\]"),
    _shop("url-password", DATABASE_PASSWORD, "url_password", "log.body",
          r"postgresql://shop:\[REDACTED:url_password\]@db/shop"),
    _shop("basic-auth", BASIC_AUTH, "basic_auth", "log.body", r"Basic \[REDACTED:basic_auth\]"),
    _shop("aws-key", AWS_KEY, "aws_key", "log.body", r"AWS \[REDACTED:aws_key\]"),
    _shop("github-token", GITHUB_TOKEN, "github_token", "log.body", r"GitHub \[REDACTED:github_token\]"),
    _shop("stripe-key", STRIPE_KEY, "stripe_key", "log.body", r"Stripe \[REDACTED:stripe_key\]"),
    _shop("private-key", PRIVATE_KEY, "private_key", "log.body", r"BEGIN PRIVATE KEY-----\[REDACTED:private_key\]"),
)  # fmt: skip
