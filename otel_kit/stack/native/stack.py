"""The whole stack of one folder: started and stopped in order, each component also by itself."""

from __future__ import annotations

import contextlib
import fcntl
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from threading import Event
from typing import IO, Final

from otel_kit.errors import OtelKitError
from otel_kit.stack.native import configuration, first_key, leftovers
from otel_kit.stack.native.components import KINDS, configurations, program
from otel_kit.stack.native.layout import Layout
from otel_kit.stack.native.ports import check_free
from otel_kit.stack.native.processes import Component
from otel_kit.stack.native.wiring import wire

_TLS_OVERLAYS: Final = frozenset({"tls", "mtls"})


@dataclass(frozen=True, slots=True)
class Options:
    """What is run, and where. ``files`` has collector/ and backends/, ``binaries`` a path for each name of BINARIES.

    ``own`` is the folder with the user's ``otel-kit.yaml`` and ``alerts/own``; None: there is none.
    ``given`` are variables that the user sets, ``ports`` those of wiring.PORTS that are not the fixed ones;
    ``environment`` is the caller's, of which the components get what they need.
    """

    state: Path
    files: Path
    binaries: Mapping[str, Path]
    environment: Mapping[str, str]
    given: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)
    overlays: Sequence[str] = ()
    own: Path | None = None


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the stack is reached: base addresses, without a slash at the end. ``otlp_grpc`` is host and port.

    ``key`` is what a service sends as ``Authorization: Bearer KEY``; None where the user brings own keys.
    """

    otlp_http: str
    otlp_grpc: str
    collector_metrics: str
    loki: str
    loki_tenant: str
    tempo: str
    prometheus: str
    usage: str
    alertmanager: str
    key: str | None


class Stack:
    """The components of ``Options``. Methods block and are for one thread; a restarted component keeps its ports."""

    def __init__(self, options: Options) -> None:
        """Prepare everything that needs no process.

        Raises:
            ConfigError: an overlay, address or port that cannot be used.
        """
        self.options = options
        self.layout = Layout(options.state.resolve())
        self.variables = wire(options.given, self.layout, options.files, options.ports)
        self.configurations = configurations(options.files, options.overlays)
        self._components = {
            kind.name: Component(
                program(
                    kind,
                    options.binaries[kind.binary],
                    self.variables,
                    self.layout,
                    options.environment,
                    self.configurations,
                )
            )
            for kind in KINDS
        }
        self._wanted: set[str] = set()
        self._lock: IO[str] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The components in the order of their start."""
        return tuple(self._components)

    @property
    def addresses(self) -> Addresses:
        """Where the stack is reached; known before it runs, except the key."""
        value = self.variables

        def at(name: str) -> str:
            return f"http://{value['STACK_LISTEN']}:{value[f'STACK_{name}_HTTP_PORT']}"

        return Addresses(
            otlp_http=f"{'https' if self._has_tls else 'http'}://{value['OTELCOL_HTTP_ENDPOINT']}",
            otlp_grpc=value["OTELCOL_GRPC_ENDPOINT"],
            collector_metrics=f"http://{value['OTELCOL_METRICS_HOST']}:{value['OTELCOL_METRICS_PORT']}/metrics",
            loki=at("LOKI"),
            loki_tenant=value["OTELCOL_LOKI_TENANT"],
            tempo=at("TEMPO"),
            prometheus=at("PROMETHEUS"),
            usage=at("USAGE"),
            alertmanager=at("ALERTMANAGER"),
            key=first_key.text(self.layout) if self._has_own_keys else None,
        )

    @property
    def _has_tls(self) -> bool:
        return not _TLS_OVERLAYS.isdisjoint(self.options.overlays)

    @property
    def _has_own_keys(self) -> bool:
        return self.variables["OTELCOL_KEYS_FILE"] == str(self.layout.keys_file)

    def start(self, stop: Event | None = None) -> None:
        """Start everything and return when all of it is ready; if one thing fails, nothing is left running.

        Raises:
            ConfigError: a file, address or port that cannot be used.
            OtelKitError: another stack runs over the same folder, or the folder cannot be used.
            ComponentFailed: a component ended or did not become ready; the text has its last lines.
            Interrupted: ``stop`` was set.
        """
        stop = stop or Event()
        try:
            self._prepare()
            # The backends at once, as each takes its time; the Collector when they can take what it has.
            *backends, collector = self._components.values()
            for wave in (backends, [collector]):
                for component in wave:
                    self._launch(component)
                for component in wave:
                    # Who ends meanwhile is named at once, not after this one's turn.
                    component.wait_ready(stop, lambda: self._check("before all were ready"))
        except BaseException:
            self.stop()
            raise

    def stop(self) -> list[str]:
        """Stop everything in reverse order, each when what writes to it is gone; return who had to be killed."""
        self._wanted.clear()
        killed: list[str] = []
        for _, wave in groupby(reversed(KINDS), key=lambda kind: kind.wave):
            components = [self._components[kind.name] for kind in wave]
            for component in components:
                component.ask_to_stop()
            killed += [component.program.name for component in components if not component.stop()]
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        return killed

    def start_one(self, name: str, stop: Event | None = None) -> None:
        """Start one component and return when it is ready.

        Raises:
            ComponentFailed: it ended, or did not become ready.
            Interrupted: ``stop`` was set.
        """
        self._launch(self._components[name])
        self._components[name].wait_ready(stop or Event())

    def stop_one(self, name: str) -> None:
        """Stop one component orderly."""
        self._wanted.discard(name)
        self._components[name].stop()

    def kill(self, name: str) -> None:
        """End one component as a power cut would."""
        self._wanted.discard(name)
        self._components[name].kill()

    def check_alive(self) -> None:
        """Return if every component lives that nobody stopped.

        Raises:
            ComponentFailed: one has ended.
        """
        self._check("")

    def is_running(self, name: str) -> bool:
        """Whether that component's process lives."""
        return self._components[name].is_running

    def pid(self, name: str) -> int | None:
        """Return the number of that component's process; None while there is none."""
        return self._components[name].pid

    def rss_bytes(self) -> dict[str, int]:
        """Return the memory that each component holds now."""
        return {name: component.rss_bytes for name, component in self._components.items()}

    def log_of(self, name: str) -> Path:
        """Return the file with what that component printed since its last start."""
        return self._components[name].program.log

    def _check(self, when: str) -> None:
        for name in self._wanted:
            self._components[name].check_alive(when)

    def _launch(self, component: Component) -> None:
        component.start([self._lock.fileno()] if self._lock is not None else [])
        self._wanted.add(component.program.name)

    def _prepare(self) -> None:
        try:
            self.layout.make()
        except OSError as error:
            raise OtelKitError(f"the folder {self.layout.state} cannot be used: {error.strerror}") from error
        self._take_lock()
        check_free(self.variables)
        if self._has_own_keys:
            first_key.make(self.layout)
        configuration.write(self.options.files, self.layout.rendered, self.variables, self.options.own)
        known = {name: value for name, value in asdict(self.addresses).items() if name != "key"}
        self.layout.addresses.write_text(json.dumps(known, indent=1) + "\n", "utf-8")

    def _take_lock(self) -> None:
        """Hold the folder until ``stop``, or until the last component has ended of a run that was killed."""
        lock = self.layout.lock.open("a")
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._lock = lock
            return
        lock.close()
        raise OtelKitError(leftovers.complaint(self.layout.state))
