"""Build the Collector of this folder natively and print the path of the binary.

``python collector/build.py`` builds, or finds at once what was built before from the same sources.
``python collector/build.py --renew`` writes go.mod and go.sum anew after a change of manifest.yaml.
Either with ``--production``: the distribution of manifest.production.yaml, whose lock files are in production/.

The binary lies outside the checkout, in the user's cache folder, under a hash of everything it is built from. The
committed go.sum files are the integrity check: the public checksum database does not know all of these modules, so it
is not asked. Standard library only: this runs before anything is installed.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
BINARY_NAME: Final = "otelcol-kit"
OWN: Final = ("ingestguard", "nestinglimit")
"""The folders of the components of our own, each a Go module, which both distributions contain."""

EXIT_FAILED: Final = 1
EXIT_NOT_RUN: Final = 3

_BUILDER_PACKAGE: Final = "go.opentelemetry.io/collector/cmd/builder"
_LOCKS: Final = ("go.mod", "go.sum")
# A line of a manifest; it is read without a YAML parser, as this runs before anything is installed.
_MODULE: Final = re.compile(r"^ *- gomod: (\S+) (\S+)$", re.MULTILINE)
BUILD_FLAGS: Final = ("-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w")
# No C compiler is needed, and the binary runs in an image without a C library.
_GO_ENVIRONMENT: Final = {"CGO_ENABLED": "0", "GOSUMDB": "off", "GOWORK": "off", "GOFLAGS": ""}


class GoMissingError(Exception):
    """There is no Go that can build this; the text says why."""


class BuildError(Exception):
    """A step of the build failed; the text names it and holds the end of what it said."""


@dataclass(frozen=True, slots=True)
class Go:
    """A Go that can build this folder."""

    executable: str
    version: str
    platform: str


@dataclass(frozen=True, slots=True)
class Distribution:
    """A set of components: its manifest, and the folder of the go.mod and go.sum that settle the versions."""

    manifest: str
    locks: str

    def sources(self, folder: Path = HERE) -> tuple[str, ...]:
        """Return the names of all files that the binary is built from, in a settled order."""
        locks = (f"{self.locks}/{name}" for name in _LOCKS)
        return (self.manifest, *locks, "builder/go.mod", "builder/go.sum", *own_sources(folder))


LEAN: Final = Distribution("manifest.yaml", ".")
PRODUCTION: Final = Distribution("manifest.production.yaml", "production")


def own_sources(folder: Path = HERE) -> tuple[str, ...]:
    """Return the names of the files of our own components, without their tests: they are not in the binary."""
    files = (f"{own}/{path.name}" for own in OWN for path in (folder / own).iterdir())
    return tuple(
        name for name in sorted(files) if name.endswith((".go", ".mod", ".sum")) and not name.endswith("_test.go")
    )


def find_go(environment: Mapping[str, str], module: Path = HERE) -> Go:
    """Return the Go on the PATH of ``environment``, for the module in that folder.

    Raises:
        GoMissingError: there is none, or it is older than go.mod asks for and may not fetch a newer one.
    """
    executable = shutil.which("go", path=environment.get("PATH", ""))
    if executable is None:
        raise GoMissingError("Go is not on the PATH (https://go.dev/dl)")
    try:
        # In its folder: go.mod decides which toolchain is taken.
        said = json.loads(run([executable, "env", "-json", "GOVERSION", "GOOS", "GOARCH"], module, environment))
    except BuildError as error:
        raise GoMissingError(str(error)) from error
    return Go(executable, said["GOVERSION"], f"{said['GOOS']}-{said['GOARCH']}")


def cache_key(go: Go, sources: Path, names: Iterable[str]) -> str:
    """Return the hash of everything that a binary is built from, as 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for name in names:
        content = (sources / name).read_bytes()
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    digest.update(repr((go.version, go.platform, BUILD_FLAGS, sorted(_GO_ENVIRONMENT.items()))).encode())
    return digest.hexdigest()[:16]


def cache_folder(environment: Mapping[str, str], name: str = "collector") -> Path:
    """Return where the binaries of that name are kept: below ``$XDG_CACHE_HOME``, else ``~/.cache``.

    *Source:* XDG Base Directory Specification 0.8; a relative path there is to be ignored.
    """
    named = Path(environment.get("XDG_CACHE_HOME", ""))
    root = named if named.is_absolute() else Path.home() / ".cache"
    return root / "otel-kit" / name


def build(environment: Mapping[str, str], distribution: Distribution = LEAN) -> Path:
    """Return the path of the binary, after building it if nobody has.

    Blocks for minutes on a fresh machine. Safe to call from several processes at once: one builds, the others wait
    for it. An interrupted build leaves nothing that looks finished.

    Raises:
        GoMissingError: see ``find_go``.
        BuildError: a step failed.
    """
    go = find_go(environment)
    binary = cache_folder(environment) / cache_key(go, HERE, distribution.sources()) / BINARY_NAME
    return built_once(binary, lambda work: _compile(go, distribution, work, environment))


def built_once(binary: Path, make: Callable[[Path], Path]) -> Path:
    """Return ``binary``; if it is not there, ``make`` builds it in the empty folder it is given and says where."""
    if binary.exists():
        return binary
    binary.parent.mkdir(parents=True, exist_ok=True)
    with _locked(binary.with_name("lock")):
        if not binary.exists():
            for left_by_a_killed_build in binary.parent.glob("build-*"):
                shutil.rmtree(left_by_a_killed_build)
            with tempfile.TemporaryDirectory(prefix="build-", dir=binary.parent) as work:
                make(Path(work)).replace(binary)
    return binary


def renew(environment: Mapping[str, str], distribution: Distribution = LEAN) -> None:
    """Write go.mod and go.sum anew from the manifest; needs the module proxy.

    What go.mod settled before stays, where the manifest leaves it open. The builder's own way is not taken: it
    downloads every module of every platform, and a proxy need not have them all.

    Raises:
        GoMissingError: see ``find_go``.
        BuildError: a step failed.
    """
    go = find_go(environment)
    locks = HERE / distribution.locks
    with tempfile.TemporaryDirectory(prefix="otel-kit-renew-") as work:
        sources = _generate(go, distribution, Path(work), environment)
        modules = _MODULE.findall((HERE / distribution.manifest).read_text())
        wanted = [f"-require={module}@{version}" for module, version in modules]
        replaced = [f"-replace=otel-kit/{own}=../{own}" for own in OWN]
        run([go.executable, "mod", "edit", *replaced, *wanted], sources, environment)
        # -e: modules that only somebody's tests need may be out of reach. What the build needs is added by the second.
        run([go.executable, "mod", "tidy", "-e"], sources, environment)
        run([go.executable, "list", "-mod=mod", "-deps", "."], sources, environment)
        for name in _LOCKS:
            shutil.copyfile(sources / name, locks / name)


def _compile(go: Go, distribution: Distribution, work: Path, environment: Mapping[str, str]) -> Path:
    sources = _generate(go, distribution, work, environment)
    _say("compiling; a fresh machine takes minutes, later builds seconds")
    run([go.executable, "build", *BUILD_FLAGS, "-o", BINARY_NAME, "."], sources, environment)
    return sources / BINARY_NAME


def _generate(go: Go, distribution: Distribution, work: Path, environment: Mapping[str, str]) -> Path:
    """Return the folder with the Go sources that the builder makes of the manifest, and the lock files."""
    _say(f"generating sources in {work}")
    builder = work / "builder"
    run([go.executable, "build", *BUILD_FLAGS, "-o", str(builder), _BUILDER_PACKAGE], HERE / "builder", environment)
    manifest = shutil.copyfile(HERE / distribution.manifest, work / "manifest.yaml")
    for own in OWN:
        (work / own).mkdir()
    for name in own_sources():
        shutil.copyfile(HERE / name, work / name)
    run([str(builder), f"--config={manifest}", "--skip-compilation", "--skip-get-modules"], work, environment)
    sources = work / "build"
    for name in _LOCKS:
        shutil.copyfile(HERE / distribution.locks / name, sources / name)
    return sources


def run(command: list[str], folder: Path, environment: Mapping[str, str]) -> str:
    """Run a command in ``folder`` and return its standard output.

    Raises:
        BuildError: it failed.
    """
    done = subprocess.run(  # noqa: S603 - the commands are fixed in the build scripts
        command, cwd=folder, env={**environment, **_GO_ENVIRONMENT}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        end = " | ".join(done.stderr.strip().splitlines()[-5:])
        raise BuildError(f"`{' '.join(command[:2])}` in {folder} ended with {done.returncode}: {end}")
    return done.stdout


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        # Released by the system when the process dies, unlike a file that only exists.
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _say(text: str) -> None:
    print(f"collector/build.py: {text}", file=sys.stderr, flush=True)


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Run the command line; returns 0, ``EXIT_FAILED`` or, without Go, ``EXIT_NOT_RUN``."""
    parser = argparse.ArgumentParser(description="Build the Collector and print the path of the binary.")
    parser.add_argument("--renew", action="store_true", help="write go.mod and go.sum anew from manifest.yaml")
    parser.add_argument("--production", action="store_true", help="the distribution of manifest.production.yaml")
    chosen = parser.parse_args(arguments)
    distribution = PRODUCTION if chosen.production else LEAN
    try:
        if chosen.renew:
            renew(environment, distribution)
        else:
            print(build(environment, distribution))
    except GoMissingError as error:
        print(f"not run: the build of the Collector, because {error}", file=sys.stderr)
        return EXIT_NOT_RUN
    except BuildError as error:
        _say(str(error))
        return EXIT_FAILED
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:], os.environ))  # noqa: TID251 - PATH, HOME and XDG_CACHE_HOME, for Go as well
