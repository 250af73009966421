"""Other web sites get nothing from a viewer on loopback, and can change nothing in it."""

from __future__ import annotations

import pytest

from tests.unit.local import messages
from tests.unit.local.client import PROTOBUF, RunningViewer, request

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@pytest.mark.parametrize("path", ["/", "/api/status", "/api/traces?bad=1", "/nowhere", "/static/none.js"])
def test_every_answer_carries_the_security_headers(shared_viewer: RunningViewer, path: str) -> None:
    """Errors and missing files, too."""
    headers = request(shared_viewer.page, "GET", path).headers

    assert headers["content-security-policy"] == CSP
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert not [name for name in headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:4319", "127.0.0.1.evil.example", "", "localhost:x", "[::2]"]
)
def test_a_foreign_host_name_is_refused(shared_viewer: RunningViewer, host: str) -> None:
    """On both ports: it means that a name of somebody else was bound to 127.0.0.1."""
    page = request(shared_viewer.page, "GET", "/api/status", headers={"Host": host})
    ingest = request(shared_viewer.http, "POST", "/v1/traces", b"", {**PROTOBUF, "Host": host})

    assert (page.status, ingest.status) == (421, 421)
    assert page.headers["content-security-policy"] == CSP


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST:9", "[::1]", "[::1]:4319"])
def test_loopback_names_are_served(shared_viewer: RunningViewer, host: str) -> None:
    """With any port, as a forwarded port has another number."""
    assert request(shared_viewer.page, "GET", "/api/status", headers={"Host": host}).status == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://127.0.0.1"])
def test_a_cross_origin_request_is_refused(shared_viewer: RunningViewer, origin: str) -> None:
    """Reading, deleting, and sending telemetry."""
    body = messages.traces(messages.span()).SerializeToString()

    answers = [
        request(shared_viewer.page, "GET", "/api/status", headers={"Origin": origin}),
        request(shared_viewer.page, "POST", "/api/clear", headers={"Origin": origin}),
        request(shared_viewer.http, "POST", "/v1/traces", body, {**PROTOBUF, "Origin": origin}),
        request(shared_viewer.http, "OPTIONS", "/v1/traces", headers={"Origin": origin}),
    ]

    assert [answer.status for answer in answers] == [403, 403, 403, 403]
    assert shared_viewer.get("status")["store"]["spans"] == 0


def test_only_the_page_itself_can_delete(viewer: RunningViewer) -> None:
    """A request without an origin is none of the page's."""
    viewer.send(messages.traces(messages.span()))
    viewer.send(messages.logs(messages.log("findable words")))

    without = request(viewer.page, "POST", "/api/clear")
    by_get = request(viewer.page, "GET", "/api/clear")
    kept = viewer.get("status")["store"]["spans"]
    own = request(viewer.page, "POST", "/api/clear", headers={"Origin": viewer.page})

    assert (without.status, by_get.status, kept, own.status) == (403, 405, 1, 204)
    store = viewer.get("status")["store"]
    assert (store["spans"], store["logs"], viewer.get("status")["services"]) == (0, 0, [])
    assert viewer.get("logs", q="findable")["logs"] == []


def test_after_deleting_new_data_is_found(viewer: RunningViewer) -> None:
    """Shared rows that were deleted are written again."""
    viewer.send(messages.traces(messages.span(attributes={"user.id": "u-1"})))
    request(viewer.page, "POST", "/api/clear", headers={"Origin": viewer.page})

    viewer.send(messages.traces(messages.span(attributes={"user.id": "u-1"})))

    assert [trace["span_count"] for trace in viewer.get("traces", attr="user.id=u-1")["traces"]] == [1]
    assert viewer.get("status")["services"] == ["shop"]


def test_the_page_and_its_files_are_served(shared_viewer: RunningViewer) -> None:
    """And nothing outside their folder."""
    index = request(shared_viewer.page, "GET", "/")
    outside = request(shared_viewer.page, "GET", "/static/../api.py")

    assert (index.status, index.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert outside.status == 404
