"""The variables of a native run: loopback only, no port twice, and what follows from what is set."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from otel_kit.cli.stack import texts
from otel_kit.errors import ConfigError
from otel_kit.stack import assets
from otel_kit.stack.native import Options, Stack
from otel_kit.stack.native.components import BINARIES, configurations
from otel_kit.stack.native.layout import Layout
from otel_kit.stack.native.wiring import PORTS, listeners, wire

LAYOUT = Layout(Path("/state"))
FILES = Path("/files")


def test_everything_is_on_loopback_by_default() -> None:
    """Each variable that listens, whatever the defaults of the containers are."""
    variables = wire({}, LAYOUT, FILES, {})

    assert {host for host, _ in listeners(variables).values()} == {"127.0.0.1"}
    assert len({port for _, port in listeners(variables).values()}) == len(PORTS)
    assert "0.0.0.0" not in "".join(variables[name] for name in PORTS)


def test_what_is_set_reaches_what_follows_from_it() -> None:
    """Another port of Loki is the Collector's destination too; what is set outright is not touched."""
    variables = wire({"STACK_LOKI_HTTP_PORT": "3999", "OTELCOL_TEMPO_ENDPOINT": "elsewhere:4317"}, LAYOUT, FILES, {})

    assert variables["OTELCOL_LOKI_ENDPOINT"] == "http://127.0.0.1:3999/otlp"
    assert variables["OTELCOL_TEMPO_ENDPOINT"] == "elsewhere:4317"


def test_alerts_are_kept_as_history_only_with_a_key_of_this_stack() -> None:
    """With the user's own key file there is none that Alertmanager could use."""
    assert "STACK_ALERT_HISTORY_URL" in wire({}, LAYOUT, FILES, {})
    assert not wire({"OTELCOL_KEYS_FILE": "/mine/keys.json"}, LAYOUT, FILES, {}).get("STACK_ALERT_HISTORY_URL")


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "192.168.1.7", "example.com", "[::]", "127.0.0.1.example.com"])
@pytest.mark.parametrize("name", ["STACK_LISTEN", "OTELCOL_HTTP_ENDPOINT", "OTELCOL_METRICS_HOST"])
def test_other_addresses_are_refused(name: str, host: str) -> None:
    """Nothing without TLS on a network, by whatever spelling."""
    value = f"{host}:4318" if name.endswith("_ENDPOINT") else host

    with pytest.raises(ConfigError, match=f"{name} is not on loopback"):
        wire({name: value}, LAYOUT, FILES, {})


@pytest.mark.parametrize("value", ["0", "65536", "-1", "http", "", "3100\n", "\uff13\uff11", "31 00"])
def test_what_is_no_port_is_refused(value: str) -> None:
    """Also digits of other scripts, which Python would take."""
    with pytest.raises(ConfigError, match="STACK_LOKI_HTTP_PORT has the port"):
        wire({"STACK_LOKI_HTTP_PORT": value}, LAYOUT, FILES, {})


def test_all_faults_come_at_once() -> None:
    """Addresses, ports, and one port for two."""
    given = {"STACK_LISTEN": "0.0.0.0", "STACK_LOKI_HTTP_PORT": "x", "STACK_TEMPO_HTTP_PORT": "9090"}

    with pytest.raises(ConfigError) as error:
        wire(given, LAYOUT, FILES, {})

    assert [fault.where for fault in error.value.faults] == [
        "STACK_LISTEN", "STACK_LOKI_HTTP_PORT", "STACK_TEMPO_HTTP_PORT",
    ]  # fmt: skip


def test_overlays_stand_between_the_base_and_the_users_own(tmp_path: Path) -> None:
    """Each once, in any number; what nobody ships is named with what is nearest."""
    root = assets.root()

    paths = [str(path.relative_to(root / "collector")) for path in configurations(root, ["syslog", "lgtm", "syslog"])]

    assert paths[:2] == ["gateway.yaml", "generated/redaction.yaml"]
    assert sorted(paths[2:6]) == [f"overlays/{name}.yaml" for name in ("archive", "lgtm", "notifications", "syslog")]
    assert all(path.startswith("local.d/") for path in paths[6:])
    with pytest.raises(ConfigError, match=r"--overlay syslgo is not in collector/overlays; did you mean syslog\?"):
        configurations(root, ["syslgo"])
    with pytest.raises(ConfigError, match=r"--overlay ../gateway is not in"):
        configurations(root, ["../gateway"])


@pytest.mark.parametrize(
    ("overlays", "scheme"), [(["syslog"], "http"), (["tls"], "https"), (["syslog", "mtls"], "https")]
)
def test_the_address_to_send_to_is_that_of_the_overlay(tmp_path: Path, overlays: list[str], scheme: str) -> None:
    """It is what people copy: with TLS a sender in plain text is refused."""
    options = Options(tmp_path, assets.root(), dict.fromkeys(BINARIES, Path()), {}, overlays=overlays)
    stack = Stack(options)

    assert stack.addresses.otlp_http == f"{scheme}://127.0.0.1:4318"
    assert ("OTEL_EXPORTER_OTLP_CERTIFICATE=" in texts.started(stack)) == (scheme == "https")


def test_what_is_no_folder_of_a_stack_is_said(tmp_path: Path) -> None:
    """Each file that is missing, before anything is built; one overlay that every run needs is named by itself."""
    command = [sys.executable, "-m", "otel_kit", "stack", "up", "--native", "--files", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    for file in ("gateway.yaml", "generated/redaction.yaml"):
        assert f"{tmp_path}/collector/{file} is missing; {tmp_path} is no folder of a stack" in done.stderr

    assert list(tmp_path.iterdir()) == []

    collector = tmp_path / "collector"
    shutil.copytree(assets.root() / "collector", collector, ignore=lambda _, names: [n for n in names if "build" in n])
    (collector / "overlays" / "lgtm.yaml").unlink()
    with pytest.raises(ConfigError, match=r"overlays/lgtm\.yaml is missing; every native run loads it"):
        configurations(tmp_path, [])
