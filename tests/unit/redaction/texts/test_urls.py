"""URLs, query strings and form data."""

from __future__ import annotations

import pytest

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("url.full", "https://bob:pw@example.com/a", "https://bob:[REDACTED:url_password]@example.com/a"),
        ("url.full", "https://x.de/a?token=abc&n=1#top", "https://x.de/a?token=[REDACTED:token]&n=1#top"),
        ("url.full", "https://x.de/#access_token=abc", "https://x.de/#access_token=[REDACTED:token]"),
        ("http.url", "/cb?code=abc&state=1", "/cb?code=[REDACTED:query_secret]&state=1"),
        ("url.query", "email=bob%40example.com&x=a%20b", "email=b***%40example.com&x=a%20b"),
        ("url.query", "q=bob%2540example.com", "q=b***%2540example.com"),
        ("url.query", "to%6Ben=abc", "to%6Ben=[REDACTED:token]"),
        ("url.query", "q=call+%28555%29+123-1234", "q=call%20(555)%20***-1234"),
        ("url.query", "n=4111%252D1111%252D1111%252D1111", "n=4111-****-****-1111"),
        ("url.query", "filter=%7B%22password%22%3A%22hunter2%22%7D",
         "filter=%7B%22password%22:%22[REDACTED:password]%22%7D"),
        ("url.query", "?first_name=J%C3%B6rg;n=1", "?first_name=[REDACTED:person_name];n=1"),
        ("url.query", "X-Amz-Signature=ab12&x=1", "X-Amz-Signature=[REDACTED:request_signature]&x=1"),
        ("url.path", "/users/bob%40example.com/orders", "/users/b***%40example.com/orders"),
        ("url.path", "/u/4111%201111%201111%201111", "/u/4111-****-****-1111"),
        ("http.request.header.referer", ["https://x.de/?token=abc"], ["https://x.de/?token=[REDACTED:token]"]),
        ("url.query", "bob%40example.com=1", "b***%40example.com=1"),
    ],
)  # fmt: skip
def test_parts_of_urls_are_redacted(key: str, value: object, wanted: object) -> None:
    """Names by class, values as they stand and decoded; the rest of the URL stays."""
    redacted = default_redactor().value(key, value, Findings())

    assert redacted == wanted
    findings = Findings()
    assert default_redactor().value(key, redacted, findings) == wanted
    assert findings == Findings()


@pytest.mark.parametrize("text", ["%", "%zz", "?&&=;=", "http://[::1", "a?b#c?d=e#f", "%ff%fe", "http://@:@/", "?=%"])
def test_broken_urls_stay_as_they_are(text: str) -> None:
    """What is no URL is no reason to alter it."""
    for key in ("url.full", "url.query", "url.path"):
        assert default_redactor().value(key, text, Findings()) == text


def test_encoded_form_data_inside_a_sentence_is_redacted() -> None:
    """A logged request line is free text with a URL in it."""
    text = 'INFO "GET /a?email=bob%40example.com&card=4111%201111%201111%201111 HTTP/1.1" 200'

    redacted = default_redactor().text(text, Findings())

    assert redacted == 'INFO "GET /a?email=b***%40example.com&card=4111-****-****-1111 HTTP/1.1" 200'
