"""The privacy page lists what the kit really sends, and the figures of the pages are those of the result files."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.figures import RESULTS
from docs import reference
from docs.privacy_page import COLLECTED
from tests.otlp_sink import OtlpSink
from tests.subprocesses import run_python

_APPLICATION = """
    import asyncio, logging
    import httpx
    from fastapi import FastAPI
    import otel_kit

    app = FastAPI()
    log = logging.getLogger("shop")

    @app.get("/items/{item}")
    async def item(item: str):
        otel_kit.bind(user_id="u-1", session_id="s-1", tenant="acme")
        log.warning("item")
        async with httpx.AsyncClient() as client:
            try:
                await client.get("http://127.0.0.1:9/x?a=1")
            except Exception:
                log.exception("no")
        return {}

    @app.get("/boom")
    async def boom():
        raise ValueError("x")

    kit = otel_kit.init("shop", app=app)
    import sqlalchemy
    with sqlalchemy.create_engine("sqlite://").connect() as connection:
        connection.execute(sqlalchemy.text("select 1"))

    async def main():
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("203.0.113.9", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            context = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
            await client.get("/items/1?page=2", headers={"traceparent": context, "x-request-id": "abc"})
            await client.get("/boom")
            await client.request("WEIRD", "/boom")

    asyncio.run(main())
    kit.flush(10)
"""


def test_every_key_that_leaves_is_on_the_page(otlp: OtlpSink) -> None:
    """Errors, a stranger's trace, bound values and calls send no key that the page does not name."""
    result = run_python(_APPLICATION, env={"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint})

    assert result.returncode == 0, result.stderr
    sent: set[str] = set()
    for span in otlp.spans():
        sent |= {*span.attributes, *span.resource}
        for part in (*span.events, *span.links):
            sent |= {*part.attributes}
    for record in otlp.logs():
        sent |= {*record.attributes, *record.resource}
    for point in otlp.points():
        sent |= {*point.attributes, *point.resource}
    listed = {key for _, key, _ in COLLECTED}
    assert sent - listed == set()
    assert {
        "client.address",
        "url.query",
        "user.id",
        "exception.message",
        "otel_kit.link.reason",
        "db.query.text",
    } <= sent


def test_readme_and_pages_show_the_newest_figures() -> None:
    """`python -m docs.reference` would change nothing, in the README neither."""
    stale = [page.name for page in reference.PAGES if reference.rendered(page.read_text()) != page.read_text()]

    assert stale == []


def test_result_files_say_what_they_were_measured_with() -> None:
    """Versions, policy and CPUs stand in every file."""
    for path in Path(RESULTS).glob("*.json"):
        versions = json.loads(path.read_text())["versions"]
        assert {"otel-kit", "policy", "python", "opentelemetry-sdk", "hyperscan", "cpus"} <= versions.keys(), path.name
