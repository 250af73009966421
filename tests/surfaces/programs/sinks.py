"""Plants in what the kit's own sinks write: each sink gets the records of a logger of its own."""

from __future__ import annotations

import logging
import sys
from typing import Any

from opentelemetry import _logs
from opentelemetry._logs import LogRecord

import otel_kit
from otel_kit.kit import Kit
from tests.conditions import eventually
from tests.surfaces.cell import key
from tests.surfaces.matrix.all_cells import plants
from tests.surfaces.matrix.sinks import SINKS, WAY
from tests.surfaces.programs.runs import runs
from tests.unit.logs.sinks.syslog.servers import StreamServer

TEXTS = plants(WAY)


def plant_for(sink: str) -> None:
    """Put a value at each surface; every sink that is on gets it."""
    log = logging.getLogger("app")
    log.info(TEXTS[f"{sink}: message"])
    surface = f"{sink}: extra, by its key"
    log.info("x", extra={key(surface, WAY): TEXTS[surface]})
    try:
        raise ValueError(TEXTS[f"{sink}: exception"])
    except ValueError:
        log.exception("failed")
    with otel_kit.bind(note=TEXTS[f"{sink}: bound value"]):
        log.info("bound")
    _logs.get_logger("app").emit(LogRecord(body="x", event_name=TEXTS[f"{sink}: name of an event"]))
    _logs.get_logger("app").emit(LogRecord(body={"to": TEXTS[f"{sink}: body that is a map"]}))


def main() -> None:
    """Plant in each run; the console is text on standard output first, then JSON on standard error."""
    servers: list[StreamServer] = []
    names = iter([argument.split("=")[0] for argument in sys.argv[1:]])

    def start(**options: Any) -> Kit:
        servers.append(StreamServer())
        own = {
            "logs.file.path": f"{next(names)}.log",
            "logs.syslog.address": f"tcp://127.0.0.1:{servers[-1].server_address[1]}",
        }
        return otel_kit.init(**{**options, "settings": {**options["settings"], **own}})

    def plant(_run: str, kit: Kit) -> dict[str, list[str]]:
        for sink, _, is_json in SINKS:
            kit.reload(
                {
                    "logs.console": "json" if is_json else "text",
                    "logs.console_stream": "stderr" if is_json else "stdout",
                }
            )
            plant_for(sink)
            assert kit.flush(20)
        eventually(lambda: len(servers[-1].messages) >= kit.status().sinks["syslog"].written, "all messages")
        return {"headers": [message.decode("utf-8") for message in servers[-1].messages]}

    runs(plant, start, **{"service.name": "sinks", "logs.level": "info"})


if __name__ == "__main__":
    main()
