"""Build a backend natively and print the path of the binary: ``python backends/build_natively.py prometheus``.

Each backend has a module of tools (``<backend>/build/``) whose go.mod and go.sum pin everything. As with the Collector
(``collector/build.py``) the binary lies outside the checkout, under a hash of what it is built from, and the committed
go.sum is the integrity check. Standard library only.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
if __name__ == "__main__":  # run as a script, Python looks into this folder only
    sys.path.insert(0, str(HERE.parent))

from collector.build import (  # noqa: E402 - after the path
    BUILD_FLAGS,
    EXIT_FAILED,
    EXIT_NOT_RUN,
    BuildError,
    GoMissingError,
    built_once,
    cache_folder,
    cache_key,
    find_go,
    run,
)

SOURCES: Final = ("go.mod", "go.sum", "*.go")
# Binary -> folder of its module and package within it.
BINARIES: Final = {
    "alertmanager": ("alertmanager/build", "github.com/prometheus/alertmanager/cmd/alertmanager"),
    "amtool": ("alertmanager/build", "github.com/prometheus/alertmanager/cmd/amtool"),
    # No backend: Compose's own command, by which docker-compose.yml is tested.
    "docker-compose": ("../tests/stack/compose_build", "github.com/docker/compose/v2/cmd"),
    # A broker for tests/stack/test_overlays_kafka.py.
    "kafka-broker": ("../tests/stack/kafka_broker", "."),
    "logcli": ("loki/build", "github.com/grafana/loki/v3/cmd/logcli"),
    "loki": ("loki/build", "github.com/grafana/loki/v3/cmd/loki"),
    "lokitool": ("loki/build", "github.com/grafana/loki/v3/cmd/lokitool"),
    "prometheus": ("prometheus/build", "github.com/prometheus/prometheus/cmd/prometheus"),
    "promtool": ("prometheus/build", "github.com/prometheus/prometheus/cmd/promtool"),
    "tempo": ("tempo/build", "github.com/grafana/tempo/cmd/tempo"),
    "tempo-cli": ("tempo/build", "github.com/grafana/tempo/cmd/tempo-cli"),
}


def build(name: str, environment: Mapping[str, str]) -> Path:
    """Return the path of a binary of ``BINARIES``, after building it if nobody has; minutes on a fresh machine.

    Raises:
        GoMissingError: there is no Go that can build it.
        BuildError: a step failed.
    """
    folder, package = BINARIES[name]
    module = HERE / folder
    go = find_go(environment, module)
    sources = [path.name for pattern in SOURCES for path in sorted(module.glob(pattern))]

    def make(work: Path) -> Path:
        print(f"backends/build_natively.py: compiling {name}", file=sys.stderr, flush=True)
        run([go.executable, "build", *BUILD_FLAGS, "-o", str(work / name), package], module, environment)
        return work / name

    return built_once(cache_folder(environment, name) / cache_key(go, module, sources) / name, make)


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Run the command line; returns 0, ``EXIT_FAILED`` or, without Go, ``EXIT_NOT_RUN``."""
    parser = argparse.ArgumentParser(description="Build a backend and print the path of the binary.")
    parser.add_argument("name", choices=sorted(BINARIES))
    name = parser.parse_args(arguments).name
    try:
        print(build(name, environment))
    except GoMissingError as error:
        print(f"not run: the build of {name}, because {error}", file=sys.stderr)
        return EXIT_NOT_RUN
    except BuildError as error:
        print(f"backends/build_natively.py: {error}", file=sys.stderr)
        return EXIT_FAILED
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:], os.environ))  # noqa: TID251 - PATH, HOME and XDG_CACHE_HOME, for Go as well
