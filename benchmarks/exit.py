"""What the end of a process costs and delivers: exits, SIGTERM under servers, and one collection of machine figures.

    python benchmarks/exit.py [--records 1000] [--requests 200]

Plain programs make so many spans, log records and counts and end in front of a backend in each state; the seconds are
from the last line of the program to the end of its process, beside the same program with the kit switched off. Servers
get the requests and a SIGTERM; what the sink then has is the figure. Nothing is sent before the end.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the tests' sink and programs

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1000)
    parser.add_argument("--requests", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["OTEL_KIT_STATE_DIR"] = folder  # noqa: TID251 - for the children
        exits(options.records)
        servers(options.requests, Path(folder))
    collection()


def exits(records: int) -> None:
    print(f"{records} spans, {records} logs and metrics at the end of a program\n")
    print(f"{'backend':12} {'ending':8} {'exit s':>7} {'off s':>6}  {'spans':>6} {'logs':>6}  said")
    for name, answer in {**BACKENDS, "dead": None}.items():
        for ending in ("normal", "SIGTERM"):
            sink = OtlpSink()
            sink.default = answer or Answer()
            end = _end(records, sink.endpoint if answer else DEAD, ending, {})
            off = _end(records, DEAD, ending, {"OTEL_SDK_DISABLED": "true"})
            said = end.lines[0].split(": ", 2)[-1].split(" (")[0] if end.lines else ""
            row = f"{name:12} {ending:8} {end.seconds:7.2f} {off.seconds:6.2f}"
            print(f"{row}  {len(sink.spans()):6} {len(sink.logs('work')):6}  {said}")
            sink.stop()


def _end(records: int, endpoint: str, ending: str, env: dict[str, str]) -> End:
    code = f"otel_kit.init('exit')\nemit({records})\nmarker()\n"
    program = Program(code + ("threading.Event().wait()" if ending == "SIGTERM" else ""), endpoint, env)
    program.wait_for_marker()
    return (program.send(signal.SIGTERM) if ending == "SIGTERM" else program).end()


def servers(requests: int, folder: Path) -> None:
    print(f"\n{requests} requests, each with a span and a log record of its own, then SIGTERM\n")
    print(f"{'server':22} {'backend':8} {'stop s':>7}  {'spans':>6} {'logs':>6} {'counted':>8}")
    for name, command in SERVERS.items():
        for backend in ("fine", "hanging"):
            sink = OtlpSink()
            server = Server(command, sink.endpoint, folder)
            eventually(lambda server=server: server.get("/openapi.json"), f"{name} answers", 40)  # type: ignore[misc]
            for number in range(requests):
                server.get(f"/jobs/{number}")
            sink.default = BACKENDS[backend]
            _, seconds = server.stop(signal.SIGTERM)
            logs = [log for log in sink.logs() if str(log.body).startswith("work ")]
            counted = sum(point.value for point in sink.latest("done"))
            print(f"{name:22} {backend:8} {seconds:7.2f}  {len(sink.spans('work')):6} {len(logs):6} {counted:8.0f}")
            sink.stop()


def collection() -> None:
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
    times.sort()
    print(
        f"\none collection of process and host figures: median {statistics.median(times) * 1000:.2f} ms, "
        f"90th percentile {times[180] * 1000:.2f} ms, {len(faults)} sensors failed"
    )


if __name__ == "__main__":
    main()
