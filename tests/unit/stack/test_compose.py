"""docker-compose.yml and the Dockerfiles: hardened, pinned, and in step with the tables that a native run uses.

What only Compose itself can tell is in tests/stack/test_compose_cli.py.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from collector.build import BUILD_FLAGS
from otel_kit.stack import assets
from otel_kit.stack.flags import arguments
from otel_kit.stack.pins import PINS, pin
from otel_kit.stack.rendering import names_in
from otel_kit.stack.variables import by_name
from tests.unit.stack.composed import initialised

FILE = assets.root() / "docker-compose.yml"
COMPOSED: dict[str, Any] = yaml.safe_load(FILE.read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSED["services"]
NATIVE = ("loki", "tempo", "prometheus", "usage", "alertmanager")
# The two that are root have each one capability, for what only root can do, and say why in the file.
ROOT = {"volumes": ["CHOWN"], "agent": ["DAC_READ_SEARCH"]}
MADE_BY_US = {"otel-kit-collector": "collector", "otel-kit-tempo": "tempo"}
DOCKERFILES = [assets.root() / "collector" / "Dockerfile", assets.root() / "collector" / "healthprobe" / "Dockerfile"]


def seconds(text: str) -> int:
    """Return the seconds of `60s`."""
    return int(text.removesuffix("s"))


def mebibytes(text: str) -> float:
    """Return MiB of `1600MiB`, `2g` or `256m`, or of the default in `${NAME:-2g}`."""
    number, unit = re.fullmatch(r"(?:\$\{\w+:-)?([\d.]+)(g|m|MiB)\}?", text).groups()  # type: ignore[union-attr]
    return float(number) * (1024 if unit == "g" else 1)


@pytest.mark.parametrize("name", SERVICES)
def test_service_is_confined(name: str) -> None:
    """Read-only, without capabilities, as a user: all but the two that say why."""
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == ROOT.get(name, [])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] == ("0:0" if name in ROOT else "${STACK_UID:?run otel-kit stack init first}:"
                               "${STACK_GID:?run otel-kit stack init first}")  # fmt: skip
    assert not {"privileged", "pid", "ipc", "devices", "cgroup", "userns_mode"} & set(service)
    assert "host" not in (service.get("network_mode"), *service.get("networks", []))
    assert "/var/run/docker.sock" not in str(service)


@pytest.mark.parametrize("name", SERVICES)
def test_service_is_limited_and_ends_orderly(name: str) -> None:
    """Processors, memory, processes and logs have limits, and Go knows that of memory."""
    service = SERVICES[name]
    limits = service["deploy"]["resources"]["limits"]

    assert {"cpus", "memory", "pids"} <= set(limits)
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
    assert 10 <= seconds(service["stop_grace_period"]) <= 60
    if name != "volumes":
        assert service["restart"] == "unless-stopped"
        # Go has to know its limit, below the one at which it is killed.
        assert 0.7 <= mebibytes(service["environment"]["GOMEMLIMIT"]) / mebibytes(limits["memory"]) <= 0.9


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "volumes"])
def test_service_is_asked_for_its_health_without_a_shell(name: str) -> None:
    """On its own loopback, by a program that its image holds."""
    check = SERVICES[name]["healthcheck"]

    assert check["test"][0] == "CMD"
    assert "127.0.0.1" in check["test"][-1]
    assert seconds(check["timeout"]) <= seconds(check["interval"])


def test_images_are_those_of_the_table() -> None:
    """Every image has a version, that of pins.py; ours are built on those."""
    for name, service in SERVICES.items():
        image, _, tag = service["image"].partition("@")[0].rpartition(":")
        assert tag, f"{name} has no version"
        assert tag != "latest"
        if image in MADE_BY_US:
            base = service["build"].get("args", {}).get("BASE")
            assert base in (None, pin(MADE_BY_US[image]).reference)
            assert tag == pin(MADE_BY_US[image]).tag
        else:
            assert service["image"] in [row.reference for row in PINS]


def test_images_are_pinned_by_digest() -> None:
    """Tells, at each run, which are not: a tag can be moved by whoever holds the repository."""
    without = [f"{row.image}:{row.tag}" for row in PINS if row.digest is None]
    if without:
        pytest.skip(
            f"not run: digests of {', '.join(without)}, because nobody looked them up yet (otel_kit/stack/pins.py)"
        )


@pytest.mark.parametrize("name", NATIVE)
def test_command_is_that_of_a_native_run(name: str) -> None:
    """What is tested natively is what runs in containers."""
    assert SERVICES[name]["command"] == arguments(name, {})


@pytest.mark.parametrize("name", ["collector", "agent"])
def test_collector_has_its_flags_first(name: str) -> None:
    """The same flags as natively, then files."""
    flags = arguments("collector", {})

    assert SERVICES[name]["command"][: len(flags)] == flags
    assert all(word.startswith("--config=/etc/otelcol/") for word in SERVICES[name]["command"][len(flags) :])


def test_command_of_the_collector_is_what_init_writes(tmp_path: Path) -> None:
    """The two lists of overlays, here and in the defaults, are one."""
    initialised(tmp_path / "stack")

    written = yaml.safe_load((tmp_path / "stack" / "compose.override.yaml").read_text())
    assert written["services"]["collector"]["command"] == SERVICES["collector"]["command"]


def test_ports_are_published_on_loopback_only() -> None:
    """Three ports, on an address that only `--listen` widens."""
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert {port["host_ip"] for port in published} == {"${STACK_PUBLISH_ADDRESS:-127.0.0.1}"}
    assert sorted((port["published"], port["target"]) for port in published) == [
        ("3000", 3000), ("4317", 4317), ("4318", 4318)
    ]  # fmt: skip


def test_networks_keep_strangers_from_the_backends() -> None:
    """Who joins `ingest` to send reaches the Collector and nothing else."""
    assert COMPOSED["networks"]["backend"] == {"internal": True}
    on = {network: {name for name, one in SERVICES.items() if network in one.get("networks", [])}
          for network in COMPOSED["networks"]}  # fmt: skip
    assert on == {
        "ingest": {"collector", "agent"},
        "backend": set(SERVICES) - {"volumes", "agent"},
        "outside": {"alertmanager", "grafana"},
    }


def test_every_volume_of_a_service_is_given_to_its_user() -> None:
    """Else a new one belongs to root, and the service cannot write."""
    given = {one["source"]: one["target"] for one in SERVICES["volumes"]["volumes"]}
    used = {one["source"] for name, service in SERVICES.items() if name not in ROOT
            for one in service["volumes"] if one["type"] == "volume"}  # fmt: skip

    assert set(given) == used
    assert sorted(SERVICES["volumes"]["command"]) == sorted(given.values())
    for name, service in SERVICES.items():
        for one in service["volumes"]:
            # Without it Docker gives an empty volume back to whom the image says.
            assert name == "volumes" or one["type"] == "bind" or one["volume"] == {"nocopy": True}
        if name not in ROOT:
            assert service["depends_on"]["volumes"]["condition"] == "service_completed_successfully"


def test_every_mount_is_a_folder_that_init_makes(tmp_path: Path) -> None:
    """A folder: a file that is replaced in one step would be lost from sight of a container that mounts the file."""
    folder = tmp_path / "stack"
    initialised(folder, collector_image="stock")
    override = yaml.safe_load((folder / "compose.override.yaml").read_text().replace("!reset", ""))

    for name, service in [*SERVICES.items(), *override["services"].items()]:
        for one in service.get("volumes", []):
            if one["type"] == "bind" and one["source"].startswith("."):
                assert (folder / one["source"]).is_dir(), f"{name} mounts {one['source']}"
                assert one["read_only"] is True
                # Relabelled for SELinux; of the agent's mounts of the machine that would be a disaster.
                assert one["bind"] == {"create_host_path": False, "selinux": "z"}
            elif one["type"] == "bind":
                assert (name, one["read_only"], "selinux" in one["bind"]) == ("agent", True, False)


def test_variables_are_documented_with_the_same_default() -> None:
    """Each is a row of the table."""
    known = by_name()
    for name, default in names_in(FILE.read_text()):
        assert name in known
        assert known[name].default == default, name


def test_grafana_lets_nobody_in_without_an_account_of_its_own() -> None:
    """No anonymous viewer, no sign-up, no password in the file."""
    settings = SERVICES["grafana"]["environment"]

    assert settings["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert settings["GF_USERS_ALLOW_SIGN_UP"] == "false"
    assert {"GF_SECURITY_ADMIN_PASSWORD__FILE", "GF_SECURITY_SECRET_KEY__FILE"} <= set(settings)
    assert not {"GF_SECURITY_ADMIN_PASSWORD", "GF_SECURITY_SECRET_KEY"} & set(settings)


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_dockerfile_is_pinned_copies_what_is_there_and_ends_without_root(path: Path) -> None:
    """As far as it can be told without an engine."""
    text = re.sub(r"\\\n\s*", "", path.read_text())
    ignoring = path.with_name(".dockerignore")
    ignored = ignoring.read_text().splitlines() if ignoring.exists() else []
    steps = [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]
    bases = [rest.split()[0] for word, rest in steps if word == "FROM"]

    assert set(bases[:-1]) == {pin("golang").reference}
    assert bases[-1] in ("scratch", "${BASE}")
    assert [rest for word, rest in steps if word == "USER"] == ["10001:10001"]
    assert "ADD" not in {word for word, _ in steps}
    for word, rest in steps:
        if word == "COPY" and "--from" not in rest:
            for source in rest.split()[:-1]:
                assert (path.parent / source).exists(), source
                assert f"!{source.rstrip('/')}" in ignored or not ignored
    # The same binary as the one that tests run.
    for line in (rest for word, rest in steps if word == "RUN" and "/out/otelcol-kit" in rest):
        assert all(flag.removesuffix("=-s -w") in line for flag in BUILD_FLAGS)
