"""Texts made to keep the rules busy: they come out the same whatever the engine, and settle."""

from __future__ import annotations

import random

import pytest

from benchmarks.redaction_hostile import PIECES, hostile_texts
from otel_kit.policy.load import load_policy
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.prefilter.engines import has_hyperscan
from otel_kit.redaction.redactor import Redactor, compile_policy

POLICY = load_policy()
REDACTOR = compile_policy(POLICY)
_SIZE = 600


@pytest.fixture(scope="module")
def fast() -> Redactor:
    """Return a Redactor of the fast tier, or of the other one where the extra is not installed."""
    redactor = compile_policy(POLICY)
    redactor.start_engine("hyperscan", wait=True)
    assert redactor.engine == ("hyperscan" if has_hyperscan() else "stdlib")
    return redactor


@pytest.mark.timeout(120)
def test_hostile_texts_of_every_rule_come_out_alike(fast: Redactor) -> None:
    """Pumped worst cases, examples and their halves: with either prefilter and with none."""
    for rule in POLICY.rules:
        for text in hostile_texts(rule, _SIZE)[:4]:
            wanted, counts = Findings(), Findings()
            assert REDACTOR.scanner.scan(text, wanted) == fast.scanner.scan(text, counts), text[:60]
            assert wanted == counts


@pytest.mark.parametrize("piece", PIECES)
def test_repeated_pieces_settle(piece: str) -> None:
    """What comes out finds nothing any more, and no error hides in it."""
    draw = random.Random(3)
    for text in (piece * 300, "".join(draw.choices(PIECES, k=120)) + piece * 40):
        findings = Findings()
        redacted = REDACTOR.text(text, findings)

        assert findings.errors == 0
        again = Findings()
        assert REDACTOR.text(redacted, again) == redacted
        assert again == Findings()
