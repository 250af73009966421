"""Ports before anything starts: whether they are free, and who holds those that are not."""

from __future__ import annotations

import contextlib
import random
import socket
from collections.abc import Mapping
from typing import Final

import psutil

from otel_kit.errors import ConfigError, Fault
from otel_kit.stack.native.wiring import LOOPBACK, listeners

# Below the ports that the system gives to outgoing connections: one of those could be taken before its server starts.
_LOWEST: Final = 20_000
_HIGHEST: Final = 32_000
_FAMILY: Final = {True: socket.AF_INET6, False: socket.AF_INET}


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that were free together a moment ago, all different."""
    held: dict[int, socket.socket] = {}
    chance = random.SystemRandom()
    while len(held) < count:
        port = chance.randrange(_LOWEST, _HIGHEST)
        with contextlib.suppress(OSError):
            held[port] = held.get(port) or socket.create_server((LOOPBACK, port))
    for server in held.values():
        server.close()
    return list(held)


def check_free(variables: Mapping[str, str]) -> None:
    """Return if every port of the run can be taken.

    Raises:
        ConfigError: every one that cannot, with the process that holds it where the system tells.
    """
    faults = []
    for name, (host, port) in listeners(variables).items():
        if not _is_free(host, port):
            faults.append(
                Fault(
                    f"{name}={variables[name]}",
                    f"cannot be used: port {port} is taken{_holder(port)}",
                    "",
                    "Stop that process, or name another port in a file for --env.",
                )
            )
    if faults:
        raise ConfigError(faults)


def _is_free(host: str, port: int) -> bool:
    bare = host.strip("[]")
    with socket.socket(_FAMILY[":" in bare]) as probe:
        # As the servers do it: a connection that ended a moment ago does not hold the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bare, port))
        except OSError:
            return False
        return True


def _holder(port: int) -> str:
    try:
        found = next(
            (one for one in psutil.net_connections("tcp")
             if one.status == psutil.CONN_LISTEN and one.laddr and one.laddr.port == port), None,
        )  # fmt: skip
        if found is None or found.pid is None:
            return ""
        return f" by {psutil.Process(found.pid).name()} (process {found.pid})"
    except (psutil.Error, OSError):
        return ""
