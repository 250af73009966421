"""What the stack consists of: each component's command, its own URL for "ready", and what must run before it."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from otel_kit.errors import ConfigError, Fault, nearest
from otel_kit.stack import flags
from otel_kit.stack.native.layout import Layout
from otel_kit.stack.native.processes import Program
from otel_kit.stack.rendering import render

COLLECTOR: Final = "collector"
TEMPO: Final = "tempo"
# All of the environment that the components need besides their variables.
_INHERITED: Final = ("PATH", "HOME", "TMPDIR", "LANG", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH")
_ALWAYS: Final = ("lgtm", "archive", "notifications")
# Loki and Tempo replay their write-ahead logs before they are ready.
_READY_TIMEOUT_S: Final = 60.0
_STOP_TIMEOUT_S: Final = 30.0
# Tempo 2.x waits for its queue of queries to be removed, which nobody does any more at its end: after a query it never
# ends by itself (modules/frontend/queue). By then everything is in its write-ahead log.
_TEMPO_STOP_S: Final = 8.0


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the stack. ``binary`` is the program that it is, ``wave`` when it is stopped.

    Who writes to another has a higher wave, and is gone before the other is asked to stop: remote write waits for its
    receiver otherwise.
    """

    name: str
    binary: str
    ready_url: str
    wave: int


# In the order of the start: who is written to comes first.
KINDS: Final = (
    Kind("alertmanager", "alertmanager", "http://${STACK_LISTEN}:${STACK_ALERTMANAGER_HTTP_PORT}/-/ready", 0),
    Kind("usage", "prometheus", "http://${STACK_LISTEN}:${STACK_USAGE_HTTP_PORT}/-/ready", 0),
    Kind("prometheus", "prometheus", "http://${STACK_LISTEN}:${STACK_PROMETHEUS_HTTP_PORT}/-/ready", 1),
    Kind("loki", "loki", "http://${STACK_LISTEN}:${STACK_LOKI_HTTP_PORT}/ready", 2),
    Kind(TEMPO, TEMPO, "http://${STACK_LISTEN}:${STACK_TEMPO_HTTP_PORT}/ready", 2),
    # Last: it needs nobody, as it keeps what it cannot deliver, but then nobody's data waits.
    Kind(COLLECTOR, COLLECTOR, "http://${OTELCOL_HEALTH_ENDPOINT}/", 3),
)
BINARIES: Final = tuple(dict.fromkeys(kind.binary for kind in KINDS))


def program(
    kind: Kind,
    binary: Path,
    variables: Mapping[str, str],
    layout: Layout,
    environment: Mapping[str, str],
    configurations: Sequence[Path],
) -> Program:
    """Return what runs that component; ``configurations`` are the Collector's, the others' stand in ``variables``."""
    arguments = flags.arguments(kind.name, variables)
    if kind.name == COLLECTOR:
        arguments += [f"--config={path}" for path in configurations]
    return Program(
        name=kind.name,
        command=[str(binary), *arguments],
        environment={**{name: environment[name] for name in _INHERITED if name in environment}, **variables},
        folder=layout.data(kind.name),
        log=layout.log(kind.name),
        ready_url=render(kind.ready_url, variables, f"the address of {kind.name}"),
        ready_timeout_s=_READY_TIMEOUT_S,
        stop_timeout_s=_TEMPO_STOP_S if kind.name == TEMPO else _STOP_TIMEOUT_S,
        orphan_signal=signal.SIGKILL if kind.name == TEMPO else signal.SIGTERM,
    )


def configurations(files: Path, overlays: Sequence[str]) -> list[Path]:
    """Return the Collector's files in their order: base, redaction, overlays, and the user's own last.

    Raises:
        ConfigError: ``files`` is no folder of a stack, or there is no overlay of a name.
    """
    collector = files / "collector"
    base = [collector / "gateway.yaml", collector / "generated" / "redaction.yaml"]
    if missing := [path for path in base if not path.is_file()]:
        raise ConfigError([Fault(str(path), "is missing", f"{files} is no folder of a stack") for path in missing])
    known = {path.stem: path for path in sorted((collector / "overlays").glob("*.yaml"))}
    faults = [
        Fault(str(collector / "overlays" / f"{name}.yaml"), "is missing", "every native run loads it")
        for name in _ALWAYS
        if name not in known
    ]
    for name in overlays:
        if name not in known:
            close = nearest(name, known)
            hint = f"did you mean {close}?" if close else f"there are {', '.join(known)}"
            faults.append(Fault(f"--overlay {name}", "is not in collector/overlays", hint))
    if faults:
        raise ConfigError(faults)
    chosen = dict.fromkeys([*_ALWAYS, *overlays])
    return [
        *base,
        *[known[name] for name in chosen],
        *sorted((collector / "local.d").glob("*.yaml")),
    ]
