"""What the end of a process costs and delivers: exits, SIGTERM under servers, and one collection of machine figures.

    python -m benchmarks.exit [--records 1000] [--requests 200]

Plain programs make so many spans, log records and counts and end in front of a backend in each state; the seconds are
from the last line of the program to the end of its process, beside the same program with the kit switched off. Servers
get the requests and a SIGTERM; what the sink then has is the figure. Nothing is sent before the end.
"""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from benchmarks import figures
from otel_kit.metrics.machine import observe_host, observe_process
from tests.conditions import eventually
from tests.otlp_sink import Answer, OtlpSink
from tests.process.programs import End, Program
from tests.process.test_servers import SERVERS, Server

BACKENDS = {
    "fine": Answer(),
    "503": Answer(status=503),
    "hanging": Answer(hang=True),
    "slow, 9 s": Answer(delay_s=9.0),
}
DEAD = "http://127.0.0.1:9"


def measure(records: int = 1000, requests: int = 200) -> dict[str, Any]:
    """Return the figures: seconds, records that arrived, milliseconds per collection."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["OTEL_KIT_STATE_DIR"] = folder  # noqa: TID251 - for the children
        return {
            "records": records,
            "requests": requests,
            "exits": exits(records),
            "servers": servers(requests, Path(folder)),
            "collection": collection(),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1000)
    parser.add_argument("--requests", type=int, default=200)
    options = parser.parse_args()
    for line in figures.lines(measure(options.records, options.requests)):
        print(line)


def exits(records: int) -> list[dict[str, Any]]:
    """Return a row for each state of the backend and each ending."""
    rows = []
    for name, answer in {**BACKENDS, "dead": None}.items():
        for ending in ("normal", "SIGTERM"):
            sink = OtlpSink()
            sink.default = answer or Answer()
            end = _end(records, sink.endpoint if answer else DEAD, ending, {})
            off = _end(records, DEAD, ending, {"OTEL_SDK_DISABLED": "true"})
            rows.append(
                {
                    "name": f"backend {name}, {ending}",
                    "seconds": round(end.seconds, 2),
                    "seconds without the kit": round(off.seconds, 2),
                    "spans": len(sink.spans()),
                    "logs": len(sink.logs("work")),
                    "said": end.lines[0].split(": ", 2)[-1].split(" (")[0] if end.lines else "",
                }
            )
            sink.stop()
    return rows


def _end(records: int, endpoint: str, ending: str, env: dict[str, str]) -> End:
    code = f"otel_kit.init('exit')\nemit({records})\nmarker()\n"
    program = Program(code + ("threading.Event().wait()" if ending == "SIGTERM" else ""), endpoint, env)
    program.wait_for_marker()
    return (program.send(signal.SIGTERM) if ending == "SIGTERM" else program).end()


def servers(requests: int, folder: Path) -> list[dict[str, Any]]:
    """Return a row for each server and backend; each request has a span and a log record of its own."""
    rows = []
    for name, command in SERVERS.items():
        for backend in ("fine", "hanging"):
            sink = OtlpSink()
            server = Server(command, sink.endpoint, folder)
            eventually(lambda server=server: server.get("/openapi.json"), f"{name} answers", 40)  # type: ignore[misc]
            for number in range(requests):
                server.get(f"/jobs/{number}")
            sink.default = BACKENDS[backend]
            _, seconds = server.stop(signal.SIGTERM)
            rows.append(
                {
                    "name": f"{name}, backend {backend}",
                    "seconds": round(seconds, 2),
                    "spans": len(sink.spans("work")),
                    "logs": len([log for log in sink.logs() if str(log.body).startswith("work ")]),
                    "counted": sum(point.value for point in sink.latest("done")),
                }
            )
            sink.stop()
    return rows


def collection() -> dict[str, Any]:
    """Return what one collection of process and host figures takes."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], shutdown_on_exit=False)
    meter = provider.get_meter("machine")
    faults: list[str] = []
    observe_process(meter, lambda place, _: faults.append(place))
    observe_host(meter, lambda place, _: faults.append(place), lambda: True)
    times = []
    for _ in range(200):
        began = time.perf_counter()
        reader.collect()
        times.append(time.perf_counter() - began)
    provider.shutdown()
    return {"milliseconds": figures.spread([1000 * one for one in times]), "sensors failed": len(faults)}


if __name__ == "__main__":
    main()
