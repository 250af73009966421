"""The Collector as docker-compose.yml starts it: its command, its variables and the secrets that init made.

Natively, so folders and ports are others; everything else is what Compose says.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from otel_kit.stack import keys
from otel_kit.stack.initialise import Done, snippets
from tests.conditions import eventually
from tests.stack.collector_process import FEATURES, REPOSITORY, Collector
from tests.stack.test_compose_cli import resolved
from tests.subprocesses import run_python
from tests.unit.stack.composed import initialised

pytestmark = pytest.mark.stack

_GO = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "GOPATH", "GOCACHE", "GOPROXY")}  # noqa: TID251 - for the build

# The upstream image knows no key file and has no probe.
OWN_ONLY = pytest.mark.parametrize("composed", ["own"], indirect=True)
PLAIN_TLS = pytest.mark.parametrize("composed", ["own", "stock"], indirect=True)


@dataclass(frozen=True)
class Composed:
    """A running Collector, the folder it was started from, and its key."""

    done: Done
    process: Collector

    @property
    def variables(self) -> dict[str, str]:
        """What init printed for a service; only the port is another."""
        assert self.done.key is not None
        ca_file = self.done.issued.ca_file
        printed = snippets.variables(self.done.endpoint, self.done.key, ca_file, self.done.client)
        endpoint = printed["OTEL_EXPORTER_OTLP_ENDPOINT"].replace(":4318", f":{self.process.http_port}")
        return {**printed, "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}

    def curl(self, *arguments: str) -> tuple[int, str]:
        """Send a log line as any program could; return curl's exit status and the status of the answer."""
        body = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": "paid"}}]}]}]})
        sent = subprocess.run(
            ["curl", "-sS", "-o", os.devnull, "-w", "%{http_code}", "-H", "Content-Type: application/json", "-d", body,
             f"https://localhost:{self.process.http_port}/v1/logs", *arguments],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return sent.returncode, sent.stdout


def native(service: dict[str, Any], otelcol: Path, folder: Path) -> Collector:
    """Return the service as a process: mounts become the folders behind them, addresses are loopback."""
    mounts = {one["target"]: Path(one["source"]) for one in service["volumes"] if one["type"] == "bind"}

    def here(text: str) -> str:
        for target, source in mounts.items():
            if PurePosixPath(text).is_relative_to(target):
                return str(source / PurePosixPath(text).relative_to(target))
        return text

    assert service["command"][0] == FEATURES
    files = tuple(Path(here(word.removeprefix("--config="))) for word in service["command"][1:])
    given = {name: here(value) for name, value in service["environment"].items() if value is not None}
    process = Collector(otelcol, folder, files, {})
    own = process.environment
    addresses = {name: own[name] for name in own if name.endswith(("_ENDPOINT", "_STATE_DIR", "_METRICS_PORT"))}
    process.extra_environment.update(
        given, **addresses, OTELCOL_ARCHIVE_DIR=str(folder / "archive"), OTELCOL_METRICS_HOST="127.0.0.1",
        OTELCOL_NOTIFICATIONS_ENDPOINT="127.0.0.1:0",
    )  # fmt: skip
    return process


@pytest.fixture(scope="module", params=["own", "stock", "mtls"])
def composed(
    request: pytest.FixtureRequest, otelcol: Path, docker_compose: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Composed]:
    """The Collector of a new stack; the upstream image's configuration too, run by our binary, which has its parts."""
    folder = tmp_path_factory.mktemp("composed")
    options = {"overlays": ["mtls"]} if request.param == "mtls" else {"collector_image": request.param}
    done = initialised(folder / "stack", **options)
    process = native(resolved(docker_compose, done.folder)["collector"], otelcol, folder)
    try:
        process.start()
        yield Composed(done, process)
    finally:
        process.stop()


def test_python_service_sends_with_the_three_variables(composed: Composed, tmp_path: Path) -> None:
    """Over TLS, verified by the CA that init made, with the key that it printed."""
    code = """
        import logging, otel_kit
        kit = otel_kit.init("orders")
        logging.getLogger("orders").error("paid by jane@example.com")
        assert kit.flush()
        """
    before = accepted(composed)

    result = run_python(code, env=composed.variables, cwd=tmp_path)

    assert (result.returncode, "otel_kit" in result.stderr) == (0, False), result.stderr
    assert eventually(lambda: accepted(composed) > before, "the record is accepted")


def accepted(composed: Composed, what: str = "log_records") -> float:
    """Return how many of them came in from senders of OTLP."""
    name = f"otelcol_receiver_accepted_{what}_total"
    return sum(float(line.rpartition(" ")[2]) for line in composed.process.metrics().splitlines()
               if line.startswith(name) and 'receiver="otlp"' in line)  # fmt: skip


@PLAIN_TLS
def test_only_who_has_the_key_and_speaks_tls_gets_in(composed: Composed) -> None:
    """The CA is needed to trust it, the key to be let in."""
    trusting = ["--cacert", composed.variables["OTEL_EXPORTER_OTLP_CERTIFICATE"]]
    key = ["-H", f"Authorization: Bearer {composed.done.key}"]

    assert composed.curl(*trusting, *key) == (0, "200")
    assert composed.curl(*trusting) == (0, "401")
    assert composed.curl(*trusting, *key[:-1], f"{key[-1]}x") == (0, "401")
    peer_not_trusted = 60
    assert composed.curl(*key)[0] == peer_not_trusted


@pytest.mark.parametrize("composed", ["mtls"], indirect=True)
def test_who_has_no_certificate_of_ours_is_not_even_asked_for_a_key(composed: Composed) -> None:
    """The overlay mtls: the handshake ends first."""
    status, answer = composed.curl("--cacert", str(composed.done.issued.ca_file),
                                   "-H", f"Authorization: Bearer {composed.done.key}")  # fmt: skip

    assert status != 0
    assert answer == "000"


@OWN_ONLY
def test_key_made_later_works_at_once(composed: Composed) -> None:
    """The folder is mounted, not the file: a replaced file is seen."""
    file = composed.done.folder / "secrets" / "collector" / "keys.json"
    trusting = ["--cacert", composed.variables["OTEL_EXPORTER_OTLP_CERTIFICATE"]]

    key, text = keys.create(file, "billing")
    assert eventually(
        lambda: composed.curl(*trusting, "-H", f"Authorization: Bearer {text}") == (0, "200"), "it is let in"
    )
    keys.revoke(file, [key.id])
    assert eventually(
        lambda: composed.curl(*trusting, "-H", f"Authorization: Bearer {text}") == (0, "401"), "it is kept out"
    )


def build_probe(folder: Path) -> Path:
    """Return the health probe, built as the Dockerfile builds it."""
    probe = folder / "healthprobe"
    build = ["go", "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", str(probe), "."]
    subprocess.run(build, cwd=REPOSITORY / "collector" / "healthprobe", env={**_GO, "CGO_ENABLED": "0"}, check=True)
    return probe


@OWN_ONLY
def test_probe_tells_a_living_collector_from_a_dead_one(composed: Composed, tmp_path: Path) -> None:
    """The binary of the image's health check, as the Dockerfile builds it."""
    probe = build_probe(tmp_path)

    def asked(url: str) -> tuple[int, str]:
        # A proxy must not be asked for the container's own loopback.
        done = subprocess.run([probe, url], env={"HTTP_PROXY": "http://192.0.2.1:1"}, capture_output=True, text=True,
                              check=False)  # fmt: skip
        return done.returncode, done.stderr

    assert asked(f"http://127.0.0.1:{composed.process.health_port}/") == (0, "")
    status, said = asked(f"http://127.0.0.1:{composed.process.metrics_port}/nothing")
    assert (status, "404" in said) == (1, True)
    composed.process.stop()
    status, said = asked(f"http://127.0.0.1:{composed.process.health_port}/")
    assert (status, "refused" in said) == (1, True)
    composed.process.start()


@pytest.mark.parametrize("composed", ["own", "mtls"], indirect=True)
def test_agent_ships_the_machine_and_its_containers_to_the_gateway(
    composed: Composed, docker_compose: Path, otelcol: Path, tmp_path: Path
) -> None:
    """With its own key, over TLS: nobody has to write a line of configuration for it."""
    service = resolved(docker_compose, composed.done.folder, "agent")["agent"]
    logs = tmp_path / "logs"
    logs.mkdir()
    line = {"log": "started\n", "stream": "stdout", "time": "2026-11-21T23:00:00.000000000Z"}
    (logs / "0-json.log").write_text(json.dumps(line) + "\n")
    agent = native(service, otelcol, tmp_path)
    agent.extra_environment |= {
        "OTELCOL_GATEWAY_ENDPOINT": f"https://localhost:{composed.process.http_port}",
        "OTELCOL_HOST_ROOT": "/",
        "OTELCOL_HOST_METRICS_INTERVAL": "1s",
        "OTELCOL_CONTAINER_LOGS": f"[{logs}/*-json.log]",
    }
    records, points = accepted(composed), accepted(composed, "metric_points")
    try:
        agent.start()
        eventually(lambda: accepted(composed) > records, "the line of the container is in the gateway", 30)
        eventually(lambda: accepted(composed, "metric_points") > points, "the machine's metrics are in the gateway", 30)
    finally:
        agent.stop()
