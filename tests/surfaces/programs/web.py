"""Plants in requests to a FastAPI application, under each engine."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response

from otel_kit.kit import Kit
from tests.asgi_client import request
from tests.surfaces.matrix.all_cells import plants
from tests.surfaces.matrix.web import ENGINES
from tests.surfaces.programs.runs import runs


def build(engine: str) -> FastAPI:
    """Return an application that answers with headers and fails where it is asked to."""
    texts = plants(engine)
    app = FastAPI()

    @app.post("/orders")
    async def orders(request: Request) -> Response:
        assert await request.body()
        headers = {
            "x-contact": texts["response header"],
            "set-cookie": f"given-{engine}={texts['response cookie']}; Path=/",
        }
        return Response(headers=headers)

    @app.get("/broken")
    async def broken() -> None:
        try:
            raise ValueError(texts["exception: cause"])
        except ValueError as cause:
            raise RuntimeError(f"{texts.get('status text')} {texts['exception: message']}") from cause

    return app


def plant(engine: str, kit: Kit) -> None:
    """Send requests that carry the texts of one engine's cells."""
    texts = plants(engine)
    app = kit.instrument_app(build(engine))
    client = (texts["client address"], 50000)
    headers = {
        "authorization": f"Bearer {texts['header']}",
        "cookie": f"basket-{engine}={texts['cookie']}; colour=red",
        "user-agent": texts["user agent"],
        "x-contact": texts["header: text"],
    }
    request(app, "/orders", "POST", headers=headers, client=client, body=texts["request body"].encode())
    for part in ("query", "query, percent-encoded", "query, percent-encoded twice", "query, a token"):
        request(app, f"/orders?page=1&to={texts[f'URL: {part}']}".replace(" ", "."))
    request(app, f"/customers/{texts['URL: path']}/orders")
    request(app, "/broken")
    parent = {"traceparent": f"00-{'1' * 32}-{'2' * 16}-01", "tracestate": f"vendor={texts['trace state']}"}
    request(app, "/customers", headers=parent)


def main() -> None:
    """Three runs for each engine."""
    for engine in ENGINES:
        runs(
            lambda _run, kit, engine=engine: plant(engine, kit),
            **{
                "service.name": "web",
                "web.engine": engine,
                "web.request_headers": ["authorization", "cookie", "x-contact"],
                "web.response_headers": ["x-contact", "set-cookie"],
            },
        )


if __name__ == "__main__":
    main()
