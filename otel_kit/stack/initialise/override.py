"""compose.override.yaml: what Compose cannot work out itself, written from `.env` and the files of the folder.

Compose has no way to put a list into a command, and a profile only switches services on: a second Collector could share
neither the ports nor the queue of the first. So the command with its overlays is written here, and Compose merges it
over docker-compose.yml by itself.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from otel_kit.stack.alerting import placing
from otel_kit.stack.flags import arguments
from otel_kit.stack.initialise import stock
from otel_kit.stack.initialise.options import AGENT_OVERLAYS, ALERT_SECRETS, STOCK, is_public, overlays_of
from otel_kit.stack.pins import pin
from otel_kit.stack.rendering import names_in

NAME: Final = "compose.override.yaml"
MOUNTED: Final = "/etc/otelcol"
STOCK_MOUNTED: Final = "/etc/otelcol-stock"
_GENERATOR: Final = "STACK_TEMPO_GENERATOR_PROCESSORS"
# The files are mounted: without a sign of their content Compose would leave a container running with the old ones.
_LABEL: Final = "otel-kit.configuration"
_ENVIRONMENT: Final = re.compile(r"\$\{env:([A-Z_][A-Z0-9_]*)")
_HEAD: Final = """\
# Written by `otel-kit stack init` from .env and the files of this folder. Do not edit it: change those
# (OTELCOL_OVERLAYS names the overlays, collector/local.d holds your own), run `otel-kit stack init` again, then
# `docker compose up -d`.
#
# Variables without a value are handed on if .env sets them; else the default in the configuration holds.
"""


@dataclass(frozen=True, slots=True)
class _Needs:
    """What an overlay needs beside its file, in containers."""

    environment: Mapping[str, str] = field(default_factory=dict)
    ports: Sequence[Mapping[str, str | int]] = ()
    build_arguments: Mapping[str, str] = field(default_factory=dict)


_PUBLISHED: Final = "${STACK_PUBLISH_ADDRESS:-127.0.0.1}"
_NEEDS: Final[Mapping[str, _Needs]] = {
    "syslog": _Needs(
        {"OTELCOL_SYSLOG_UDP_ENDPOINT": "0.0.0.0:5514", "OTELCOL_SYSLOG_TCP_ENDPOINT": "0.0.0.0:5514"},
        tuple(
            {"host_ip": _PUBLISHED, "published": "5514", "target": 5514, "protocol": protocol}
            for protocol in ("udp", "tcp")
        ),
    ),
    "mtls": _Needs({"OTELCOL_TLS_CLIENT_CA_FILE": "/run/stack/ca.crt"}),
    "datadog": _Needs(build_arguments={"MANIFEST": "manifest.production.yaml", "LOCKS": "production"}),
}


class _Reset:
    """Compose's `!reset`: takes away what the file before said."""


class _Dumper(yaml.SafeDumper):
    """Knows `_Reset`, and writes None as nothing: Compose then takes the value from `.env`."""


_Dumper.add_representer(_Reset, lambda dumper, _data: dumper.represent_scalar("!reset", "null"))


def text(folder: Path, variables: Mapping[str, str]) -> str:
    """Return the file for this folder and these variables of its `.env`.

    Raises:
        OSError: a file cannot be read.
    """
    composed = yaml.safe_load((folder / "docker-compose.yml").read_text("utf-8")).get("services", {})
    fixed = _fixed_environment(composed)
    services: dict[str, Any] = {
        "collector": _collector(folder, variables, fixed["collector"]),
        "agent": {"environment": _handed_on(_collector_names(agent_files(folder)), fixed["agent"])},
    }
    for name in ("loki", "tempo"):
        used = [
            used for file in _yaml_files(folder / "backends" / name) for used, _ in names_in(file.read_text("utf-8"))
        ]
        services[name] = {"environment": _handed_on(used, fixed[name])}
    if "mtls" in overlays_of(variables):
        services["agent"]["environment"] |= {
            "OTELCOL_GATEWAY_CERT_FILE": "/run/stack/tls.crt",
            "OTELCOL_GATEWAY_CERT_KEY_FILE": "/run/stack/tls.key",
        }
    if "span_metrics" in overlays_of(variables) and not variables.get(_GENERATOR):
        # The Collector counts spans then, before it samples; Tempo's counting them again would be a second set.
        services["tempo"]["environment"][_GENERATOR] = "[local-blocks]"
    if is_public(variables):
        services["grafana"] = _over_tls(composed.get("grafana", {}))
    if placing.by_grafana(variables) and variables.get("STACK_ALERT_SMTP_HOST"):
        services.setdefault("grafana", {}).setdefault("environment", {}).update(_mail(variables))
    if variables.get("STACK_COLLECTOR_IMAGE") == STOCK:
        _put_stock(folder, services)
    for name, files in _read_by(folder, variables).items():
        services.setdefault(name, {})["labels"] = {_LABEL: _digest(files, folder)}
    return _HEAD + yaml.dump({"services": services}, Dumper=_Dumper, sort_keys=False, width=120)


def _read_by(folder: Path, variables: Mapping[str, str]) -> dict[str, list[Path]]:
    """Return service -> the files that it reads at its start only."""
    backends, made = folder / "backends", folder / "rendered"
    return {
        "collector": [*configurations(folder, variables), *_all_files(made / "collector")],
        "agent": agent_files(folder),
        "loki": [*_all_files(backends / "loki"), *_all_files(made / "loki")],
        "tempo": _all_files(backends / "tempo"),
        "prometheus": _all_files(made / "prometheus"),
        "usage": _all_files(made / "prometheus"),
        "alertmanager": _all_files(made / "alertmanager"),
        "grafana": _all_files(made / "grafana"),
    }


def _digest(files: Iterable[Path], folder: Path) -> str:
    found = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        found.update(f"{path.relative_to(folder).as_posix()} {len(content)}\n".encode() + content)
    return found.hexdigest()[:16]


def configurations(folder: Path, variables: Mapping[str, str]) -> list[Path]:
    """Return the files of the gateway in the order of its command line; the user's own are the last."""
    base = folder / "collector"
    overlays = [base / "overlays" / f"{name}.yaml" for name in overlays_of(variables)]
    if variables.get("STACK_COLLECTOR_IMAGE") == STOCK:
        overlays = [path for path in overlays if not stock.needs_guard(path.read_text("utf-8"))]
    return [*_base_files(base), *overlays, *_yaml_files(base / "local.d")]


def agent_files(folder: Path) -> list[Path]:
    """Return the files of the agent in the order of its command line, as docker-compose.yml has it."""
    base = folder / "collector"
    overlays = [base / "overlays" / f"{name}.yaml" for name in AGENT_OVERLAYS]
    return [*_base_files(base), base / "agent.yaml", *overlays]


def _base_files(base: Path) -> list[Path]:
    return [base / "gateway.yaml", base / "generated" / "redaction.yaml"]


def _collector(folder: Path, variables: Mapping[str, str], fixed: Iterable[str]) -> dict[str, Any]:
    files = configurations(folder, variables)
    needs = [_NEEDS[name] for name in overlays_of(variables) if name in _NEEDS]
    own = {name: value for need in needs for name, value in need.environment.items()}
    service: dict[str, Any] = {
        "command": [*arguments("collector", {}), *(f"--config={_mounted(path, folder)}" for path in files)],
        "environment": {**own, **_handed_on(_collector_names(files), {*fixed, *own})},
    }
    if ports := [dict(port) for need in needs for port in need.ports]:
        service["ports"] = ports
    if build_arguments := {name: value for need in needs for name, value in need.build_arguments.items()}:
        service["build"] = {"args": build_arguments}
    return service


def _put_stock(folder: Path, services: dict[str, Any]) -> None:
    """Turn to images that are pulled, as they are: nothing is built."""
    base, theirs = f"--config={MOUNTED}/gateway.yaml", f"--config={STOCK_MOUNTED}/gateway.yaml"
    services["agent"]["command"] = [
        *arguments("collector", {}),
        *(f"--config={_mounted(path, folder)}" for path in agent_files(folder)),
    ]
    for name in ("collector", "agent"):
        service = services[name]
        service |= {
            "build": _Reset(),
            "image": pin("collector").reference,
            "command": [theirs if word == base else word for word in service["command"]],
            "environment": {**service["environment"], "OTELCOL_TOKENS_FILE": "/run/stack/tokens"},
            "volumes": [
                {
                    "type": "bind",
                    "source": "./rendered/collector",
                    "target": STOCK_MOUNTED,
                    "read_only": True,
                    "bind": {"create_host_path": False, "selinux": "z"},
                }
            ],
            "healthcheck": {"disable": True},
        }
    services["agent"]["depends_on"] = {"collector": {"condition": "service_started"}}
    services["tempo"] |= {"build": _Reset(), "image": pin("tempo").reference, "healthcheck": {"disable": True}}
    services.setdefault("grafana", {}).update({"depends_on": {"tempo": {"condition": "service_started"}}})


def _mounted(path: Path, folder: Path) -> str:
    return f"{MOUNTED}/{path.relative_to(folder / 'collector').as_posix()}"


def _handed_on(names: Iterable[str], fixed: Iterable[str]) -> dict[str, None]:
    return dict.fromkeys(sorted(set(names) - set(fixed)))


def _collector_names(files: Iterable[Path]) -> Iterator[str]:
    for file in files:
        for line in file.read_text("utf-8").splitlines():
            if not line.lstrip().startswith("#"):
                yield from _ENVIRONMENT.findall(line)


def _over_tls(grafana: Mapping[str, Any]) -> dict[str, Any]:
    """Return what makes Grafana speak https only, where others can reach it."""
    service: dict[str, Any] = {"environment": {"GF_SERVER_PROTOCOL": "https", "GF_SECURITY_COOKIE_SECURE": "true"}}
    if test := grafana.get("healthcheck", {}).get("test"):
        service["healthcheck"] = {"test": [re.sub("^http://", "https://", word) for word in test]}
    return service


def _mail(variables: Mapping[str, str]) -> dict[str, str]:
    """Return how Grafana sends e-mail: as Alertmanager does."""
    mail = {
        "GF_SMTP_ENABLED": "true",
        "GF_SMTP_HOST": variables["STACK_ALERT_SMTP_HOST"],
        "GF_SMTP_FROM_ADDRESS": variables.get("STACK_ALERT_SMTP_FROM", ""),
        "GF_SMTP_STARTTLS_POLICY": "NoStartTLS"
        if variables.get("STACK_ALERT_SMTP_TLS") == "false"
        else "MandatoryStartTLS",
    }
    if user := variables.get("STACK_ALERT_SMTP_USER"):
        mail |= {"GF_SMTP_USER": user, "GF_SMTP_PASSWORD__FILE": f"{ALERT_SECRETS}/smtp.password"}
    return mail


def _fixed_environment(services: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Return service -> the variables that docker-compose.yml sets."""
    return {
        name: frozenset(services.get(name, {}).get("environment") or ())
        for name in ("collector", "agent", "loki", "tempo")
    }


def _all_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _yaml_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml"))
