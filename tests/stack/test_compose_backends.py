"""The backends as docker-compose.yml starts them: the real programs take the files of init; the health checks work."""

from __future__ import annotations

import subprocess
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from otel_kit.stack.native import Stack
from tests.stack.test_compose_cli import resolved
from tests.stack.test_compose_collector import build_probe
from tests.unit.stack.composed import initialised

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def services(docker_compose: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A new stack as Compose resolves it."""
    folder = tmp_path_factory.mktemp("composed") / "stack"
    initialised(folder)
    return resolved(docker_compose, folder)


def mounted(service: dict[str, Any], path: str) -> Path:
    """Return the file behind a path of the container."""
    for one in service["volumes"]:
        if PurePosixPath(path).is_relative_to(one["target"]):
            return Path(one["source"]) / PurePosixPath(path).relative_to(one["target"])
    raise AssertionError(f"nothing is mounted at {path}")


def run(program: Path, *arguments: str, **variables: str) -> None:
    """Run a program that has to be content; what it says otherwise is in the failure."""
    done = subprocess.run([program, *arguments], env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("name", "flag"), [("loki", "-verify-config"), ("tempo", "-config.verify=true")])
def test_store_takes_its_file(name: str, flag: str, services: dict[str, Any], request: pytest.FixtureRequest) -> None:
    """Strictly, with the variables that Compose hands on."""
    service = services[name]
    given = {key: value for key, value in service["environment"].items() if value is not None}
    words = service["command"]
    (config,) = (word for word in words if word.startswith("-config.file="))
    file = mounted(service, config.removeprefix("-config.file="))

    run(
        request.getfixturevalue(name),
        f"-config.file={file}",
        *(word for word in words if word != config),
        flag,
        **given,
    )


@pytest.mark.parametrize("name", ["prometheus", "usage"])
def test_prometheus_takes_its_rendered_file(name: str, services: dict[str, Any], promtool: Path) -> None:
    """With the rules that lie beside it."""
    (config,) = (word for word in services[name]["command"] if word.startswith("--config.file="))

    run(promtool, "check", "config", str(mounted(services[name], config.removeprefix("--config.file="))))


def test_alertmanager_takes_its_rendered_file(services: dict[str, Any], amtool: Path) -> None:
    """Its secrets lie where the file says they are mounted."""
    file = mounted(services["alertmanager"], "/etc/alertmanager/alertmanager.yml")

    run(amtool, "check-config", str(file))
    assert "credentials_file: /run/secrets/alerts/history.key\n" in file.read_text()
    assert mounted(services["alertmanager"], "/run/secrets/alerts/history.key").read_text().startswith("otk_")


def test_health_checks_tell_a_ready_backend(
    services: dict[str, Any], stack: Stack, loki: Path, promtool: Path, tmp_path: Path
) -> None:
    """The commands of the file, asked of running programs; where nothing listens they fail."""
    probe = build_probe(tmp_path)
    at = stack.addresses
    asked = {"loki": (loki, at.loki), "tempo": (probe, at.tempo), "prometheus": (promtool, at.prometheus),
             "usage": (promtool, at.usage)}  # fmt: skip
    for name, (program, address) in asked.items():
        _, _, *words = services[name]["healthcheck"]["test"]
        (own,) = (word for word in words if "127.0.0.1" in word)
        host = own[own.index("http://") :].split("/")[2]
        for there, expected in ((address.removeprefix("http://"), 0), ("127.0.0.1:1", 1)):
            command = [program, *(word.replace(host, there) for word in words)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == expected, (name, done.stderr)
