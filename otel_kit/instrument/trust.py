"""Whose trace context is continued: the peer's address decides, not what the request says of itself.

``private`` (the default) trusts loopback, link-local, private and unique-local addresses, so that traces run across
one's own services out of the box - unless a forwarding header shows that the request came in from a public address
through an ingress. Everybody else's context becomes a link.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_FORWARDING = (b"x-forwarded-for", b"x-real-ip")
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


# Peers come back: reading their address each time would cost more than all the rest of the rule.
@functools.lru_cache(maxsize=1024)
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


@functools.lru_cache(maxsize=1024)
def _is_private(address: Address) -> bool:
    # Not ipaddress.is_private: that counts documentation and benchmark networks as private too.
    return any(address in network for network in _PRIVATE if network.version == address.version)


def _forwarded(headers: Iterable[tuple[bytes, bytes]]) -> list[Address]:
    """Return every address that forwarding headers name; one that cannot be read counts as public."""
    found: list[Address] = []
    for name, raw in headers:
        lower = name.lower()
        if lower not in _FORWARDING and lower != b"forwarded":
            continue
        if len(raw) > _MAX_HEADER:
            found.append(_UNREADABLE)  # the address that counts may stand behind what is read
            continue
        text = raw.decode("latin-1")
        nodes = text.split(",") if lower in _FORWARDING else _forwarded_nodes(text)
        found += [_address(_node_name(node)) or _UNREADABLE for node in nodes if node.strip()]
    return found


def _forwarded_nodes(text: str) -> Iterator[str]:
    """Yield the ``for`` of each element of ``Forwarded`` (RFC 7239 section 4), and what is no parameter at all."""
    for part in re.split("[;,]", text):
        name, separator, value = part.strip().partition("=")
        if name.strip().lower() == "for" or not separator:
            yield value or part


def _node_name(node: str) -> str:
    """Return the address of a node identifier: IPv6 may stand in quotes and brackets, a port may follow."""
    text = node.strip().strip('"')
    if text.startswith("["):
        return text[1:].split("]", 1)[0]
    return text.split(":", 1)[0] if text.count(":") == 1 else text


_UNREADABLE: Address = ipaddress.ip_address("203.0.113.1")
