"""The variables of a native run: loopback addresses, ports, folders, and what follows from them."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from otel_kit.errors import ConfigError, Fault
from otel_kit.stack.native.layout import Layout
from otel_kit.stack.variables import defaults

LOOPBACK: Final = "127.0.0.1"
# Variable -> the port that people get. What holds an address gets it with the port.
FIXED_PORTS: Final[Mapping[str, int]] = {
    "OTELCOL_GRPC_ENDPOINT": 4317,
    "OTELCOL_HTTP_ENDPOINT": 4318,
    "OTELCOL_HEALTH_ENDPOINT": 13133,
    "OTELCOL_METRICS_PORT": 8888,
    "OTELCOL_NOTIFICATIONS_ENDPOINT": 4319,
    "STACK_ALERTMANAGER_HTTP_PORT": 9093,
    "STACK_PROMETHEUS_HTTP_PORT": 9090,
    "STACK_USAGE_HTTP_PORT": 9091,
    "STACK_LOKI_HTTP_PORT": 3100,
    "STACK_LOKI_GRPC_PORT": 9095,
    "STACK_TEMPO_HTTP_PORT": 3200,
    "STACK_TEMPO_GRPC_PORT": 9096,
    "STACK_TEMPO_OTLP_ENDPOINT": 14317,
}
PORTS: Final = tuple(FIXED_PORTS)
"""The variables that hold a port of their own; tests give each a free one."""

_HOSTS: Final = ("COLLECTOR", "LOKI", "TEMPO", "PROMETHEUS", "USAGE", "ALERTMANAGER")
_LISTENING: Final = ("STACK_LISTEN", "OTELCOL_METRICS_HOST", *(name for name in PORTS if name.endswith("_ENDPOINT")))


def wire(given: Mapping[str, str], layout: Layout, files: Path, ports: Mapping[str, int]) -> dict[str, str]:
    """Return every variable of the run: what is ``given`` wins, also where others follow from it.

    Raises:
        ConfigError: an address is not on loopback, or a port is none: every one of them.
    """
    chosen = {**defaults(), **_own(layout, files), **_addressed(ports), **given}
    if faults := [*_address_faults(chosen), *_port_faults(chosen)]:
        raise ConfigError(faults)
    following = _following(chosen)
    if chosen["OTELCOL_KEYS_FILE"] == str(layout.keys_file):
        # Only then is there a key that Alertmanager can use, see first_key.
        following["STACK_ALERT_HISTORY_URL"] = f"http://{chosen['OTELCOL_NOTIFICATIONS_ENDPOINT']}/notifications"
    return {**chosen, **following, **given}


def listeners(variables: Mapping[str, str]) -> dict[str, tuple[str, int]]:
    """Return the address and port behind each variable of ``PORTS``."""
    found = {}
    for name in PORTS:
        if name.endswith("_ENDPOINT"):
            host, _, port = variables[name].rpartition(":")
        else:
            own_host = "OTELCOL_METRICS_HOST" if name == "OTELCOL_METRICS_PORT" else "STACK_LISTEN"
            host, port = variables[own_host], variables[name]
        found[name] = (host, int(port))
    return found


def _own(layout: Layout, files: Path) -> dict[str, str]:
    backends = files / "backends"
    return {
        **{f"STACK_{name}_HOST": LOOPBACK for name in _HOSTS},
        **{f"STACK_{name}_DATA": str(layout.data(name.lower())) for name in _HOSTS if name != "COLLECTOR"},
        "STACK_LISTEN": LOOPBACK,
        "STACK_LOKI_CONFIG": str(backends / "loki" / "loki.yaml"),
        "STACK_LOKI_RULES": str(layout.rendered / "loki" / "rules"),
        "STACK_TEMPO_CONFIG": str(backends / "tempo" / "tempo.yaml"),
        "STACK_PROMETHEUS_CONFIG": str(layout.rendered / "prometheus" / "prometheus.yml"),
        "STACK_USAGE_CONFIG": str(layout.rendered / "prometheus" / "usage.yml"),
        "STACK_ALERTMANAGER_CONFIG": str(layout.rendered / "alertmanager" / "alertmanager.yml"),
        "STACK_ALERT_SECRETS": str(layout.alert_secrets),
        # There is no Grafana here that would serve them.
        "STACK_RUNBOOKS_URL": (files / "alerts" / "runbooks").resolve().as_uri(),
        "OTELCOL_METRICS_HOST": LOOPBACK,
        "OTELCOL_STATE_DIR": str(layout.data("collector")),
        "OTELCOL_ARCHIVE_DIR": str(layout.data("archive")),
        "OTELCOL_KEYS_FILE": str(layout.keys_file),
        "OTELCOL_TEMPO_INSECURE": "true",
    }


def _addressed(ports: Mapping[str, int]) -> dict[str, str]:
    return {
        name: f"{LOOPBACK}:{port}" if name.endswith("_ENDPOINT") else str(port)
        for name, port in {**FIXED_PORTS, **ports}.items()
    }


def _following(chosen: Mapping[str, str]) -> dict[str, str]:
    def at(name: str) -> str:
        return f"http://{chosen[f'STACK_{name}_HOST']}:{chosen[f'STACK_{name}_HTTP_PORT']}"

    return {
        "OTELCOL_LOKI_ENDPOINT": f"{at('LOKI')}/otlp",
        "OTELCOL_PROMETHEUS_ENDPOINT": f"{at('PROMETHEUS')}/api/v1/otlp",
        "OTELCOL_TEMPO_ENDPOINT": chosen["STACK_TEMPO_OTLP_ENDPOINT"],
    }


def _address_faults(chosen: Mapping[str, str]) -> list[Fault]:
    faults = []
    for name in _LISTENING:
        host = chosen[name].rpartition(":")[0] if name.endswith("_ENDPOINT") else chosen[name]
        try:
            is_loopback = host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
        except ValueError:
            is_loopback = False
        if not is_loopback:
            faults.append(Fault(name, "is not on loopback", f"the native run listens nowhere else, as in {LOOPBACK}"))
    return faults


def _port_faults(chosen: Mapping[str, str]) -> list[Fault]:
    faults, users = [], dict[str, str]()
    for name in PORTS:
        port = chosen[name].rpartition(":")[2]
        if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
            faults.append(Fault(name, f"has the port {port[:20]!r}", "1 to 65535 are ports"))
        elif port in users:
            faults.append(Fault(name, f"has the port {port}, as {users[port]} has", "each needs its own"))
        users.setdefault(port, name)
    return faults
