"""collector/build.py: built once, found afterwards, and clear about what it could not do. Go itself is a stand-in."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from collector.build import (
    EXIT_FAILED,
    EXIT_NOT_RUN,
    HERE,
    LEAN,
    OWN,
    PRODUCTION,
    Distribution,
    Go,
    cache_folder,
    cache_key,
)
from tests.conditions import eventually
from tests.stack.collector_process import BUILD

GO = Go("/usr/bin/go", "go1.26.8", "linux-amd64")

# Notes its calls; compiles as soon as the file `gate` is there; makes a builder that makes an empty source folder.
_STAND_IN = """#!/bin/sh
echo "$*" >> "{calls}"
case "$1" in
  env) echo '{{"GOVERSION": "go1.26.8", "GOOS": "linux", "GOARCH": "amd64"}}' ;;
  build)
    while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done
    case "$out" in
      */builder) printf '#!/bin/sh\\nmkdir build\\n' > "$out"; chmod +x "$out" ;;
      *) while [ ! -e "{gate}" ]; do sleep 0.02; done; echo compiled > "$out" ;;
    esac ;;
esac
"""


@dataclass
class Machine:
    """A machine with a stand-in for Go and an empty cache."""

    folder: Path

    def __post_init__(self) -> None:
        """Write the stand-in."""
        self.calls = self.folder / "calls"
        self.calls.touch()
        self.gate = self.folder / "gate"
        self.write_go(_STAND_IN.format(calls=self.calls, gate=self.gate))

    def write_go(self, script: str) -> None:
        """Put ``script`` in the place of Go."""
        go = self.folder / "bin" / "go"
        go.parent.mkdir(exist_ok=True)
        go.write_text(script)
        go.chmod(0o755)

    @property
    def compiled(self) -> int:
        """How often a binary was, or is being, compiled."""
        return sum(line.startswith("build") and line.endswith(" .") for line in self.calls.read_text().splitlines())

    def start(self, path: str | None = None) -> subprocess.Popen[str]:
        """Start collector/build.py in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, str(BUILD)],
            env={"PATH": path or f"{self.folder / 'bin'}:/usr/bin:/bin", "XDG_CACHE_HOME": str(self.folder / "cache")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def build(self, path: str | None = None) -> tuple[int, str, str]:
        """Run collector/build.py; returns exit code, standard output and standard error."""
        process = self.start(path)
        out, err = process.communicate()
        return process.returncode, out.strip(), err.strip()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine on which nothing was built yet."""
    return Machine(tmp_path)


def test_second_build_compiles_nothing_and_prints_the_same_path(machine: Machine) -> None:
    """The binary of the first is found by its key."""
    machine.gate.touch()

    first, second = machine.build(), machine.build()

    assert (first[0], second[0]) == (0, 0)
    assert first[1] == second[1]
    assert Path(first[1]).read_text() == "compiled\n"
    assert machine.compiled == 1


def test_two_builds_at_once_compile_once(machine: Machine) -> None:
    """The second waits for the first and takes what it built."""
    first = machine.start()
    eventually(lambda: machine.compiled == 1, "the first compiles")
    second = machine.start()
    eventually(lambda: machine.calls.read_text().count("env -json") == 2, "the second looks for the binary")
    machine.gate.touch()

    paths = [process.communicate()[0] for process in (first, second)]

    assert paths[0] == paths[1]
    assert (first.returncode, second.returncode) == (0, 0)
    assert machine.compiled == 1


def test_killed_build_leaves_nothing_that_looks_finished(machine: Machine) -> None:
    """A build after a kill -9 starts anew; the lock of the dead one does not hold it up."""
    killed = machine.start()
    eventually(lambda: machine.compiled == 1, "it compiles")
    subprocess.run(["/bin/kill", f"-{signal.SIGKILL}", "--", f"-{killed.pid}"], check=True)
    killed.communicate()
    assert not list((machine.folder / "cache").rglob("otelcol-kit"))
    machine.gate.touch()

    code, path, _ = machine.build()

    assert code == 0
    assert sorted(entry.name for entry in Path(path).parent.iterdir()) == ["lock", "otelcol-kit"]


def test_without_go_one_line_says_what_was_not_run_and_why(machine: Machine) -> None:
    """An exit code of its own tells "cannot be built here" from "does not build"."""
    code, out, err = machine.build(path=str(machine.folder))

    assert (code, out) == (EXIT_NOT_RUN, "")
    assert err == "not run: the build of the Collector, because Go is not on the PATH (https://go.dev/dl)"


def test_go_that_is_too_old_counts_as_missing(machine: Machine) -> None:
    """What Go says about its own version is in the line."""
    machine.write_go("#!/bin/sh\necho 'go: go.mod requires go >= 1.25.0' >&2\nexit 1\n")

    code, out, err = machine.build()

    assert (code, out) == (EXIT_NOT_RUN, "")
    assert "not run: the build of the Collector, because" in err
    assert "requires go >= 1.25.0" in err


def test_failing_step_is_named(machine: Machine) -> None:
    """The command, its exit code and the end of what it said."""
    said = '{"GOVERSION": "x", "GOOS": "x", "GOARCH": "x"}'
    machine.write_go(f"#!/bin/sh\n[ $1 = env ] && echo '{said}' && exit\necho 'checksum mismatch' >&2; exit 7\n")

    code, out, err = machine.build()

    assert (code, out) == (EXIT_FAILED, "")
    assert "go build" in err
    assert "ended with 7: checksum mismatch" in err


@pytest.mark.parametrize("distribution", [LEAN, PRODUCTION], ids=lambda distribution: distribution.manifest)
def test_key_changes_with_every_source(tmp_path: Path, distribution: Distribution) -> None:
    """One byte more in any file that the binary is built from makes another binary, and so does one file more."""
    sources = distribution.sources()
    for name in sources:
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        shutil.copyfile(HERE / name, tmp_path / name)
    before = cache_key(GO, tmp_path, distribution.sources(tmp_path))
    assert before == cache_key(GO, HERE, sources)

    keys = {before}
    for name in sources:
        with (tmp_path / name).open("ab") as changed:
            changed.write(b"\n")
        keys.add(cache_key(GO, tmp_path, distribution.sources(tmp_path)))
    for own in OWN:
        (tmp_path / own / "another.go").touch()
        keys.add(cache_key(GO, tmp_path, distribution.sources(tmp_path)))

    assert len(keys) == len(sources) + 1 + len(OWN)


def test_key_does_not_change_with_the_tests_of_our_components(tmp_path: Path) -> None:
    """They are not in the binary: a change there must not cost a build."""
    for own in OWN:
        shutil.copytree(HERE / own, tmp_path / own)

        (tmp_path / own / "another_test.go").touch()

    assert LEAN.sources(tmp_path) == LEAN.sources()


@pytest.mark.parametrize("distribution", [LEAN, PRODUCTION], ids=lambda distribution: distribution.manifest)
def test_locks_settle_what_the_manifest_names(distribution: Distribution) -> None:
    """A manifest that was changed without --renew would be built from other versions than it says."""
    named = set(re.findall(r"gomod: (\S+ \S+)", (HERE / distribution.manifest).read_text()))

    required = {
        line.removesuffix("// indirect").strip()
        for line in (HERE / distribution.locks / "go.mod").read_text().splitlines()
    }

    assert len(named) > 20
    assert named <= required


def test_production_manifest_holds_all_of_the_lean_one() -> None:
    """Line for line: what the tests see with the lean one must be true of the other."""
    lean, production = (
        {line for line in (HERE / manifest).read_text().splitlines() if line.lstrip().startswith("- gomod:")}
        for manifest in (LEAN.manifest, PRODUCTION.manifest)
    )

    assert lean < production
    assert {line.split("/")[-1].split()[0] for line in production - lean} == {"datadogconnector", "datadogexporter"}


@pytest.mark.parametrize("change", [{"version": "go1.27.0"}, {"platform": "linux-arm64"}])
def test_key_changes_with_go(change: dict[str, str]) -> None:
    """Another Go or another machine makes another binary; where Go lies does not."""
    names = LEAN.sources()
    assert cache_key(GO, HERE, names) != cache_key(replace(GO, **change), HERE, names)
    assert cache_key(GO, HERE, names) == cache_key(replace(GO, executable="/opt/go/bin/go"), HERE, names)


def test_relative_cache_folder_is_ignored(tmp_path: Path) -> None:
    """XDG wants it so: else a build would land in whatever folder it was started from."""
    assert cache_folder({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "otel-kit" / "collector"
    assert cache_folder({"XDG_CACHE_HOME": "cache"}) == cache_folder({})
    assert cache_folder({}).is_absolute()
