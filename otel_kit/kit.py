"""The running kit: what ``otel_kit.init`` returns."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from otel_kit import delivery, semconv
from otel_kit.events.lifecycle import End
from otel_kit.events.system import emit_configuration_change
from otel_kit.features import Features, Running
from otel_kit.healthchecks.registry import Health
from otel_kit.instrument.celery import WorkerActs
from otel_kit.instrument.clients import instrument_clients
from otel_kit.instrument.fastapi import Engine, build_engine, instrument, is_starlette, wrap
from otel_kit.instrument.lifespan import Lifespan
from otel_kit.instrument.processes import install as install_processes
from otel_kit.instrument.threads import install as install_threads
from otel_kit.live_settings import LiveSettings
from otel_kit.logs import foreign
from otel_kit.pipeline.metric_reader import GuardedMeterProvider
from otel_kit.process_hooks import Acts, ExitBudget, ProcessHooks
from otel_kit.providers import Telemetry
from otel_kit.redaction.findings import Findings
from otel_kit.reload import Reload, Reloader
from otel_kit.settings import Loaded, Settings, Signal
from otel_kit.settings.environment import opt_into_stable_conventions
from otel_kit.status import Guarantee, Status, not_running, redaction_status
from otel_kit.version import __version__

_FLUSH_TIMEOUT_S = 5.0


class Kit:
    """A running kit. All methods are thread-safe and raise nothing into the application."""

    def __init__(
        self,
        loaded: Loaded,
        telemetry: Telemetry | None,
        forget: Callable[[Kit], object],
        reloader: Reloader | None = None,
        foreign_names: tuple[str, ...] = (),
    ) -> None:
        self._lock = threading.RLock()
        self._live = LiveSettings(loaded)
        self._features: Features | None = None
        self._telemetry = telemetry
        self._forget = forget
        self._reloader = reloader
        self._foreign_names = foreign_names
        self._clients: tuple[str, ...] = ()
        self._engine: Engine | None = None
        self._health = Health(loaded.settings.health, self._count_fault, strict=loaded.settings.strict)
        self._final: Status | None = None
        self._cut_values: Callable[[], Mapping[tuple[str, str], int]] = dict
        self._exit = ExitBudget(loaded.settings.exit_timeout_s)
        self._hooks = ProcessHooks(
            Acts(
                at_exit=self._at_exit,
                on_terminate=self._on_terminate,
                before_fork=self._before_fork,
                after_fork_in_parent=self._after_fork_in_parent,
                after_fork=self._after_fork,
            )
        )

    @property
    def loaded(self) -> Loaded:
        """The settings in force with their origins."""
        return self._live.loaded

    @property
    def telemetry(self) -> Telemetry | None:
        """What the kit built; None when it is off."""
        return self._telemetry

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._live.loaded.settings

    @property
    def health(self) -> Health:
        """The health checks: ``kit.health.check("db", kit.health.checks.sqlalchemy(engine))``."""
        return self._health

    @property
    def engine(self) -> Engine | None:
        """What applications are instrumented with; None when the kit is off."""
        return self._engine

    def instrument_app(self, app: Any) -> Any:
        """Measure the requests of a web application and flush when its lifespan ends; returns the application.

        FastAPI and Starlette applications are changed in place and returned as they are; any other ASGI application
        comes back wrapped, and the wrapped one must be served. Doing it twice changes nothing. May be called before or
        after the application has started.
        """
        engine = self._engine
        if engine is None or self._telemetry is None:
            return app
        try:
            if is_starlette(app):
                instrument(app, engine)
                return app
            return wrap(app, engine)
        except Exception as error:
            self._telemetry.faults.count("instrument_app", error)
            return app

    def flush(self, timeout_s: float = _FLUSH_TIMEOUT_S) -> bool:
        """Send what is here now, metrics included; blocks at most about ``timeout_s``.

        True when every record that was here has been delivered, refused or counted as dropped.
        """
        if self._telemetry is None or self._final is not None:
            return True
        return delivery.flush(self._telemetry, timeout_s)

    def reload(self, settings: Mapping[str, Any] | None = None) -> Reload:
        """Read settings, redaction policy and pseudonym keys anew and put them in force; returns what came of it.

        ``settings`` are values by key that go before every other source, such as ``{"logs.levels": {"db": "debug"}}``.
        A file that cannot be used changes nothing: why is in the result, in the log, and in ``status()``. Blocks while
        the policy is compiled, some tenths of a second; never raises, when strict neither.
        """
        if self._reloader is None or self._final is not None:
            return Reload(changed=False)
        again = self._live.reload(settings)
        policy = self._reloader.reload()
        changed = policy.changed or bool(again.changed)
        return replace(policy, changed=changed, settings=again.changed, faults=(*again.faults, *policy.faults))

    def shutdown(self, timeout_s: float = 2.0) -> Status:
        """Flush, stop, and return the final status; blocks at most about ``timeout_s``.

        What could not be sent is counted as dropped and said in one line on standard error. Afterwards the
        application's telemetry calls do nothing, until a new ``init``.
        """
        with self._lock:
            if self._final is None:
                self._hooks.remove()
                self._live.stop()
                if self._features is not None:
                    self._features.stop()
                if self._reloader is not None:
                    self._reloader.stop()
                self._final = self._stop(timeout_s)
                foreign.unwrap_handlers()  # last: the SDK logs what fails in the last collection
                self._forget(self)
            return self._final

    def status(self) -> Status:
        """Return what runs, where it goes, and the account of every signal."""
        if self._final is not None:
            return self._final
        telemetry = self._telemetry
        if telemetry is None or self._reloader is None:
            return not_running(self.settings.service_name)
        redactor = telemetry.redactor()
        return Status(
            running=True,
            service=redactor.text(str(telemetry.resource.attributes[semconv.SERVICE_NAME]), Findings()),
            guarantee=self._guarantee(),
            durability="memory",
            instance_id=redactor.text(telemetry.instance.current(), Findings()),
            instance_id_is_stable=telemetry.instance.is_stable,
            policy=redactor.policy_id if self.settings.redaction else None,
            endpoints={signal: telemetry.endpoints[signal].shown for signal in telemetry.lanes},
            signals={signal: ledger.account() for signal, ledger in telemetry.ledgers.items()},
            sinks=telemetry.sinks.accounts(),
            redaction=redaction_status(telemetry.counts.totals(), self._reloader),
            faults=telemetry.faults.totals(),
            metric_values_cut={" ".join(where): count for where, count in self._cut_values().items()},
            foreign=self._foreign_names,
            clients=self._clients,
        )

    def _count_fault(self, place: str, error: BaseException) -> None:
        if self._telemetry is not None:
            self._telemetry.faults.count(place, error)

    def _guarantee(self) -> Guarantee:
        if not self.settings.redaction:
            return "off"
        return "own lane" if self._foreign_names else "all"

    def start(self, telemetry: Telemetry, providers: Mapping[Signal, Any]) -> None:
        """Instrument, bridge logging, and watch for the end of the process. Called once, by ``init``."""
        settings = self.settings
        telemetry.instance.current()  # takes the slot as long as this process lives
        opt_into_stable_conventions()
        install_threads()
        install_processes()
        count = telemetry.faults.count
        acts = WorkerActs(self._at_lifespan_start, self._at_lifespan_end)
        self._clients = instrument_clients(settings.clients, providers["traces"], providers["metrics"], count, acts)
        self._engine = build_engine(settings, providers, Lifespan(acts.starts, acts.ends), count)
        if isinstance(provider := providers["metrics"], GuardedMeterProvider):
            self._cut_values = provider.series.totals
        meter = providers["metrics"].get_meter(semconv.SCOPE_NAME, __version__, schema_url=semconv.SCHEMA_URL)
        self._features = Features(Running(settings, telemetry, providers, meter, self))
        self._features.apply(settings)
        if self._reloader is not None:
            # Last: it may log, and what handlers print is redacted from here on.
            self._reloader.start(telemetry.encoder.use, lambda by: self._tell_change(("redaction.policy",), by))
        self._live.start(self._apply)
        self._hooks.install()

    def _apply(self, settings: Settings, changed: tuple[str, ...], by: str) -> None:
        if self._features is not None:
            self._features.apply(settings)
        self._tell_change(changed, by)

    def _tell_change(self, keys: tuple[str, ...], by: str) -> None:
        if self.settings.events.lifecycle:
            emit_configuration_change(keys, by)

    def _at_lifespan_start(self) -> None:
        if self._features is not None:
            self._features.serving()

    def _stop(self, timeout_s: float) -> Status:
        telemetry = self._telemetry
        if telemetry is None:
            return not_running(self.settings.service_name)
        lost = delivery.close(telemetry, timeout_s)
        delivery.say(telemetry, self._exit, "not delivered to {} at exit and lost: {}", lost)
        return replace(self.status(), running=False)

    def _at_lifespan_end(self) -> None:
        """Deliver: a server may end the process right after, by a signal that runs no hook."""
        telemetry = self._telemetry
        self._tell_end("lifespan")
        if telemetry is None or self.flush(self._exit.left()):
            return
        self._exit.spent()
        what = "not delivered to {} when the application ended: {}"
        delivery.say(telemetry, self._exit, what, delivery.waiting(telemetry))

    def _at_exit(self) -> None:
        """Deliver, then take what hooks that were registered before the kit's still log."""
        telemetry = self._telemetry
        if telemetry is None or self._final is not None:
            return
        self._tell_end("exit")
        deadline = time.monotonic() + self._exit.left()
        if self.flush(max(0.0, deadline - time.monotonic())):
            delivery.linger(telemetry, deadline)
        else:
            self.shutdown(max(0.0, deadline - time.monotonic()))

    def _on_terminate(self) -> None:
        self._tell_end("sigterm")
        self.shutdown(self._exit.left())

    def _tell_end(self, reason: End) -> None:
        if self._features is not None and self._final is None:
            self._features.ending(reason)

    def _before_fork(self) -> None:
        if self._telemetry is not None and self._telemetry.reader is not None:
            self._telemetry.reader.before_fork()

    def _after_fork_in_parent(self) -> None:
        if self._telemetry is not None and self._telemetry.reader is not None:
            self._telemetry.reader.after_fork_in_parent()

    def _after_fork(self) -> None:
        self._lock = threading.RLock()
        if self._telemetry is not None:
            self._telemetry.after_fork()
        if self._reloader is not None:
            self._reloader.after_fork()
        self._live.after_fork()
        if self._features is not None:
            self._features.after_fork()
