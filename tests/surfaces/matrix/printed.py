"""What handlers that are not the kit's print, write and send, and what processors behind the kit's print."""

from __future__ import annotations

from collections.abc import Iterator

from tests.surfaces.cell import Cell, card, key, mail, password, token

WAY = "console, files"
NOT_PRINTED = "A record that cannot be formatted is printed without its arguments."


def _cells() -> Iterator[Cell]:
    yield mail("last resort of logging", WAY, outlet="stderr")
    yield mail("StreamHandler", WAY, outlet="stdout")
    yield token("StreamHandler, extra in the format", WAY, outlet="stdout")
    yield card("StreamHandler, stack trace", WAY, outlet="stdout")
    yield mail("StreamHandler, added later", WAY, outlet="stdout")
    yield mail("FileHandler", WAY, outlet="file")
    surface = "FileHandler, JSON formatter"
    yield password(surface, WAY, _in_json(surface), outlet="file")
    surface = "StreamHandler, JSON by structlog"
    yield password(surface, WAY, _in_json(surface), outlet="stdout")
    yield password("StreamHandler, coloured by structlog", WAY, outlet="stdout")
    yield mail("PrintLogger of structlog", WAY, outlet="stdout")
    yield mail("WriteLogger of structlog, rich stack trace", WAY, outlet="file")
    yield mail("stream sink of loguru", WAY, outlet="stdout")
    yield mail("file sink of loguru, stack trace with values", WAY, outlet="file")
    yield mail("file sink of loguru, serialised", WAY, outlet="file")
    yield mail("QueueHandler", WAY, outlet="file")
    domain = "httphandler.console-files.example.com"
    sent = {"shown": f"a%2A%2A%2A%40{domain}", "raw": f"ada%40{domain}"}
    yield mail("HTTPHandler", WAY, outlet="headers", **sent)
    yield mail("SocketHandler", WAY, outlet="headers")
    yield mail("arguments that do not fit", WAY, outcome="removed", shown="", outlet="stderr", note=NOT_PRINTED)
    yield mail("handler that fails", WAY, outlet="stderr")
    yield mail("warning", WAY, outlet="stdout")
    yield mail("access log of uvicorn", WAY, outlet="stdout")
    yield mail("error log of uvicorn", WAY, outlet="stderr")
    yield mail("ConsoleSpanExporter, added early", WAY, outlet="stdout")
    yield mail("ConsoleSpanExporter, added late", WAY, outlet="stdout")
    yield mail("link: trace state", WAY, outcome="removed", shown="", outlet="stdout")
    yield mail("ConsoleLogRecordExporter", WAY, outlet="stdout")
    yield mail("ConsoleMetricExporter", WAY, outlet="stdout")


def _in_json(surface: str) -> str:
    return f'"{key(surface, WAY)}":"[REDACTED:password]"'


CELLS = tuple(_cells())
