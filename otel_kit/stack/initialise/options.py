"""What `otel-kit stack init` can be told, checked all at once before anything is written."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from otel_kit.errors import ConfigError, Fault, nearest

OWN: Final = "own"
STOCK: Final = "stock"
IMAGES: Final = (OWN, STOCK)
DEFAULT_OVERLAYS: Final = "tls lgtm archive notifications"
AGENT_OVERLAYS: Final = ("container_logs", "host_metrics")
LOOPBACK: Final = "127.0.0.1"
ALERT_SECRETS: Final = "/run/secrets/alerts"
"""Where Alertmanager and Grafana see the folder secrets/alerts."""
_HOST_NAME: Final = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\.[A-Za-z0-9]([A-Za-z0-9-]{0,62}))*\Z")
_TENANT: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}\Z")


@dataclass(frozen=True, slots=True)
class Options:
    """None: as the folder has it, or the default. ``overlays`` come to those that it has already."""

    listen: str | None = None
    host_names: Sequence[str] = ()
    overlays: Sequence[str] = ()
    tenant: str = "main"
    collector_image: str | None = None


def split(text: str) -> tuple[str, ...]:
    """Return the names in a variable: separated by spaces or commas, each once, in their order."""
    return tuple(dict.fromkeys(text.replace(",", " ").split()))


def overlays_of(variables: Mapping[str, str]) -> tuple[str, ...]:
    """Return the overlays that a `.env` chooses."""
    return split(variables.get("OTELCOL_OVERLAYS") or DEFAULT_OVERLAYS)


def is_loopback(address: str) -> bool:
    """Tell whether an address can only be reached from its own machine."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def is_public(variables: Mapping[str, str]) -> bool:
    """Tell whether a `.env` publishes the ports beyond this machine."""
    return not is_loopback(variables.get("STACK_PUBLISH_ADDRESS") or LOOPBACK)


def has_tls(overlays: Iterable[str]) -> bool:
    """Tell whether the ingest speaks TLS with these overlays."""
    return not {"tls", "mtls"}.isdisjoint(overlays)


def check(options: Options, variables: Mapping[str, str], overlay_files: Path) -> None:
    """Check the options, and what ``variables`` (those of the `.env`) choose already.

    Raises:
        ConfigError: every fault.
    """
    if faults := [*_faults(options, overlay_files), *_variable_faults(variables, overlay_files),
                 *_plain_text_faults(options, variables)]:  # fmt: skip
        raise ConfigError(faults)


def _faults(options: Options, overlay_files: Path) -> Iterator[Fault]:
    if options.listen is not None:
        yield from _address("--listen", options.listen)
    for name in options.host_names:
        yield from _host("--host", name)
    for name in options.overlays:
        yield from _overlay("--overlay", name, overlay_files)
    if not _TENANT.match(options.tenant):
        yield Fault(
            "--tenant", f"is {options.tenant[:40]!r}", "letters, digits, '.', '_' and '-' are allowed, up to 64"
        )
    if options.collector_image not in (None, *IMAGES):
        yield Fault("--collector-image", f"is {options.collector_image!r}", f"one of {', '.join(IMAGES)} is needed")


def _variable_faults(variables: Mapping[str, str], overlay_files: Path) -> Iterator[Fault]:
    if address := variables.get("STACK_PUBLISH_ADDRESS"):
        yield from _address(".env STACK_PUBLISH_ADDRESS", address)
    for name in split(variables.get("STACK_HOST_NAMES", "")):
        yield from _host(".env STACK_HOST_NAMES", name)
    for name in overlays_of(variables):
        yield from _overlay(".env OTELCOL_OVERLAYS", name, overlay_files)
    if (image := variables.get("STACK_COLLECTOR_IMAGE", OWN)) not in IMAGES:
        yield Fault(".env STACK_COLLECTOR_IMAGE", f"is {image[:40]!r}", f"one of {', '.join(IMAGES)} is needed")


def _plain_text_faults(options: Options, variables: Mapping[str, str]) -> Iterator[Fault]:
    """Yield a fault if keys and data would cross the wire in the clear."""
    address = options.listen or variables.get("STACK_PUBLISH_ADDRESS") or LOOPBACK
    if _is_address(address) and not is_loopback(address) and not has_tls([*overlays_of(variables), *options.overlays]):
        yield Fault(
            ".env OTELCOL_OVERLAYS", f"has no tls, and the ingest would be published on {address}",
            "keys and data would cross the wire in the clear",
            "Add it: --overlay tls (or mtls); or publish on this machine alone: --listen 127.0.0.1",
        )  # fmt: skip


def _is_address(text: str) -> bool:
    """Tell whether Docker can publish on an address; one with a scope (`fe80::1%eth0`) it does not take."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def _address(where: str, address: str) -> Iterator[Fault]:
    if not _is_address(address):
        yield Fault(where, f"is {address[:60]!r}", "an IP address of this machine is needed, or 0.0.0.0 for all",
                    "Names that senders use for this machine go into --host.")  # fmt: skip


def _host(where: str, name: str) -> Iterator[Fault]:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        if not _HOST_NAME.match(name):
            yield Fault(where, f"is {name[:60]!r}", "a host name or an IP address is needed")


def _overlay(where: str, name: str, overlay_files: Path) -> Iterator[Fault]:
    if name in AGENT_OVERLAYS:
        # What they read belongs to root, and the gateway is not root.
        yield Fault(where, f"names {name}", "in containers the agent loads it, not the gateway",
                    "Start the agent: docker compose --profile agent up -d")  # fmt: skip
        return
    known = sorted(path.stem for path in overlay_files.glob("*.yaml"))
    if name not in known:
        close = nearest(name, known)
        yield Fault(
            where, f"names {name[:40]!r}", f"did you mean {close}?" if close else f"known are {', '.join(known)}"
        )
