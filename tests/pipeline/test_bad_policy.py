"""A policy that cannot be used: the application starts, the shipped one redacts, and everybody is told."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from opentelemetry import trace

import otel_kit
from otel_kit import semconv
from otel_kit.errors import ConfigError, PolicyError
from otel_kit.redaction.redactor import default_redactor
from tests.conftest import StartKit
from tests.otlp_sink import OtlpSink

BAD = {
    "unknown action": ("rules:\n  mine:\n    pattern: 'KD-[0-9]{8}'\n    action: erase\n", 4),
    "empty rule": ("rules:\n  mine: {}\n", 2),
    "class without action": ("classes:\n  restricted: { action: }\n", 2),
    "pattern outside the subset": ("rules:\n  mine:\n    pattern: '(a)\\1'\n", 3),
    "slow pattern": ("rules:\n  mine:\n    pattern: '([a-z]{1,100}){1,100}!'\n", 3),
    "garbage": ("rules: {{\n", 2),
}


@pytest.mark.parametrize(("text", "line"), BAD.values(), ids=BAD.keys())
def test_init_goes_on_with_the_shipped_policy_and_says_so(
    kit: StartKit, otlp: OtlpSink, caplog: pytest.LogCaptureFixture, tmp_path: Path, text: str, line: int
) -> None:
    """One error in the log with file and line, the same in the status; what leaves is redacted and marked."""
    file = tmp_path / "policy.yaml"
    file.write_text(text)

    running = kit(settings={"redaction.policy": str(file)})
    with trace.get_tracer("app").start_as_current_span("mail ada@example.com", attributes={"password": "hunter2"}):
        pass
    assert running.flush()

    (said,) = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert said.startswith("the shipped redaction policy")
    assert f"{file}:{line}" in said
    status = running.status().redaction
    assert f"{file}:{line}" in status.faults[0]
    assert status.policy == status.base == default_redactor().policy_id
    (span,) = otlp.spans()
    assert (span.name, span.attributes["password"]) == ("mail a***@example.com", "[REDACTED:password]")
    assert span.resource[semconv.REDACTION_POLICY] == default_redactor().policy_id


def test_strict_raises_what_is_wrong_with_the_policy(tmp_path: Path) -> None:
    """Every fault at once; with faults of other settings in one error."""
    file = tmp_path / "policy.yaml"
    file.write_text("rules:\n  mine: {}\n  other:\n    pattern: '('\n")
    settings = {"redaction.policy": str(file), "redaction.pseudonym_keys": str(tmp_path / "none")}

    with pytest.raises(PolicyError) as policy:
        otel_kit.init("orders", settings=settings, strict=True)
    with pytest.raises(ConfigError) as both:
        otel_kit.init("orders", settings={**settings, "no.such.key": 1}, strict=True)

    assert [fault.where for fault in policy.value.faults] == [str(tmp_path / "none"), f"{file}:2", f"{file}:4"]
    assert len(both.value.faults) == 4


def test_bad_keys_leave_the_policy_in_force(kit: StartKit, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    """Only pseudonyms fall back, to what the rule says; no piece of a secret is told."""
    file, keys = tmp_path / "policy.yaml", tmp_path / "keys"
    file.write_text("rules:\n  mine: { pattern: 'KD-[0-9]{8}', action: pseudonym }\n")
    keys.write_text("first hunter2\n")

    running = kit(settings={"redaction.policy": str(file), "redaction.pseudonym_keys": str(keys)})

    assert otel_kit.redact("KD-12345678") == "[REDACTED:mine]"
    assert f"{keys}:1" in running.status().redaction.faults[0]
    assert running.status().redaction.policy != running.status().redaction.base
    assert "mine" in running.status().redaction.without_key
    assert "hunter2" not in caplog.text + str(running.status())
