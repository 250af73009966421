"""Request ids: a trusted caller's own, else a new one."""

from __future__ import annotations

import re

import pytest

from otel_kit.instrument.request_ids import request_id_of


def test_a_trusted_callers_id_is_kept() -> None:
    """So that one id runs through all services."""
    assert request_id_of(["abc-1.2_3"], True) == ("abc-1.2_3", None)


def test_a_strangers_id_is_only_noted() -> None:
    """The request gets its own, the claim is recorded beside it."""
    own, claimed = request_id_of(["abc-1"], False)

    assert (re.fullmatch("[0-9a-f]{32}", own) is not None, claimed) == (True, "abc-1")


@pytest.mark.parametrize("bad", [["a" * 65], [""], ["a b"], ["a\n"], ["é"], ["<script>"], ["a@example.com"], [], None])
@pytest.mark.parametrize("trusted", [True, False])
def test_a_malformed_id_is_replaced_and_not_recorded(bad: list[str] | None, trusted: bool) -> None:
    """It goes into response headers and logs."""
    own, claimed = request_id_of(bad, trusted)

    assert (re.fullmatch("[0-9a-f]{32}", own) is not None, claimed) == (True, None)


def test_new_ids_differ() -> None:
    """Each request has its own."""
    assert len({request_id_of(None, True)[0] for _ in range(100)}) == 100
