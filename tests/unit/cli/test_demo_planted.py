"""What the demo plants: the traffic carries it, the rules know it, its masked form shows nothing of it."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote

import pytest

from examples.shop.planted import PLANTED, Planted
from examples.shop.traffic import planted_visits
from otel_kit.cli.demo.example import SERVICES
from otel_kit.redaction.redactor import default_redactor


def test_the_traffic_carries_every_planted_value() -> None:
    """Each value is in a request, or the check would look for something that never was."""
    sent = "\n".join(
        f"{unquote(unquote(visit.url))} {dict(visit.headers)} {json.dumps(visit.body, ensure_ascii=False)}"
        for visit in planted_visits()
    )

    assert [one.id for one in PLANTED if one.value not in sent] == []


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.id)
def test_a_planted_value_is_known_to_a_rule(planted: Planted) -> None:
    """Its rule exists, its service is one of the three, and its mask does not match the value itself."""
    assert planted.rule in default_redactor().rule_ids
    assert planted.service in SERVICES
    assert not re.search(planted.masked, planted.value)


def test_ids_are_unique() -> None:
    """A carrier is named once."""
    ids = [one.id for one in PLANTED]

    assert sorted(set(ids)) == sorted(ids)
