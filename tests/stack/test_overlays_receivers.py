"""What comes in by the overlays' receivers, from real lines, files, machines and servers: parsed, redacted, whole."""

from __future__ import annotations

import json
import socket
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.conditions import eventually
from tests.stack import file_output
from tests.stack.collector_process import BASE, REPOSITORY, TO_FILES, Collector, NewCollector, free_ports

pytestmark = pytest.mark.stack

OVERLAYS = REPOSITORY / "collector" / "overlays"
_TRACE, _SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"

# Line -> what has to come out: body, and the fields that are not left out here.
SYSLOG: dict[str, dict[str, Any]] = {
    f'<165>1 2026-11-21T22:14:15.003Z shop-1 orders 4711 ID47 [meta@1 key="v"] paid, trace_id={_TRACE}': {
        "body": f"paid, trace_id={_TRACE}",
        "severity_text": "notice",
        "trace_id": _TRACE,
        "resource": {"host.name": "shop-1", "service.name": "orders"},
        "attributes": {"syslog.msg_id": "ID47", "syslog.facility": "local4", "syslog.proc_id": "4711"},
    },
    "<34>Nov 21 22:14:15 mail-1 postfix[99]: rejected": {
        "body": "rejected",
        "severity_text": "crit",
        "resource": {"host.name": "mail-1", "service.name": "postfix"},
    },
    "<165>1 2026-11-21T22:14:15.003Z - orders - - - receipt to jane.doe@example.com": {
        "body": "receipt to ****",
        "resource": {"service.name": "orders"},
    },
    "<13>no date, no host": {
        "body": "<13>no date, no host",
        "severity_text": "notice",
        "attributes": {"otel_kit.unparsed": "syslog"},
        "resource": {"service.name": "syslog"},
    },
    "nothing of syslog at all": {
        "body": "nothing of syslog at all",
        "attributes": {"otel_kit.unparsed": "syslog"},
    },
    "<165>1 broken rfc 5424": {
        "body": "<165>1 broken rfc 5424",
        "attributes": {"otel_kit.unparsed": "syslog"},
    },
}


@pytest.mark.parametrize("counting", [False, True], ids=["lines", "octets"])
def test_syslog_of_both_formats_over_both_transports(new_collector: NewCollector, counting: bool) -> None:
    """RFC 5424 and 3164 on one port; what is neither is kept and marked; all is redacted, nobody authenticated."""
    udp, tcp = (f"127.0.0.1:{port}" for port in free_ports(2))
    collector = new_collector(
        *BASE,
        TO_FILES,
        OVERLAYS / "syslog.yaml",
        OTELCOL_SYSLOG_UDP_ENDPOINT=udp,
        OTELCOL_SYSLOG_TCP_ENDPOINT=tcp,
        OTELCOL_SYSLOG_OCTET_COUNTING=str(counting).lower(),
    )
    collector.start()

    with socket.create_connection(_address(tcp)) as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        for line in SYSLOG:
            data = line.encode()
            stream.sendall(b"%d " % len(data) + data if counting else data + b"\n")
            datagrams.sendto(data, _address(udp))
    records = _records(collector, 2 * len(SYSLOG))

    for line, expected in SYSLOG.items():
        # Twice, once by each transport.
        same = [record for record in records if _has(record, expected)]
        assert len(same) == 2, (line, [record["body"] for record in records])
        assert all(("otel_kit.unparsed" in record["attributes"]) == _is_marked(expected) for record in same)
        assert all(record["resource"]["otel_kit.ingest.authenticated"] is False for record in same)
    assert "jane.doe" not in file_output.raw_text(collector.output)


KIT_LINE = {
    "timestamp": "2026-11-21T20:15:30.123456Z",
    "level": "warning",
    "service": "orders",
    "environment": "production",
    "component": "orders.payment",
    "message": "refused for jane.doe@example.com",
    "event": "payment.refused",
    "trace_id": _TRACE,
    "span_id": _SPAN,
    "attributes": {"order": 17, "retention.tier": "security"},
}
TRACEBACK = """\
ERROR payment failed
Traceback (most recent call last):
  File "payment.py", line 31, in charge
    raise Refused(code)
shop.RefusedError: 51"""

# What a container printed -> what has to come out.
PRINTED: dict[str, dict[str, Any]] = {
    json.dumps(KIT_LINE): {
        "body": "refused for ****",
        "severity_number": 13,
        "severity_text": "warning",
        "time_unix_nano": 1795292130123456000,
        "trace_id": _TRACE,
        "span_id": _SPAN,
        "event_name": "payment.refused",
        "resource": {"service.name": "orders", "deployment.environment.name": "production"},
        "attributes": {
            "order": 17,
            "retention.tier": "security",
            "component": "orders.payment",
            "log.iostream": "stdout",
            "redaction.body.masked.count": 1,
        },
    },
    '{"event": "started", "level": "info", "time": "2026-11-21T20:15:30Z"}': {
        "body": "started",
        "severity_number": 9,
        "event_name": "",
    },
    "plain text, level=WARN, trace_id=" + _TRACE: {
        "body": "plain text, level=WARN, trace_id=" + _TRACE,
        "severity_number": 13,
        "trace_id": _TRACE,
        "resource": {"service.name": "shop"},
    },
    '{"msg": "down", "severity": "CRITICAL"}': {"body": "down", "severity_number": 21},
    TRACEBACK: {"body": TRACEBACK, "severity_number": 17},
    "x" * 40_000: {"body": "x" * 40_000},
    '{"cut off": ': {"body": '{"cut off": ', "attributes": {"otel_kit.unparsed": "json"}},
    '{"trace_id": 5, "level": 30, "message": {"a": 1}}': {"attributes": {"trace_id": 5, "level": 30}},
    '{"msg": "odd", "level": "loud", "time": "noon", "span_id": "x"}': {
        "body": "odd",
        "severity_number": 0,
        "attributes": {"level": "loud", "timestamp": "noon", "span_id": "x"},
    },
}


def test_container_lines_are_understood(new_collector: NewCollector, tmp_path: Path) -> None:
    """JSON of the kit and of others, plain text, a stack trace, a line in pieces, half a line: nothing is lost."""
    file = tmp_path / "containers" / ("c" * 64) / f"{'c' * 64}-json.log"
    file.parent.mkdir(parents=True)
    with file.open("w") as stream:
        for printed in PRINTED:
            stream.writelines(_docker(line + "\n") for line in printed.split("\n"))
        stream.write("not what Docker writes\n")
    collector = _container_logs(new_collector, tmp_path)
    collector.start()

    records = _records(collector, len(PRINTED) + 1)

    for printed, expected in PRINTED.items():
        same = [record for record in records if _has(record, expected)]
        assert len(same) == 1, (
            printed[:100],
            [(record["body"], record) for record in records if len(str(record)) < 5000],
        )
        assert ("otel_kit.unparsed" in same[0]["attributes"]) == _is_marked(expected)
    (kits,) = [record for record in records if record["event_name"] == "payment.refused"]
    assert kits["attributes"] == PRINTED[json.dumps(KIT_LINE)]["attributes"]
    (foreign,) = [record for record in records if record["body"] == "not what Docker writes"]
    assert foreign["attributes"]["otel_kit.unparsed"] == "docker"
    assert {record["resource"]["container.id"] for record in records} == {"c" * 64}
    assert "jane.doe" not in file_output.raw_text(collector.output)


def test_container_lines_survive_rotation_and_restart(new_collector: NewCollector, tmp_path: Path) -> None:
    """Each line once: written while it runs, over rotations, and while it is down."""
    file = tmp_path / "containers" / "a" / "a-json.log"
    file.parent.mkdir(parents=True)
    collector = _container_logs(new_collector, tmp_path)
    written: list[str] = []

    def write(count: int) -> None:
        with file.open("a") as stream:
            for _ in range(count):
                written.append(f"line {len(written)}")
                stream.write(_docker(written[-1] + "\n"))

    def rotate() -> None:
        if (older := file.with_name(file.name + ".1")).exists():
            older.rename(file.with_name(file.name + ".2"))
        file.rename(older)

    write(200)
    collector.start()
    _records(collector, 200)
    write(100)
    rotate()
    write(100)
    _records(collector, 400)
    collector.stop()
    # The exporter of the tests begins its file anew.
    before = list(file_output.logs(collector.output))
    # Nobody reads: the rest of one file, a rotation, the next one.
    write(100)
    rotate()
    write(100)
    collector.start()
    after = _records(collector, 200)
    collector.stop()

    assert Counter(record["body"] for record in (*before, *after)) == Counter(dict.fromkeys(written, 1))


def test_host_metrics_say_whose_they_are(new_collector: NewCollector) -> None:
    """Of each part of the machine, under the name it was given."""
    collector = new_collector(
        *BASE,
        TO_FILES,
        OVERLAYS / "host_metrics.yaml",
        OTELCOL_HOST_NAME="shop-1",
        OTELCOL_HOST_METRICS_INTERVAL="1s",
    )
    collector.start()
    wanted = {
        "system.cpu.time", "system.cpu.utilization", "system.memory.usage", "system.memory.utilization",
        "system.cpu.load_average.1m", "system.network.io", "system.filesystem.usage", "system.disk.io",
    }  # fmt: skip

    eventually(lambda: wanted <= {point["metric"] for point in file_output.points(collector.output)}, "all metrics")

    resources = [point["resource"] for point in file_output.points(collector.output)]
    assert {(resource["host.name"], resource["service.name"]) for resource in resources} == {("shop-1", "host")}
    assert {resource["otel_kit.ingest.authenticated"] for resource in resources} == {False}


@pytest.fixture
def website() -> Iterator[str]:
    """A server that answers 200 on / and 503 elsewhere."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 503)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_http_checks_tell_answers_and_silence(new_collector: NewCollector, website: str) -> None:
    """Several addresses: one well, one ill, one not there."""
    nobody = f"http://127.0.0.1:{free_ports(1)[0]}/"
    collector = new_collector(
        *BASE,
        TO_FILES,
        OVERLAYS / "http_check.yaml",
        OTELCOL_HTTP_CHECK_URLS=f"{website}/,{website}/ill,{nobody}",
        OTELCOL_HTTP_CHECK_INTERVAL="1s",
    )
    collector.start()

    def seen() -> set[tuple[str, str, str]]:
        return {
            (point["attributes"]["http.url"], point["metric"], str(point["attributes"].get("http.status_class", "")))
            for point in file_output.points(collector.output)
            if point["point"].get("asInt") == "1"
        }

    wanted = {
        (f"{website}/", "httpcheck.status", "2xx"),
        (f"{website}/ill", "httpcheck.status", "5xx"),
        (nobody, "httpcheck.error", ""),
    }
    eventually(lambda: wanted <= seen(), "each address as it is")

    assert (f"{website}/ill", "httpcheck.status", "2xx") not in seen()


def _container_logs(new_collector: NewCollector, folder: Path) -> Collector:
    return new_collector(
        *BASE,
        TO_FILES,
        OVERLAYS / "container_logs.yaml",
        OTELCOL_CONTAINER_LOGS=f"[{folder}/containers/*/*-json.log*]",
    )


def _docker(text: str) -> str:
    """Return a line as Docker's json-file driver writes it: in pieces of 16 KiB."""
    pieces = [text[start : start + 16_384] for start in range(0, len(text), 16_384)]
    row = {"stream": "stdout", "attrs": {"tag": "shop"}, "time": "2026-11-21T22:14:15.123456789Z"}
    return "".join(json.dumps({"log": piece, **row}) + "\n" for piece in pieces)


def _records(collector: Collector, count: int) -> list[dict[str, Any]]:
    def enough() -> list[dict[str, Any]]:
        records = list(file_output.logs(collector.output))
        assert len(records) >= count, [record["body"] for record in records][-20:]
        return records

    return eventually(enough, f"{count} records", timeout_s=20)


def _has(record: dict[str, Any], expected: dict[str, Any]) -> bool:
    return all(
        value.items() <= record[name].items() if isinstance(value, dict) else record[name] == value
        for name, value in expected.items()
    )


def _is_marked(expected: dict[str, Any]) -> bool:
    return "otel_kit.unparsed" in expected.get("attributes", {})


def _address(endpoint: str) -> tuple[str, int]:
    host, _, port = endpoint.rpartition(":")
    return host, int(port)
