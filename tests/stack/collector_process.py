"""The real Collector as a process: started on free ports, stopped, killed, started again over the same state."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import psutil

from otel_kit.stack.native.ports import free_ports
from tests.conditions import eventually
from tests.stack.key_file import Key, write_keys

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = REPOSITORY / "collector" / "build.py"
GATEWAY = REPOSITORY / "collector" / "gateway.yaml"
REDACTION = REPOSITORY / "collector" / "generated" / "redaction.yaml"
BASE = (GATEWAY, REDACTION)
"""What every Collector loads: the overlays come behind it."""
FEATURES = "--feature-gates=exporter.file.nativeCompression"
"""What every command line has: archive files that `zstd` reads (overlays/archive.yaml)."""
ARCHIVE = REPOSITORY / "collector" / "overlays" / "archive.yaml"
LGTM = REPOSITORY / "collector" / "overlays" / "lgtm.yaml"
TO_FILES = Path(__file__).with_name("file.yaml")

_STOP_TIMEOUT_S = 15.0


def config_arguments(configurations: tuple[Path, ...]) -> list[str]:
    """Return the command line that loads these files, in this order."""
    return [FEATURES, *(f"--config={path}" for path in configurations)]


@dataclass
class Collector:
    """One Collector and its folder.

    In it: ``keys.json``, ``state/`` (queues), ``output/`` (what tests/stack/file.yaml writes). ``endpoint`` is the base
    address for OTLP/HTTP, ``grpc_endpoint`` is host:port. Both stay the same over a restart.
    """

    binary: Path
    folder: Path
    configurations: tuple[Path, ...]
    extra_environment: dict[str, str] = field(default_factory=dict)
    key: Key = field(default_factory=lambda: Key("tests", "tests"))
    trusted_key: Key = field(default_factory=lambda: Key("trusted", "kit", is_trusted=True))

    def __post_init__(self) -> None:
        """Choose the ports and write the key file."""
        self.grpc_port, self.http_port, self.metrics_port, self.health_port = free_ports(4)
        self.keys_file = self.folder / "keys.json"
        write_keys(self.keys_file, self.key, self.trusted_key)
        self.state = self.folder / "state"
        self.output = self.folder / "output"
        self.output.mkdir()
        self.log = self.folder / "collector.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def token(self) -> str:
        """What an ordinary sender shows."""
        return self.key.text

    @property
    def trusted_token(self) -> str:
        """What a sender shows whose redaction mark counts."""
        return self.trusted_key.text

    @property
    def endpoint(self) -> str:
        """The base address for OTLP/HTTP."""
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def grpc_endpoint(self) -> str:
        """Host and port for OTLP/gRPC."""
        return f"127.0.0.1:{self.grpc_port}"

    @property
    def environment(self) -> dict[str, str]:
        """Every variable that the configurations read."""
        return {
            "OTELCOL_KEYS_FILE": str(self.keys_file),
            "OTELCOL_STATE_DIR": str(self.state),
            "OTELCOL_GRPC_ENDPOINT": self.grpc_endpoint,
            "OTELCOL_HTTP_ENDPOINT": f"127.0.0.1:{self.http_port}",
            "OTELCOL_HEALTH_ENDPOINT": f"127.0.0.1:{self.health_port}",
            "OTELCOL_METRICS_PORT": str(self.metrics_port),
            "OTELCOL_TEST_OUTPUT": str(self.output),
            **self.extra_environment,
        }

    def start(self) -> None:
        """Start it and wait until it takes data; on failure the end of its log is in the error."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(self.binary), *config_arguments(self.configurations)],
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        eventually(self._ready, "the Collector takes data", timeout_s=30)

    def _ready(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            # Not an Exception: `eventually` would go on waiting for a process that is gone.
            raise SystemExit(f"the Collector ended with {self._process.returncode}:\n{self.log.read_text()[-4000:]}")
        connection = http.client.HTTPConnection("127.0.0.1", self.health_port, timeout=2)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        finally:
            connection.close()

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def peak_rss_bytes(self) -> int:
        """The most memory it has held so far (Linux: ``VmHWM``)."""
        assert self._process is not None
        for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        return psutil.Process(self._process.pid).memory_info().rss

    @property
    def cpu_seconds(self) -> float:
        """The CPU time that it has used so far, in all its threads (Linux: to the nanosecond)."""
        assert self._process is not None
        threads = list(Path(f"/proc/{self._process.pid}/task").glob("*/schedstat"))
        if threads:
            return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    def metrics(self) -> str:
        """Return its own metrics as Prometheus would read them."""
        connection = http.client.HTTPConnection("127.0.0.1", self.metrics_port, timeout=5)
        try:
            connection.request("GET", "/metrics")
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def kill(self) -> None:
        """End it as a power cut would: no chance to write anything."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it orderly; what it wrote is complete afterwards. Harmless when it is not running."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            os.kill(self._process.pid, how)
        try:
            self._process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        finally:
            self._process = None


NewCollector: TypeAlias = Callable[..., Collector]
"""``(*configurations, **variables) -> Collector``, not yet started; what the fixture ``new_collector`` gives."""
