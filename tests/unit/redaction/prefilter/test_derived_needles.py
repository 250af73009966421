"""The needles that were derived beforehand are those that would be derived now."""

from __future__ import annotations

import json
from pathlib import Path

from otel_kit.policy.load import load_policy
from otel_kit.policy.model import Rule
from otel_kit.redaction.prefilter import derived_needles
from otel_kit.redaction.prefilter.derived_needles import needles_of_rule, rows
from otel_kit.redaction.prefilter.needles import needles_for

RULES = load_policy().rules


def test_the_file_is_fresh() -> None:
    """``python -m otel_kit.redaction.prefilter.derived_needles`` writes it anew."""
    stored = json.loads(Path(derived_needles.__file__).with_suffix(".json").read_text())

    assert stored == rows(RULES)


def test_what_is_stored_is_what_is_derived() -> None:
    """Written and read again, nothing is lost: a needle too few would lose matches."""
    for rule in RULES:
        assert needles_of_rule(rule) == needles_for(rule.pattern, rule.context, rule.literals, rule.group)


def test_other_rules_are_derived_when_asked_for() -> None:
    """A user's rule, and a shipped one with another context."""
    rule = Rule(id="own", pattern=r"\bown-[0-9]{4}", context=("ours",))

    assert needles_of_rule(rule) == needles_for(rule.pattern, rule.context, (), 0)
