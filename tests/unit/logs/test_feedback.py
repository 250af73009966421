"""Nothing that the kit does to deliver records makes records: every logger at DEBUG, and nobody at the other end."""

from __future__ import annotations

import logging
import socket
from pathlib import Path

import pytest

from tests.conftest import StartKit


@pytest.fixture
def closed_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_a_dead_endpoint_and_dead_sinks_feed_nothing_back(
    kit: StartKit, logging_state: None, closed_port: int, tmp_path: Path, protocol: str
) -> None:
    """What was logged is all there is, however often delivery is tried; the sinks complain to nobody."""
    logging.getLogger().setLevel(logging.DEBUG)
    for name in ("urllib3", "httpx", "httpcore", "grpc", "grpc._cython", "opentelemetry", "otel_kit", "asyncio"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    blocked = tmp_path / "file"
    blocked.write_text("a file, where a folder is needed")
    running = kit(
        settings={
            "export.endpoint": f"http://127.0.0.1:{closed_port}", "export.protocol": protocol, "logs.level": "debug",
            "pipeline.logs_delay": "10ms", "pipeline.traces_delay": "10ms", "logs.console": "off",
            "logs.file.path": str(blocked / "app.log"), "logs.syslog.address": f"tcp://127.0.0.1:{closed_port}",
        }
    )  # fmt: skip
    log = logging.getLogger("app")
    try:
        raise LookupError("no")
    except LookupError:
        log.exception("one")
    log.debug("two")

    for _ in range(4):
        assert not running.flush(0.3)

    logs = running.status().signals["logs"]
    assert (logs.created, logs.delivered) == (2, 0)
    assert logs.retried > 0


def test_the_applications_own_calls_to_a_dead_port_are_records(kit: StartKit, closed_port: int) -> None:
    """Only the kit's threads are mute."""
    running = kit(settings={"export.endpoint": f"http://127.0.0.1:{closed_port}", "logs.level": "debug"})
    logging.getLogger("urllib3.connectionpool").debug("Starting new HTTP connection")
    logging.getLogger("otel_kit.pipeline").error("own")

    assert running.status().signals["logs"].created == 1
