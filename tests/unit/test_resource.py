"""Who sends: the resource's attributes, and an instance id that is stable and unique among the living."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest

from otel_kit import semconv
from otel_kit.resource import InstanceId, _host_arch, build_resource
from otel_kit.settings import load_leniently
from tests.subprocesses import child_environ


def _attributes(**arguments: Any) -> dict[str, Any]:
    return dict(build_resource(load_leniently(arguments.pop("settings", {}))).attributes)


def test_resource_names_service_machine_and_kit() -> None:
    """Semantic-convention names and values."""
    attributes = _attributes(settings={"service.name": "orders", "service.version": "1.2", "environment": "test"})

    assert ("orders", "1.2", "test") == (
        attributes[semconv.SERVICE_NAME],
        attributes[semconv.SERVICE_VERSION],
        attributes[semconv.DEPLOYMENT_ENVIRONMENT_NAME],
    )
    assert "otel-kit" == attributes[semconv.TELEMETRY_DISTRO_NAME]
    assert attributes[semconv.OS_TYPE] in {"linux", "darwin", "windows"}
    assert attributes[semconv.HOST_ARCH] not in {"x86_64", "aarch64"}


@pytest.mark.parametrize(
    ("machine", "name"), [("x86_64", "amd64"), ("AMD64", "amd64"), ("aarch64", "arm64"), ("riscv64", "riscv64")]
)
def test_architectures_have_the_conventions_names(machine: str, name: str) -> None:
    """Not the kernel's."""
    assert name == _host_arch(machine)


def test_standard_variables_reach_the_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    """And an argument wins over them."""
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "team=blue,service.name=by-attributes,deployment.environment.name=e")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "by-variable")

    assert "by-variable" == _attributes()[semconv.SERVICE_NAME]
    assert "by-argument" == _attributes(settings={"service.name": "by-argument"})[semconv.SERVICE_NAME]
    assert ("blue", "e") == (_attributes()["team"], _attributes()[semconv.DEPLOYMENT_ENVIRONMENT_NAME])


def test_id_is_the_same_in_the_next_life(tmp_path: Path) -> None:
    """The slot is free again, the installation's id stays."""
    first = InstanceId(tmp_path, "orders")
    known = first.current()
    first.release()

    second = InstanceId(tmp_path, "orders")

    assert known == second.current()
    assert second.is_stable
    assert uuid.UUID(known).version == 5
    second.release()


def test_ids_of_the_living_differ_and_the_first_leads(tmp_path: Path) -> None:
    """Host figures come from one of them."""
    living = [InstanceId(tmp_path, "orders") for _ in range(5)]

    ids = [one.current() for one in living]

    assert 5 == len(set(ids))
    assert [True, False, False, False, False] == [one.leads for one in living]
    living[0].release()
    assert ids[0] == InstanceId(tmp_path, "orders").current()
    for one in living:
        one.release()


def test_services_and_installations_do_not_share_ids(tmp_path: Path) -> None:
    """Two containers with one host name have a state folder each."""
    made = [
        InstanceId(tmp_path / "a", "orders"),
        InstanceId(tmp_path / "a", "payments"),
        InstanceId(tmp_path / "b", "orders"),
    ]

    assert 3 == len({one.current() for one in made})
    for one in made:
        one.release()


@pytest.mark.parametrize("obstacle", ["file", "nul"])
def test_without_a_writable_folder_the_id_is_random_and_says_so(tmp_path: Path, obstacle: str) -> None:
    """Nothing is raised; each process has one, for its whole life, and speaks for its host."""
    folder = tmp_path / "file"
    folder.write_text("in the way")
    instance = InstanceId(folder if obstacle == "file" else Path("nul\0byte"), "orders")

    known = instance.current()

    assert known == instance.current() != InstanceId(folder, "orders").current()
    assert not instance.is_stable
    assert instance.leads


def test_damaged_installation_id_is_no_obstacle(tmp_path: Path) -> None:
    """A random id, said to be one."""
    (tmp_path / "installation-id").write_text("half an i")

    instance = InstanceId(tmp_path, "orders")

    assert uuid.UUID(instance.current())
    assert not instance.is_stable


def test_processes_that_start_at_once_agree_on_the_installation(tmp_path: Path) -> None:
    """Who comes second never reads half an id: all are stable, and all differ."""
    code = (
        "import sys; from pathlib import Path; from otel_kit.resource import InstanceId\n"
        "sys.stdin.readline(); one = InstanceId(Path(sys.argv[1]), 'orders')\n"
        "print(one.current(), one.is_stable, flush=True); sys.stdin.readline()"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=child_environ(),
        )
        for _ in range(6)
    ]
    for child in children:
        child.stdin.write("go\n")  # type: ignore[union-attr]
        child.stdin.flush()  # type: ignore[union-attr]
    lines = [child.stdout.readline().split() for child in children]  # type: ignore[union-attr]
    for child in children:
        child.communicate("end\n")

    assert ["True"] * 6 == [stable for _, stable in lines]
    assert 6 == len({known for known, _ in lines})
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("installation-id.")]


def test_child_of_a_fork_takes_another_slot_and_the_parent_keeps_its_own(tmp_path: Path) -> None:
    """Closing the inherited descriptor does not free the parent's lock."""
    instance = InstanceId(tmp_path, "orders")
    parents = instance.current()
    reading, writing = os.pipe()

    child = os.fork()
    if child == 0:
        instance.after_fork()
        os.write(writing, instance.current().encode())
        os._exit(0)
    os.waitpid(child, 0)
    childs = os.read(reading, 100).decode()

    assert parents != childs
    held = os.open(next((tmp_path / "slots").glob("*-0.lock")), os.O_RDWR)
    with pytest.raises(BlockingIOError):
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    for descriptor in (held, reading, writing):
        os.close(descriptor)
    instance.release()


def test_threads_that_ask_at_once_get_one_id(tmp_path: Path) -> None:
    """And one slot is taken."""
    instance = InstanceId(tmp_path, "orders")
    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(instance.current())) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 1 == len(set(got))
    assert 1 == len(list((tmp_path / "slots").iterdir()))
    instance.release()


def test_state_is_for_its_owner_only(tmp_path: Path) -> None:
    """Nobody else can hold the slots or plant an id."""
    instance = InstanceId(tmp_path, "orders")
    instance.current()

    assert 0o700 == (tmp_path / "slots").stat().st_mode & 0o777
    assert 0o600 == (tmp_path / "installation-id").stat().st_mode & 0o777
    instance.release()


def test_an_id_that_was_given_is_kept_and_told_apart_in_other_workers(tmp_path: Path) -> None:
    """An operator's id stays what it is; a second worker of the same service must not report under the same one."""
    first = InstanceId(tmp_path, "orders", "pod-7")
    second = InstanceId(tmp_path, "orders", "pod-7")

    assert [first.current(), second.current()] == ["pod-7", "pod-7/1"]


def test_a_given_id_without_a_folder_is_kept_until_a_fork(tmp_path: Path) -> None:
    """Without slots a child can only tell itself apart by chance."""
    obstacle = tmp_path / "file"
    obstacle.write_text("")
    instance = InstanceId(obstacle, "orders", "pod-7")
    before = instance.current()

    instance.after_fork()

    assert before == "pod-7"
    assert instance.current().startswith("pod-7/")
