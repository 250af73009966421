"""Plants by way of logging, with structlog and loguru in front of it as their documentation shows."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import httpx
import loguru
import structlog

import otel_kit
from otel_kit.kit import Kit
from tests.surfaces.cell import key
from tests.surfaces.matrix.all_cells import plants
from tests.surfaces.programs.runs import runs
from tests.surfaces.programs.served import serving


class Printed:
    """Has a text of its own, as a dataclass has."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def plant_logging() -> None:
    """Log with every kind of argument."""
    texts = plants("logging")
    log = logging.getLogger("app")
    log.info("mail to %s", texts["body: text"])
    log.info({"a": _by_key("body: map, the key says it", "logging")})
    for extra in (
        {"note": texts["attribute: text"]},
        _by_key("attribute: the key says it", "logging"),
        {"note": ["a", texts["attribute: in a list"]]},
        {"note": {"a": [{"b": texts["attribute: nested map"]}]}},
        {"note": {"a": _by_key("attribute: nested, the key says it", "logging")}},
        {"note": texts["attribute: bytes"].encode()},
        {"note": int(texts["attribute: whole number"])},
        {texts["attribute: the key itself"]: 1},
        {"note": Printed(texts["attribute: an object that is printed"])},
    ):
        log.info("carrier", extra=extra)
    logging.getLogger(texts["logger name"]).info("x")
    for error in failures("logging"):
        log.error("failed", exc_info=error)
    with otel_kit.bind(note=texts["bound context"]):
        log.info("bound")
    warnings.warn(texts["warning"], stacklevel=1)


def failures(way: str) -> Iterator[Exception]:
    """Yield exceptions that carry the texts of a way's cells, raised and caught."""
    texts = plants(way)
    secret = texts["exception: local variables"]
    try:
        try:
            raise ValueError(texts["exception: cause"])
        except ValueError as cause:
            error = RuntimeError(texts["exception: message"])
            error.add_note(texts["exception: note"])
            raise error from cause
    except RuntimeError as error:
        assert secret
        yield error
    yield ExceptionGroup("some", [LookupError(texts["exception: in a group"])])


def plant_structlog() -> None:
    """Log through the standard library in the three ways that structlog's documentation has, and past it."""
    texts = plants("structlog")
    formatter = structlog.stdlib.ProcessorFormatter.wrap_for_formatter
    through = _structlog(formatter)
    through.info(texts["body: text"], note=texts["attribute: text"])
    through.info("x", **_by_key("attribute: the key says it", "structlog"))
    try:
        raise ValueError(texts["exception: message"])
    except ValueError:
        through.exception("failed")
    as_json = _structlog(structlog.processors.JSONRenderer())
    as_json.info("x", **_by_key("attribute: the key says it, rendered as JSON", "structlog"))
    as_extra = _structlog(structlog.stdlib.render_to_log_kwargs)
    as_extra.info("x", **_by_key("attribute: the key says it, rendered as extra", "structlog"))
    coloured = _structlog(structlog.dev.ConsoleRenderer(colors=True))
    coloured.info("x", **_by_key("attribute: the key says it, coloured", "structlog"))
    own: Any = structlog.wrap_logger(structlog.PrintLogger(io.StringIO()))
    own.info(texts["own printer or sink"])


def _structlog(renderer: Any) -> Any:
    log = logging.getLogger("structured")
    return structlog.wrap_logger(log, [renderer], wrapper_class=structlog.stdlib.BoundLogger)


class PropagateHandler(logging.Handler):
    """Loguru's own recipe for handing its records to logging."""

    def emit(self, record: logging.LogRecord) -> None:
        logging.getLogger(record.name).handle(record)


def plant_loguru() -> None:
    """Log through the standard library as loguru's documentation has it, and past it."""
    texts = plants("loguru")
    log = loguru.logger
    log.remove()
    log.add(PropagateHandler(), format="{message}", diagnose=True)
    log.info(texts["body: text"])
    log.bind(note=texts["attribute: text"]).info("x")
    log.bind(**_by_key("attribute: the key says it", "loguru")).info("x")
    secret = texts["exception: local variables"]
    try:
        raise ValueError(texts["exception: message"] * bool(secret))
    except ValueError:
        log.exception("failed")
    log.remove()
    log.add(io.StringIO())
    log.info(texts["own printer or sink"])


def plant_uvicorn() -> None:
    """Serve with uvicorn, whose loggers keep their records from the root."""
    texts = plants("logging")
    with serving(texts["error log of uvicorn"]) as url:
        httpx.get(f"{url}/?{texts['access log of uvicorn']}")
        httpx.get(f"{url}/broken")


def _by_key(surface: str, way: str) -> dict[str, Any]:
    return {key(surface, way): plants(way)[surface]}


def main() -> None:
    """Plant in each run."""
    logging.captureWarnings(True)
    warnings.simplefilter("always")

    def plant(_run: str, _kit: Kit) -> None:
        plant_logging()
        plant_structlog()
        plant_loguru()
        plant_uvicorn()

    runs(plant, **{"service.name": "logs", "logs.level": "info"})


if __name__ == "__main__":
    main()
