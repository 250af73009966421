"""``otel-kit stack up --native``: the whole stack on this machine, without containers, until it is interrupted."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from otel_kit.errors import OtelKitError

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-command to the parser."""
    parser = subparsers.add_parser(
        "up",
        help="run the stack on this machine",
        description="Run Collector, Loki, Tempo, Prometheus and Alertmanager natively, on loopback, until Ctrl-C. "
        "They are built with Go the first time. With containers it is `docker compose up`.",
    )
    parser.add_argument("--native", action="store_true", required=True, help="as processes, without containers")
    parser.add_argument(
        "--overlay",
        action="append",
        default=[],
        metavar="NAME",
        help="also load collector/overlays/NAME.yaml; repeatable",
    )
    parser.add_argument(
        "--state",
        type=Path,
        default=Path(".otel-kit/stack"),
        metavar="DIR",
        help="data, logs and keys (.otel-kit/stack)",
    )
    parser.add_argument("--env", type=Path, metavar="FILE", help="variables of the stack, one NAME=value a line")
    parser.set_defaults(func=run)


def run(_arguments: argparse.Namespace) -> int:
    """Run the stack; return the exit status."""
    raise OtelKitError("the native run is not there yet")
