"""Whose trace context is continued: every kind of peer, every kind of forwarding header."""

from __future__ import annotations

import ipaddress
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_kit.instrument.trust import TrustRule, trust_rule

_PRIVATE = TrustRule("private")
_PRIVATE_PEERS = [
    "127.0.0.1", "127.8.8.8", "::1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.1.1",
    "fe80::1", "fe80::1%eth0", "fd00::1", "fc00::5", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
]  # fmt: skip
_PUBLIC_PEERS = [
    "8.8.8.8", "172.32.0.1", "100.64.0.1", "192.0.2.1", "198.18.0.1", "2001:db8::1", "2606:4700::1111", "0.0.0.0",
    "::ffff:8.8.8.8", "2002:0a00:0001::1", "255.255.255.255", "fec0::1",
]  # fmt: skip
_NAMELESS = [None, ("testclient", 50000), ("", 0), ("/run/app.sock", 0)]


def headers(**items: str) -> list[tuple[bytes, bytes]]:
    """Return headers as ASGI has them."""
    return [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in items.items()]


@pytest.mark.parametrize("address", _PRIVATE_PEERS)
def test_peers_on_private_networks_are_trusted(address: str) -> None:
    """Loopback, private, link-local, unique-local; also as a dual-stack socket shows them."""
    assert _PRIVATE.trusts((address, 1), [])


@pytest.mark.parametrize("address", _PUBLIC_PEERS)
def test_all_other_peers_are_strangers(address: str) -> None:
    """Documentation networks and carrier-grade NAT are nobody's own."""
    assert not _PRIVATE.trusts((address, 1), [])


@pytest.mark.parametrize("client", _NAMELESS)
def test_peers_without_an_address_are_on_this_machine(client: tuple[str, int] | None) -> None:
    """Unix sockets and test clients."""
    assert _PRIVATE.trusts(client, [])


@pytest.mark.parametrize(
    ("items", "wanted"),
    [
        ({"x_forwarded_for": "10.0.0.1"}, True),
        ({"x_forwarded_for": "10.0.0.1, 192.168.0.1:443, [fd00::1]:1"}, True),
        ({"x_forwarded_for": "8.8.8.8"}, False),
        ({"x_forwarded_for": "10.0.0.1, 8.8.8.8"}, False),
        ({"x_forwarded_for": "8.8.8.8:1234, 10.0.0.1"}, False),
        ({"x_forwarded_for": "2001:db8::1"}, False),
        ({"x_forwarded_for": "unknown"}, False),
        ({"x_forwarded_for": "10.0.0.1, ,"}, True),
        ({"x_forwarded_for": ""}, True),
        ({"x_real_ip": "10.0.0.1"}, True),
        ({"x_real_ip": "8.8.8.8"}, False),
        ({"x_real_ip": "\xff\x00"}, False),
        ({"forwarded": "for=10.0.0.1;proto=https;by=10.0.0.2"}, True),
        ({"forwarded": 'For="[fd00::1]:4711", for=192.168.0.1'}, True),
        ({"forwarded": "for=8.8.8.8"}, False),
        ({"forwarded": 'for=10.0.0.1, for="[2001:db8::1]:4711"'}, False),
        ({"forwarded": 'FOR = "8.8.8.8:80"'}, False),
        ({"forwarded": "for=unknown"}, False),
        ({"forwarded": "for=_hidden"}, False),
        ({"forwarded": "for="}, False),
        ({"forwarded": "proto=https;by=203.0.113.7"}, True),
        ({"forwarded": "8.8.8.8"}, False),
        ({"x_forwarded_for": "10.0.0.1", "x_real_ip": "8.8.8.8"}, False),
        ({"x_forwarded_for": "10.0.0.1," * 600 + "8.8.8.8"}, False),
        ({"x_forwarded_for": "10.0.0.1," * 600}, False),
    ],
)
@pytest.mark.parametrize("client", [("127.0.0.1", 1), ("10.0.0.9", 1), None])
def test_forwarding_headers_show_an_ingress_in_front(
    client: tuple[str, int] | None, items: dict[str, str], wanted: bool
) -> None:
    """A public address, one that cannot be read, or more than is read: the request came from outside."""
    assert _PRIVATE.trusts(client, headers(**items)) is wanted


def test_every_forwarding_header_counts_whatever_its_case() -> None:
    """A caller may send its own before the ingress adds another."""
    raw = [(b"X-Forwarded-For", b"10.0.0.1"), (b"x-forwarded-for", b"8.8.8.8")]

    assert not _PRIVATE.trusts(("10.0.0.1", 1), raw)
    assert not _PRIVATE.trusts(("10.0.0.1", 1), list(reversed(raw)))


@pytest.mark.parametrize("mode", ["none", "all"])
def test_none_and_all_look_at_nothing(mode: Literal["none", "all"]) -> None:
    """Whoever the peer is."""
    rule = trust_rule(mode)

    answers = {rule.trusts((address, 1), headers(x_real_ip="8.8.8.8")) for address in (*_PRIVATE_PEERS, *_PUBLIC_PEERS)}
    assert answers == {mode == "all"}


@pytest.mark.parametrize(
    ("address", "wanted"),
    [("203.0.113.9", True), ("::ffff:203.0.113.9", True), ("2001:db8:1::5", True), ("10.0.0.1", False),
     ("127.0.0.1", False), ("203.0.114.1", False)],
)  # fmt: skip
def test_named_networks_replace_the_private_ones(address: str, wanted: bool) -> None:
    """Only what is listed; forwarding headers are the named peer's own business."""
    rule = trust_rule(("203.0.113.0/24", "2001:db8:1::/48"))

    assert rule.trusts((address, 1), headers(x_forwarded_for="8.8.8.8")) is wanted
    assert not rule.trusts(None, [])


@pytest.mark.parametrize(
    ("setting", "client", "wanted"),
    [
        ("private", ("10.0.0.1", 1), False), ("private", ("127.0.0.1", 1), False), ("private", None, False),
        ("none", ("127.0.0.1", 1), False), ("all", ("8.8.8.8", 1), True),
        (("10.0.0.0/8",), ("10.0.0.1", 1), True), (("10.0.0.0/8",), ("11.0.0.1", 1), False),
        (("10.0.0.0/8",), None, False),
    ],
)  # fmt: skip
def test_only_named_peers_may_switch_tracing_off(
    setting: str | tuple[str, ...], client: tuple[str, int] | None, wanted: bool
) -> None:
    """A merely private one may not."""
    assert trust_rule(setting).obeys_sampling(client) is wanted


@given(st.lists(st.tuples(st.sampled_from([b"forwarded", b"x-forwarded-for", b"x-real-ip"]), st.binary(max_size=60))))
def test_no_header_makes_the_rule_raise(raw: list[tuple[bytes, bytes]]) -> None:
    """It reads whatever strangers send."""
    assert _PRIVATE.trusts(("127.0.0.1", 1), raw) in (True, False)


@given(st.ip_addresses())
def test_a_public_address_in_any_header_is_enough(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """The three headers are read alike, and as the peer's own address is."""
    node = f'"[{address}]"' if address.version == 6 else str(address)
    direct = _PRIVATE.trusts((str(address), 1), [])

    for items in ({"x_forwarded_for": str(address)}, {"x_real_ip": str(address)}, {"forwarded": f"for={node}"}):
        assert _PRIVATE.trusts(("127.0.0.1", 1), headers(**items)) is direct
