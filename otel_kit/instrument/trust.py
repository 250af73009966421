"""Whose trace context is continued: the peer's address decides, not what the request says of itself.

``private`` (the default) trusts loopback, link-local, private and unique-local addresses, so that traces run across
one's own services out of the box - unless a forwarding header shows that the request came in from a public address
through an ingress. Everybody else's context becomes a link.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_FORWARDING = (b"x-forwarded-for", b"x-real-ip")
# RFC 7239 section 4: node identifiers of Forwarded, IPv6 in quotes and brackets, a port may follow.
_FORWARDED_FOR = re.compile(r'for\s*=\s*"?\[?([0-9A-Fa-f:.]+)', re.IGNORECASE)
_MAX_HEADER = 4096


@dataclass(frozen=True, slots=True)
class TrustRule:
    """Decides on peers. ``networks`` is used when ``mode`` is ``networks``."""

    mode: str
    networks: tuple[Network, ...] = field(default=())

    def trusts(self, client: tuple[str, int] | None, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether the trace context of this peer is continued. Never raises."""
        if self.mode == "all":
            return True
        if self.mode == "none":
            return False
        peer = _address(client[0]) if client else None
        if self.mode == "networks":
            return peer is not None and any(peer in network for network in self.networks)
        # Unix sockets and test clients have no address: they are on this machine.
        if peer is not None and not _is_private(peer):
            return False
        return not any(not _is_private(address) for address in _forwarded(headers))

    def obeys_sampling(self, client: tuple[str, int] | None) -> bool:
        """Whether this peer's ``sampled=0`` may switch tracing off: a merely private peer's may not."""
        if self.mode == "all":
            return True
        peer = _address(client[0]) if client else None
        return self.mode == "networks" and peer is not None and any(peer in network for network in self.networks)


def trust_rule(setting: str | tuple[str, ...]) -> TrustRule:
    """Return the rule for the setting ``trust``."""
    if isinstance(setting, str):
        return TrustRule(setting)
    return TrustRule("networks", tuple(ipaddress.ip_network(item) for item in setting))


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.split("%", 1)[0])
    except ValueError:
        return None
    # A dual-stack socket shows IPv4 peers as ::ffff:10.0.0.1.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


_PRIVATE: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "::1/128", "fe80::/10",
        "fc00::/7",
    )
)  # fmt: skip


def _is_private(address: Address) -> bool:
    # Not ipaddress.is_private: that counts documentation and benchmark networks as private too.
    return any(address in network for network in _PRIVATE if network.version == address.version)


def _forwarded(headers: Iterable[tuple[bytes, bytes]]) -> list[Address]:
    """Return every address that forwarding headers name; one that cannot be read counts as public."""
    found: list[Address] = []
    for name, raw in headers:
        lower = name.lower()
        if lower in _FORWARDING:
            parts = raw[:_MAX_HEADER].decode("latin-1").split(",")
            found += [_address(_without_port(part.strip())) or _UNREADABLE for part in parts if part.strip()]
        elif lower == b"forwarded":
            named = _FORWARDED_FOR.findall(raw[:_MAX_HEADER].decode("latin-1"))
            found += [_address(_without_port(part)) or _UNREADABLE for part in named]
    return found


_UNREADABLE: Address = ipaddress.ip_address("203.0.113.1")


def _without_port(text: str) -> str:
    if text.startswith("["):
        return text[1:].split("]", 1)[0]
    return text.split(":", 1)[0] if text.count(":") == 1 else text
