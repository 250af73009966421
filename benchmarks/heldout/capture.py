"""Takes records of real instrumentation: ``python -m benchmarks.heldout.capture`` writes ``captured.json``.

One application on FastAPI, httpx, SQLAlchemy and logging serves requests that hold marks instead of values. Its
providers are OpenTelemetry's own, without the kit, so that nothing is redacted; the OTLP requests are decoded again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from benchmarks.heldout.captured import FIELD, FILE, FREE, KEY

_HEADERS = {
    "host": "shop.internal",
    "user-agent": "python-httpx/0.28.1",
    "x-note": FREE,
    "referer": f"http://shop.internal/?{KEY}={FIELD}",
}
_PATHS = (f"/items/{FIELD}", f"/search?{KEY}={FIELD}&page=2", f"/call?{KEY}={FIELD}", f"/store?{KEY}={FIELD}",
          f"/fail?text={FREE}", f"/log?text={FREE}", f"/missing/{FIELD}")  # fmt: skip
_ROOT = str(Path(__file__).parents[2])


def capture() -> list[dict[str, Any]]:
    """Run the application and return its records that hold a mark."""
    from opentelemetry import trace
    from opentelemetry._logs import set_logger_provider
    from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
    from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
    from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    spans, logs = InMemorySpanExporter(), InMemoryLogRecordExporter()  # type: ignore[no-untyped-call]
    tracers, loggers = TracerProvider(), LoggerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    loggers.add_log_record_processor(SimpleLogRecordProcessor(logs))
    trace.set_tracer_provider(tracers)
    set_logger_provider(loggers)
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.addHandler(LoggingHandler(logger_provider=loggers))
    asyncio.run(_drive(tracers))
    return _marked(encode_spans(spans.get_finished_spans()), encode_logs(logs.get_finished_logs()))


async def _drive(tracers: Any) -> None:
    import httpx
    import sqlalchemy
    from fastapi import FastAPI
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
    from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
    from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor

    app, log = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False}), logging.getLogger("shop.users")
    engine = sqlalchemy.create_engine("sqlite://", poolclass=sqlalchemy.StaticPool)
    SQLAlchemyInstrumentor().instrument(engine=engine, tracer_provider=tracers, skip_dep_check=True)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE users (id INTEGER PRIMARY KEY, kmark TEXT UNIQUE)")
    inner = FastAPI()

    @inner.get("/find")
    async def find() -> dict[str, bool]:
        return {"found": True}

    @app.get("/items/{item}")
    async def item(item: str) -> dict[str, str]:
        log.info("item %s asked for", item)
        return {"item": item}

    @app.get("/search")
    async def search(page: int, kmark: str) -> dict[str, int]:
        log.info("search", extra={"page": page, "kmark": kmark})
        return {"page": page}

    @app.get("/call")
    async def call(kmark: str) -> dict[str, bool]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(inner), base_url="http://users.internal") as client:
            HTTPXClientInstrumentor.instrument_client(client, tracer_provider=tracers)
            await client.get("/find", params={"kmark": kmark})
            await client.get(f"/find/{kmark}")
        return {"ok": True}

    @app.get("/store")
    async def store(kmark: str) -> dict[str, bool]:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"INSERT INTO users (kmark) VALUES ('{kmark}')")
        try:
            with engine.begin() as connection:
                connection.execute(sqlalchemy.text("INSERT INTO users (kmark) VALUES (:v)"), {"v": kmark})
        except sqlalchemy.exc.IntegrityError:
            log.exception("could not store")
        return {"ok": True}

    @app.get("/fail")
    async def fail(text: str) -> None:
        raise ValueError(f"cannot take {text}")

    @app.get("/log")
    async def say(text: str) -> dict[str, bool]:
        log.warning("refused: %s", text, extra={"attempt": 2})
        try:
            raise RuntimeError(text)  # noqa: TRY301 - the stack trace is wanted
        except RuntimeError:
            log.exception("gave up")
        return {"ok": True}

    FastAPIInstrumentor.instrument_app(
        app, tracer_provider=tracers, http_capture_headers_server_request=["x-note", "referer"]
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.internal") as client:
        for path in _PATHS:
            await client.get(path)
            await client.get("/search?page=1&kmark=x", headers=_HEADERS)


def _marked(traces: Any, logs: Any) -> list[dict[str, Any]]:
    from tests.otlp_sink import attributes_of, plain

    found: dict[str, dict[str, Any]] = {}

    def add(name: str, attributes: dict[str, Any]) -> None:
        # Folders of one machine would make each capture another file.
        text = json.dumps(attributes, sort_keys=True).replace(f"{sys.prefix}/", "/usr/").replace(_ROOT, "/app")
        if FIELD in text or FREE in text:
            found.setdefault(text, {"name": name, "attributes": json.loads(text)})

    for resource in traces.resource_spans:
        for scope in resource.scope_spans:
            library = scope.scope.name.rpartition(".")[2]
            for span in scope.spans:
                add(
                    f"{library} span",
                    attributes_of(span.attributes) | {"span name": span.name, "status": span.status.message},
                )
                for event in span.events:
                    add(f"{library} event", attributes_of(event.attributes))
    for resource in logs.resource_logs:
        for scope in resource.scope_logs:
            for record in scope.log_records:
                add(f"log {scope.scope.name}", attributes_of(record.attributes) | {"log body": plain(record.body)})
    return list(found.values())


if __name__ == "__main__":
    os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "http/dup,database/dup"  # noqa: TID251 - old and new names
    taken = capture()
    FILE.write_text(json.dumps(taken, indent=1, sort_keys=True) + "\n")
    print(f"{len(taken)} records, {sorted({one['name'] for one in taken})}", file=sys.stderr)
