"""What a request's scope tells: long texts are cut where a part of them ends."""

from __future__ import annotations

import pytest

from otel_kit.instrument.request_attributes import HEADERS, span_attributes
from otel_kit.redaction.masks import TRUNCATED
from tests.asgi_client import scope_of

ADDRESS = "ada.lovelace@example.com"


@pytest.mark.parametrize("length", range(2020, 2060, 5))
def test_half_an_address_is_not_kept_of_a_long_query_path_or_header(length: int) -> None:
    """A rule would not know it any more; what ends before the limit stays."""
    query = "a=1&".ljust(length - 1, "x") + f"&to={ADDRESS}"
    path = "/a/".ljust(length, "x") + f"/{ADDRESS}/orders"
    header = f"{'first,'.ljust(length, 'x')},{ADDRESS}"

    scope = scope_of(f"{path}?{query}", headers={"x-contact": header, "user-agent": "x" * length + ADDRESS})
    attributes = span_attributes(scope, scope["headers"], ("x-contact",))

    for key in ("url.query", "url.path", "http.request.header.x-contact", "user_agent.original"):
        text = str(attributes[key])
        assert ADDRESS in text or "ada" not in text, key
        assert len(text) <= 2048 + len(TRUNCATED) + len("['']")
    assert str(attributes["url.query"]).startswith("a=1&")
    assert str(attributes["url.path"]).startswith("/a/")


def test_long_texts_without_an_end_are_not_kept() -> None:
    """Method and host have no parts."""
    scope = scope_of("/", "BREW" * 20, host="h" * 300)

    attributes = span_attributes(scope, scope["headers"], ())

    assert attributes["http.request.method_original"] == attributes["server.address"] == TRUNCATED
    assert HEADERS.get([(b"a", b"x" * 3000)], "a") == [TRUNCATED]


def test_texts_within_the_limit_stay_as_they_are() -> None:
    """To the last character."""
    scope = scope_of("/" + "p" * 2047 + "?" + "q" * 2048, "BREW" * 16, host="h" * 255)

    attributes = span_attributes(scope, scope["headers"], ())

    assert attributes["url.path"] == "/" + "p" * 2047
    assert attributes["url.query"] == "q" * 2048
    assert attributes["http.request.method_original"] == "BREW" * 16
    assert attributes["server.address"] == "h" * 255
