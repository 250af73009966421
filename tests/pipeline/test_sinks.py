"""A whole kit and what it writes beside OTLP: the same redacted record, made once, counted, within time limits."""

from __future__ import annotations

import json
import logging
import socket
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import _logs, trace
from opentelemetry._logs import LogRecord

import otel_kit
from otel_kit.errors import ConfigError
from tests.conditions import eventually
from tests.conftest import StartKit
from tests.otlp_sink import OtlpSink
from tests.subprocesses import run_python
from tests.unit.logs.sinks.syslog.servers import StreamServer

SECRET, MASKED = "ada.lovelace@example.com", "a***@example.com"


def _lines(path: Path) -> list[dict[str, Any]]:
    """Return the records in a file without the kit's own events of start and end."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [line for line in lines if not line.get("event", "").startswith("otel_kit.system")]


def test_file_and_otlp_have_the_same_record(kit: StartKit, otlp: OtlpSink, tmp_path: Path) -> None:
    """Ids, bound values, extras; redacted by one pass, so that each finding is counted once."""
    path = tmp_path / "app.log"
    running = kit("shop", environment="test", settings={"logs.file.path": str(path)})
    before = running.status().redaction.hits.get("email", 0)

    with trace.get_tracer("app").start_as_current_span("work"), otel_kit.bind(user_id="42", request_id="r-1", team="x"):
        logging.getLogger("orders").warning("mail to %s", SECRET, extra={"order": 17})
    assert running.flush()

    (line,) = _lines(path)
    (sent,) = otlp.logs(f"mail to {MASKED}")
    assert {
        "level": "warning", "service": "shop", "environment": "test", "component": "orders", "user": "42",
        "message": f"mail to {MASKED}", "request_id": "r-1", "trace_id": sent.proto.trace_id.hex(),
        "span_id": sent.proto.span_id.hex(),
    } == {key: value for key, value in line.items() if key not in ("timestamp", "attributes")}  # fmt: skip
    assert (17, "x") == (line["attributes"]["order"], line["attributes"]["team"])
    assert 1 == running.status().redaction.hits["email"] - before
    account = running.status().sinks["file"]
    assert (0, {}) == (account.waiting, account.dropped)
    assert running.status().as_dict()["sinks"]["file"]["written"] == account.written


def test_sinks_alone_are_enough(kit: StartKit, otlp: OtlpSink, tmp_path: Path) -> None:
    """Without any exporter of logs; also records that go past the bridges, whose body changes later."""
    path = tmp_path / "app.log"
    running = kit(settings={"logs.file.path": str(path), "logs.exporter": "none"})

    body = {"to": SECRET}
    _logs.get_logger("direct").emit(LogRecord(body=body, event_name="mail.sent", attributes={"n": 1}))
    body["to"] = "changed"
    logging.getLogger("app").info("hello")
    assert running.flush()

    first, second = _lines(path)
    assert ("direct", "mail.sent", json.dumps({"to": MASKED}, separators=(",", ":"))) == (
        first["component"], first["event"], first["message"],
    )  # fmt: skip
    assert ("app", "hello") == (second["component"], second["message"])
    assert [] == otlp.logs("hello")
    assert "logs" not in running.status().signals


def test_another_start_writes_to_another_file(kit: StartKit, tmp_path: Path) -> None:
    """What comes between two kits is written nowhere."""
    paths = [tmp_path / "1.log", tmp_path / "2.log"]
    for path in paths:
        running = kit(settings={"logs.file.path": str(path), "logs.exporter": "none"})
        logging.getLogger("app").warning("for %s", path.name)
        assert running.shutdown().sinks["file"].dropped == {}
        logging.getLogger("app").warning("for nobody")

    assert [["for 1.log"], ["for 2.log"]] == [[line["message"] for line in _lines(path)] for path in paths]


def test_figures_arrive_as_metrics(kit: StartKit, otlp: OtlpSink, tmp_path: Path) -> None:
    """Written, dropped by reason, the file's size and rotations."""
    path = tmp_path / "app.log"
    running = kit(settings={
        "logs.file.path": str(path), "logs.file.min_free": "1B", "logs.file.max_size": "1KiB",
        "logs.file.compression": "none",
    })  # fmt: skip
    for number in range(20):
        logging.getLogger("app").warning("number %d", number)
    assert running.flush()
    assert running.flush()  # the first has collected before the file was written

    written = running.status().sinks["file"].written
    status = running.telemetry.rotation_status()  # type: ignore[union-attr]
    assert status is not None
    assert status.rotations > 2
    points = {
        name: otlp.latest(name)[-1]
        for name in ("otel_kit.sink.written", "otel_kit.log.file.size", "otel_kit.log.file.rotations")
    }
    assert [written, status.size, status.rotations] == [point.value for point in points.values()]
    assert {"otel_kit.sink": "file"} == points["otel_kit.sink.written"].attributes


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"logs.file.path": "{folder}"}, "is a folder"),
        ({"logs.file.path": "{folder}/file/app.log"}, "cannot be written"),
        ({"logs.syslog.address": "tls://localhost:6514", "logs.syslog.certificate": "{folder}/none"}, "cannot be load"),
    ],
)
def test_sink_that_cannot_start_takes_nothing_along(
    kit: StartKit, otlp: OtlpSink, tmp_path: Path, settings: dict[str, str], what: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault in the log, or an error when strict; OTLP and the other sinks go on; the status shows what is dead."""
    (tmp_path / "file").touch()
    settings = {key: value.format(folder=tmp_path) for key, value in settings.items()}
    with pytest.raises(ConfigError, match=what):
        otel_kit.init(strict=True, endpoint=otlp.endpoint, settings=settings)

    running = kit(settings={**settings, "logs.console": "json", "logs.console_stream": "stdout"})
    logging.getLogger("app").warning("all the same")

    assert any(what in message for message in caplog.messages)
    running.flush(0.3)
    assert otlp.logs("all the same")
    accounts = running.status().sinks
    assert (True, "") == (accounts["console"].written > 0, accounts["console"].last_error)
    (dead,) = (account for name, account in accounts.items() if name != "console")
    assert (0, True) == (dead.written, bool(dead.last_error))
    assert dead.waiting + sum(dead.dropped.values()) == accounts["console"].written


def test_console_is_switched_by_a_reload(kit: StartKit, capsys: pytest.CaptureFixture[str]) -> None:
    """On, to another stream, off; each record is shown once, redacted."""
    running = kit(settings={"logs.exporter": "none", "traces.exporter": "none", "metrics.exporter": "none"})
    logger = logging.getLogger("app")
    settings: list[dict[str, str]] = [
        {"logs.console": "json"}, {"logs.console": "text", "logs.console_stream": "stdout"}, {"logs.console": "off"},
    ]  # fmt: skip
    shown = []
    for number, change in enumerate([{}, *settings]):
        running.reload(change)
        logger.info("number %d for %s", number, SECRET)
        assert running.flush()
        out, error = capsys.readouterr()
        shown.append([f"number {number} for {MASKED}" in text for text in (out, error)])
        assert SECRET not in out + error
    assert [[False, False], [False, True], [True, False], [False, False]] == shown
    assert {} == running.status().faults


def test_syslog_that_is_away_costs_no_more_than_the_time_given(kit: StartKit, otlp: OtlpSink) -> None:
    """Records wait, counted; OTLP gets its own in the meantime; when the server is there they arrive."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    running = kit(settings={"logs.syslog.address": f"tcp://127.0.0.1:{port}", "pipeline.queue_items": 10})
    for number in range(30):
        logging.getLogger("app").warning("number %d", number)

    assert not running.flush(0.3)

    account = running.status().sinks["syslog"]
    assert account.waiting >= 10
    assert running.status().signals["logs"].created == account.waiting + account.dropped["queue_full"]
    assert account.last_error.startswith("ConnectionRefusedError")
    assert otlp.logs("number 0")
    server = StreamServer(port)
    assert running.flush(20)
    after = running.status().sinks["syslog"]
    assert (0, account.dropped) == (after.waiting, after.dropped)
    eventually(lambda: after.written == len(server.messages), "all messages")
    server.stop()


def test_what_a_sink_loses_at_the_end_is_said(kit: StartKit, capsys: pytest.CaptureFixture[str]) -> None:
    """In one line on standard error, with the reason."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    running = kit(settings={"logs.syslog.address": f"tcp://127.0.0.1:{port}", "logs.exporter": "none"})
    logging.getLogger("app").warning("lost")

    lost = running.shutdown(0.2).sinks["syslog"].dropped["exit"]

    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("otel-kit:")]
    assert [f"otel-kit: {lost} log records not written to syslog (ConnectionRefusedError: Connection refused)"] == said


def test_beside_a_foreign_provider(tmp_path: Path) -> None:
    """The kit's own lane feeds the sinks; the record that others still change is copied before."""
    path = tmp_path / "app.log"
    code = f"""
    import logging, otel_kit
    from opentelemetry import _logs
    from opentelemetry.sdk._logs import LoggerProvider
    _logs.set_logger_provider(LoggerProvider())
    kit = otel_kit.init(settings={{"logs.file.path": {str(path)!r}, "logs.exporter": "none",
                                   "traces.exporter": "none", "metrics.exporter": "none"}})
    logging.getLogger("app").error("mail to {SECRET}")
    """
    done = run_python(code)
    assert 0 == done.returncode, done.stderr
    assert [f"mail to {MASKED}"] == [line["message"] for line in _lines(path)]


def test_nothing_configured_is_nothing_started(kit: StartKit) -> None:
    """No worker, no thread, no copy."""
    running = kit()
    logging.getLogger("app").warning("x")
    assert running.flush()
    assert {} == running.status().sinks
    assert running.telemetry is not None
    assert not running.telemetry.sinks
