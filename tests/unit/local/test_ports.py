"""Ports are held from the moment they are chosen."""

from __future__ import annotations

import socket

from otel_kit.local import ports


def test_a_free_port_is_taken_as_wanted() -> None:
    """And is no longer free."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        wanted = probe.getsockname()[1]

    with ports.listen(wanted) as bound:
        assert bound.getsockname() == ("127.0.0.1", wanted)
        assert not ports.is_free(wanted)
    assert ports.is_free(wanted)


def test_of_two_that_want_a_port_one_moves() -> None:
    """Both listen, on loopback only."""
    with ports.listen(0) as first, ports.listen(first.getsockname()[1]) as second:
        assert second.getsockname()[1] != first.getsockname()[1]
        assert second.getsockname()[0] == "127.0.0.1"


def test_the_next_port_is_no_neighbours() -> None:
    """4317 does not fall upon 4318, which is another one's own."""
    tried = list(ports.candidates(4317))

    assert tried[:3] == [4317, 4327, 4337]
    assert not {4318, 4319} & set(tried)
    assert tried[-1] == 0
