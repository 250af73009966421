"""What Compose itself makes of docker-compose.yml, before and after `otel-kit stack init`; no engine is needed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from otel_kit.stack import assets
from otel_kit.stack.initialise.options import AGENT_OVERLAYS
from tests.unit.stack.composed import initialised

pytestmark = pytest.mark.stack

OVERLAYS = sorted(
    {path.stem for path in (assets.root() / "collector" / "overlays").glob("*.yaml")} - set(AGENT_OVERLAYS)
)
# What a variable of the caller could change is not under test.
ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}  # noqa: TID251 - nothing else of it


def compose(program: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Compose in a folder."""
    return subprocess.run(
        [program, *arguments], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )


def resolved(program: Path, folder: Path, *profiles: str) -> dict[str, Any]:
    """Return the services as Compose would start them: merged, with variables filled in."""
    chosen = [word for profile in profiles for word in ("--profile", profile)]
    answer = compose(program, folder, *chosen, "config", "--format", "json")
    assert answer.returncode == 0, answer.stderr
    services: dict[str, Any] = json.loads(answer.stdout)["services"]
    return services


def configured(services: dict[str, Any]) -> list[str]:
    """Return the names of the overlays that the Collector loads."""
    words = services["collector"]["command"]
    return [Path(word).stem for word in words if "/overlays/" in word]


def test_without_init_it_stops_and_says_what_to_do(docker_compose: Path) -> None:
    """In the checkout, and wherever else the file alone lies."""
    answer = compose(docker_compose, assets.root(), "-f", "docker-compose.yml", "config", "-q")

    assert answer.returncode != 0
    assert "run otel-kit stack init first" in answer.stderr


@pytest.mark.parametrize(
    ("image", "overlays"),
    [("own", []), *(("own", [name]) for name in OVERLAYS), ("own", OVERLAYS), ("stock", []), ("stock", OVERLAYS)],
    ids=lambda value: value if isinstance(value, str) else "+".join(value)[:20],
)
def test_every_overlay_is_taken(image: str, overlays: list[str], docker_compose: Path, tmp_path: Path) -> None:
    """Alone and all together, with and without the agent; what is loaded is what was asked for."""
    folder = tmp_path / "stack"
    initialised(folder, overlays=overlays, collector_image=image)

    services = resolved(docker_compose, folder, "agent")

    expected = dict.fromkeys(["tls", "lgtm", "archive", "notifications", *overlays])
    if image == "stock":
        del expected["notifications"]
        assert "build" not in {key for name in ("collector", "agent", "tempo") for key in services[name]}
    assert configured(services) == list(expected)
    if len(overlays) != 1:
        answer = compose(docker_compose, folder, "config", "-q")
        assert (answer.returncode, answer.stderr) == (0, "")


@pytest.mark.parametrize("address", ["192.0.2.7", "::1"])
def test_settings_of_env_reach_the_services(address: str, docker_compose: Path, tmp_path: Path) -> None:
    """And what is not set is not passed on empty: the configuration's own default would be lost."""
    folder = tmp_path / "stack"
    initialised(folder, listen=address)
    with (folder / ".env").open("a") as env:
        env.write("STACK_RETENTION_DEBUG=24h\nSTACK_LOKI_MEMORY=4g\nOTELCOL_MEMORY_LIMIT_MIB=700\n")

    services = resolved(docker_compose, folder)

    assert services["loki"]["environment"]["STACK_RETENTION_DEBUG"] == "24h"
    assert services["loki"]["environment"]["STACK_RETENTION_AUDIT"] is None
    assert services["loki"]["deploy"]["resources"]["limits"]["memory"] == str(4 * 1024**3)
    assert services["collector"]["environment"]["OTELCOL_MEMORY_LIMIT_MIB"] == "700"
    assert services["grafana"]["environment"]["GF_SERVER_PROTOCOL"] == ("http" if address == "::1" else "https")
    published = {(port["host_ip"], port["published"]) for one in services.values() for port in one.get("ports", ())}
    assert published == {(address, port) for port in ("3000", "4317", "4318")}
    assert {one["user"] for name, one in services.items() if name != "volumes"} == {services["loki"]["user"]}


def test_profile_switches_the_agent_on(docker_compose: Path, tmp_path: Path) -> None:
    """Without it nothing reads the machine."""
    initialised(tmp_path / "stack")

    assert "agent" not in resolved(docker_compose, tmp_path / "stack")
    assert "agent" in resolved(docker_compose, tmp_path / "stack", "agent")
