"""The stack as people start it: the shop's data in all stores, linked; what does not start says why; nothing stays."""

from __future__ import annotations

import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Event

import psutil
import pytest

from otel_kit.cli.demo.services import Services
from otel_kit.cli.stack.proof import prove
from otel_kit.errors import ConfigError, OtelKitError
from otel_kit.stack import assets, environment
from otel_kit.stack.native import FIXED_PORTS, PORTS, ComponentFailed, Interrupted, Stack
from tests.conditions import eventually
from tests.stack.collector_process import free_ports
from tests.stack.stack_fixture import NewStack

pytestmark = pytest.mark.stack

# The first process builds or finds the programs, and the stack takes its time on a busy machine.
_START_S = 45.0


def components_below(folder: Path) -> list[psutil.Process]:
    """Return the living processes that a stack over that folder started."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("OTELCOL_STATE_DIR", "").startswith(f"{folder}/"):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def test_the_shop_is_in_all_three_stores_linked_and_redacted(new_stack: NewStack, tmp_path: Path) -> None:
    """One trace over three services, its records, exemplars that lead to traces; nothing planted in any file."""
    stack = new_stack()
    stack.start()
    services = Services(tmp_path, Event())
    try:
        headers = f"authorization=Bearer%20{stack.addresses.key}"
        deadline = time.monotonic() + 30
        services.start(stack.addresses.otlp_http, deadline, OTEL_EXPORTER_OTLP_HEADERS=headers)
        results = prove(stack, services, Event())
    finally:
        services.stop()

    assert {result.name: result.faults for result in results if result.faults} == {}
    assert {result.name for result in results} == {
        "traces", "logs", "metrics", "masked", "stores", "files", "end", "memory",
    }  # fmt: skip
    assert components_below(stack.layout.state) == []


def test_only_its_owner_reads_what_a_stack_keeps(stack: Stack) -> None:
    """Folders are 0700, secrets 0600, and every port is on loopback."""
    state = stack.layout.state

    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (state / "secrets").rglob("*") if path.is_file()} == {0o600}
    for name in stack.names:
        process = psutil.Process(stack.pid(name))
        listening = {one.laddr.ip for one in process.net_connections("tcp") if one.status == psutil.CONN_LISTEN}
        assert listening == {"127.0.0.1"}, name


def test_a_taken_port_is_named_before_anything_starts(stack: Stack, new_stack: NewStack) -> None:
    """All of them at once, with the process that holds them."""
    taken = {
        name: stack.variables[name].rpartition(":")[2] for name in ("OTELCOL_HTTP_ENDPOINT", "STACK_LOKI_HTTP_PORT")
    }
    ports = {**dict(zip(PORTS, free_ports(len(PORTS)), strict=True)), **{name: int(p) for name, p in taken.items()}}
    other = new_stack(ports=ports)

    with pytest.raises(ConfigError) as error:
        other.start()

    assert [fault.where.partition("=")[0] for fault in error.value.faults] == list(taken)
    assert f"port {taken['OTELCOL_HTTP_ENDPOINT']} is taken by otelcol-kit (process {stack.pid('collector')})" in str(
        error.value
    )
    assert components_below(other.layout.state) == []


def test_a_second_stack_over_the_same_folder_is_refused(stack: Stack, new_stack: NewStack) -> None:
    """Two Lokis over the same files would destroy them."""
    other = new_stack(folder=stack.layout.state.parent)

    with pytest.raises(OtelKitError, match="another stack runs over"):
        other.start()

    stack.check_alive()


@pytest.mark.parametrize(
    ("file", "old", "new", "name", "said"),
    [
        ("backends/loki/loki.yaml", "auth_enabled: true", "auth_enabledd: true", "loki", "auth_enabledd"),
        ("backends/tempo/tempo.yaml", "usage_report:", "usage_reports:", "tempo", "usage_reports"),
        (
            "backends/prometheus/prometheus.yml",
            "scrape_interval:",
            "scrape_intervall:",
            "prometheus",
            "scrape_intervall",
        ),
        ("collector/gateway.yaml", "memory_limiter:", "memory_limiters:", "collector", "memory_limiters"),
    ],
)
def test_a_broken_configuration_fails_fast_with_the_last_words(
    new_stack: NewStack, tmp_path: Path, file: str, old: str, new: str, name: str, said: str
) -> None:
    """Who, the likely cause, and the program's own line with the wrong word; nothing is left running."""
    files = tmp_path / "files"
    copy_files(files)
    broken = files / file
    broken.write_text(broken.read_text().replace(old, new, 1))
    stack = new_stack(files=files)

    with pytest.raises(ComponentFailed) as error:
        stack.start()

    text = str(error.value)
    assert re.match(rf"{name} ended with status [12] before (it was|all were) ready\.", text)
    assert "likely cause: its configuration is refused" in text
    assert said in text
    assert components_below(stack.layout.state) == []


def copy_files(target: Path) -> None:
    """Copy what a stack runs from: the configuration, not the sources."""
    for folder in ("collector", "backends"):
        for source in (assets.root() / folder).rglob("*.y*ml"):
            copied = target / source.relative_to(assets.root())
            copied.parent.mkdir(parents=True, exist_ok=True)
            copied.write_bytes(source.read_bytes())


def test_a_start_can_be_given_up(new_stack: NewStack) -> None:
    """Whoever sets the event gets an error at once, and nothing keeps running."""
    stop = Event()
    stop.set()
    stack = new_stack()

    with pytest.raises(Interrupted):
        stack.start(stop)

    assert components_below(stack.layout.state) == []


@pytest.fixture
def command(binaries: Mapping[str, Path], tmp_path: Path) -> Iterator[list[str]]:
    """The command line of a private stack on free ports. ``binaries``: so that they are built by now."""
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    values = {name: f"127.0.0.1:{port}" if name.endswith("_ENDPOINT") else str(port) for name, port in ports.items()}
    (tmp_path / "stack.env").write_text(environment.written(values))
    arguments = ["stack", "up", "--native", "--state", str(tmp_path / "state"), "--env", str(tmp_path / "stack.env")]
    yield [sys.executable, "-m", "otel_kit", *arguments]
    for left in components_below(tmp_path / "state"):
        left.kill()


def test_sigterm_ends_the_command_and_all_that_it_started(command: list[str], tmp_path: Path) -> None:
    """It prints where the stack is and how to send there, without the key; then it ends, and everything with it."""
    with (tmp_path / "out").open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
    try:
        said = eventually(lambda: _with("Ctrl-C", tmp_path / "out"), "the stack is ready", _START_S)
        assert len(components_below(tmp_path / "state")) == 6
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, (tmp_path / "out").read_text()
    finally:
        process.kill()
        process.wait()

    assert "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:" in said
    key = (tmp_path / "state" / "secrets" / "ingest-key").read_text().strip()
    assert f"$(cat {tmp_path / 'state' / 'secrets' / 'ingest-key'})" in said
    assert key not in said
    assert components_below(tmp_path / "state") == []


def test_a_component_that_dies_ends_the_command(command: list[str], tmp_path: Path) -> None:
    """The error names it and shows its log; everything else is stopped. Here with the files of `stack init`."""
    files = tmp_path / "team"
    subprocess.run([*command[:3], "stack", "init", str(files)], check=True, capture_output=True)
    with (tmp_path / "out").open("wb") as out:
        process = subprocess.Popen([*command, "--files", str(files)], stdout=out, stderr=subprocess.STDOUT)
    try:
        eventually(lambda: _with("Ctrl-C", tmp_path / "out"), "the stack is ready", _START_S)
        loki = next(one for one in components_below(tmp_path / "state") if one.name() == "loki")
        loki.kill()
        assert process.wait(30) == 2
    finally:
        process.kill()
        process.wait()

    assert "otel-kit stack: loki was ended by signal 9" in (tmp_path / "out").read_text()
    assert components_below(tmp_path / "state") == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing tells a process that its parent has ended")
def test_a_killed_command_leaves_nothing(command: list[str], tmp_path: Path) -> None:
    """Else the ports stay taken, and two stacks over the same files would destroy them."""
    with (tmp_path / "out").open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
    try:
        eventually(lambda: _with("Ctrl-C", tmp_path / "out"), "the stack is ready", _START_S)
        assert len(components_below(tmp_path / "state")) == 6
    finally:
        process.kill()
        process.wait()

    eventually(lambda: components_below(tmp_path / "state") == [], "they have ended", 20)


def _with(word: str, file: Path) -> str:
    text = file.read_text()
    return text if word in text else ""


def test_people_get_the_ports_they_know() -> None:
    """The ports of OTLP, Loki, Tempo, Prometheus and Alertmanager are the usual ones."""
    known = {
        "OTELCOL_GRPC_ENDPOINT": 4317,
        "OTELCOL_HTTP_ENDPOINT": 4318,
        "STACK_LOKI_HTTP_PORT": 3100,
        "STACK_TEMPO_HTTP_PORT": 3200,
        "STACK_PROMETHEUS_HTTP_PORT": 9090,
        "STACK_ALERTMANAGER_HTTP_PORT": 9093,
    }
    assert known.items() <= FIXED_PORTS.items()
