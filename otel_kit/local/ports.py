"""Ports on loopback: bound at once and held, so that nothing can take one between choosing and serving."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Iterator

from otel_kit.errors import OtelKitError

LOOPBACK = "127.0.0.1"
_STEP = 10  # 4317, 4318 and 4319 are neighbours: the next free one must not be another one's own
_TRIES = 20


class NoPort(OtelKitError):
    """No port could be bound."""


def candidates(wanted: int) -> Iterator[int]:
    """Yield the ports to try, in order: the wanted one, then every tenth; last 0, which lets the system choose."""
    yield wanted
    if wanted:
        yield from (port for port in range(wanted + _STEP, wanted + _STEP * _TRIES, _STEP) if port < 65536)
        yield 0


def listen(wanted: int) -> socket.socket:
    """Return a listening socket on 127.0.0.1 at ``wanted`` or the next free port.

    Raises:
        NoPort: the system lets none be bound.
    """
    for port in candidates(wanted):
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        # POSIX: rebinding right after a stop. On Windows the same option would let two programs share the port.
        if sys.platform == "win32":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((LOOPBACK, port))
            bound.listen(256)
            bound.setblocking(False)
        except OSError as error:
            bound.close()
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise NoPort(f"no port can be opened on {LOOPBACK}: {error.strerror}") from error
        else:
            return bound
    raise NoPort(f"no port can be opened on {LOOPBACK}")


def is_free(port: int) -> bool:
    """Whether ``port`` could be bound just now; for servers that bind their own socket."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
