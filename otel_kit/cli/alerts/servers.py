"""Where Alertmanager, Loki and the gateway are: named by options, or those of the stack whose folder this is."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from otel_kit.errors import ConfigError, Fault
from otel_kit.settings.kinds import URL
from otel_kit.stack.http_json import Api
from otel_kit.stack.own_folder import STATE

_HISTORY_KEY: Final = Path("secrets") / "alerts" / "history.key"
_CA: Final = "ca.crt"
_TENANT: Final = "X-Scope-OrgID"
_DEFAULT_TENANT: Final = "main"
# What Grafana puts before the paths of a data source with that uid.
_THROUGH_GRAFANA: Final[Mapping[str, str]] = {
    "alertmanager": "/api/alertmanager/alertmanager",
    "loki": "/api/datasources/proxy/uid/loki",
}
_MEND: Final = (
    "Run it where `otel-kit stack up --native` runs, or name --{name} URL, or --grafana URL for a stack in containers."
)


def add_options(parser: argparse.ArgumentParser, *names: str) -> None:
    """Add the options that say where the servers of those names are: alertmanager, loki, otlp."""
    group = parser.add_argument_group("where the stack is")
    meant = {"alertmanager": "Alertmanager", "loki": "Loki", "otlp": "the gateway, OTLP over HTTP"}
    for name in names:
        group.add_argument(f"--{name}", metavar="URL", help=f"base address of {meant[name]}")
    group.add_argument(
        "--state", type=Path, metavar="DIR", default=None, help=f"of the native stack (default: {STATE.as_posix()})"
    )
    group.add_argument("--grafana", metavar="URL", help="ask through Grafana, which is all that containers publish")
    group.add_argument("--token-file", type=Path, metavar="FILE", help="token of an account of Grafana, or of a proxy")
    group.add_argument("--ca-file", type=Path, metavar="FILE", help=f"CA of its certificate (default: {_CA}, if there)")
    if "otlp" in names:
        group.add_argument("--key-file", type=Path, metavar="FILE", help="with the key for the gateway")
    if "loki" in names:
        group.add_argument("--tenant", metavar="NAME", help=f"tenant in Loki (default: {_DEFAULT_TENANT})")


@dataclass(frozen=True, slots=True)
class Servers:
    """What the options of a command name. Methods raise ConfigError with what is missing and how to name it."""

    options: argparse.Namespace

    def alertmanager(self) -> Api:
        """Return Alertmanager."""
        return self._named("alertmanager", {})

    def loki(self) -> Api:
        """Return Loki, for the tenant."""
        tenant = getattr(self.options, "tenant", None) or self._recorded().get("loki_tenant") or _DEFAULT_TENANT
        return self._named("loki", {_TENANT: tenant})

    def gateway(self) -> Api:
        """Return the gateway: 1. that of the options, 2. that of the environment, 3. that of the folder's stack."""
        named = getattr(self.options, "otlp", None)
        if named is None and self.options.state is None and (found := self._of_environment()) is not None:
            return found
        address = named or self._recorded().get("otlp_http")
        if address is None:
            raise ConfigError(
                [Fault("the gateway", "is not known, and each change is an audit event there first",
                       mend="Name --otlp URL and --key-file FILE, set OTEL_EXPORTER_OTLP_ENDPOINT and _HEADERS, or use "
                       "--without-audit.")]
            )  # fmt: skip
        file = self.options.key_file or (None if named else self._state / _HISTORY_KEY)
        key = None if file is None else _secret("--key-file", file)
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        return Api(_base("--otlp", address), headers, self._ca())

    @property
    def _state(self) -> Path:
        return self.options.state or STATE

    def _named(self, name: str, headers: Mapping[str, str]) -> Api:
        token = _secret("--token-file", self.options.token_file) if self.options.token_file else None
        carried = {**headers, **({"Authorization": f"Bearer {token}"} if token else {})}
        if named := getattr(self.options, name):
            return Api(_base(f"--{name}", named), carried, self._ca())
        if grafana := self.options.grafana:
            return Api(_base("--grafana", grafana) + _THROUGH_GRAFANA[name], carried, self._ca())
        if recorded := self._recorded().get(name):
            return Api(recorded, headers)
        raise ConfigError(
            [Fault(f"--{name}", f"is not given, and {self._state.as_posix()} is no stack that was started",
                   mend=_MEND.format(name=name))]
        )  # fmt: skip

    def _recorded(self) -> Mapping[str, Any]:
        """Return where the native stack of the folder was reached when it was started."""
        from otel_kit.stack.native import Layout

        file = Layout(self._state).addresses
        try:
            found = json.loads(file.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise ConfigError([Fault(str(file), "cannot be read", mend="Start the stack again.")]) from error
        return found if isinstance(found, dict) else {}

    def _of_environment(self) -> Api | None:
        from otel_kit.settings import load

        settings = load().settings
        general, own = settings.export, settings.export_logs
        endpoint = general.endpoint
        if endpoint is None:
            return None
        if (own.protocol or general.protocol) == "grpc":
            raise ConfigError(
                [Fault("OTEL_EXPORTER_OTLP_ENDPOINT", "is one of OTLP over gRPC", "this command speaks HTTP",
                       "Name --otlp URL, the port is 4318 by convention.")]
            )  # fmt: skip
        return Api(endpoint.rstrip("/"), own.headers or general.headers or {}, own.certificate or general.certificate)

    def _ca(self) -> str | None:
        file = self.options.ca_file
        if file is None:
            return _CA if Path(_CA).is_file() else None
        if not file.is_file():
            raise ConfigError([Fault("--ca-file", f"names {file}, which is no file")])
        return str(file)


def _base(option: str, address: str) -> str:
    try:
        return str(URL.parse(address)).rstrip("/")
    except (ValueError, TypeError):
        raise ConfigError([Fault(option, f"is {address!r}", URL.wanted)]) from None


def _secret(option: str, file: Path) -> str:
    try:
        text = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigError([Fault(option, f"{file} cannot be read: {why}")]) from None
    if not text or not text.isascii() or not text.isprintable():
        raise ConfigError([Fault(option, f"{file} does not hold a secret of one line")])
    return text
